// The whole of one file: its members, what loading each would import and call, and what is to be thought of it.
//
// Nothing is imported, called or loaded. Time is linear in the length of the data.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "inspect/containers/members.h"
#include "inspect/finding.h"

namespace dill::inspect {

class Rules;

// What loading a pickle does, by construction: nothing is "safe" because no list forbids it.
enum class Level : std::uint8_t {
  DataOnly,        // no import, no call
  Reconstruction,  // only named types from the list of known ones, with inert arguments
  Calls,           // anything else
};

enum class Verdict : std::uint8_t { Clean, Suspicious, Dangerous, Error };

std::string_view to_string(Level level);      // "data only", "reconstruction", "calls"
std::string_view to_string(Verdict verdict);  // "clean", "suspicious", "dangerous", "error"

// A name that loading looks up. Parts that are known only at run time are empty.
struct GlobalName {
  std::optional<std::string> module;
  std::optional<std::string> name;
  std::uint64_t lookups = 0;
  std::uint64_t calls = 0;   // of what the name stands for
  std::uint64_t offset = 0;  // of the first look-up
  // What is thought of the name by itself, from the lists; calls are judged by their arguments as well.
  Level level = Level::Calls;
  Severity severity = Severity::Suspicious;  // Note for names on the list of known types
  std::string reason;                        // one sentence: what it is, or does
};

// Where reading ended early.
struct Break {
  std::uint64_t offset = 0;
  std::string message;
};

// One pickle stream or other piece of data in the file.
struct MemberReport {
  std::string path;    // "" for the file itself; "archive/data.pkl", "member!inner"
  std::string format;  // "pickle", "zip", "npy" ...
  std::optional<std::uint64_t> file_offset;
  std::uint64_t size = 0;
  bool is_pickle = false;
  Level level = Level::DataOnly;
  Verdict verdict = Verdict::Clean;
  std::vector<GlobalName> globals;  // in the order of the first look-up, over all loaders
  bool dynamic = false;             // some name is known only at run time
  std::uint64_t lookups = 0;
  std::uint64_t calls = 0;  // everything that runs code: REDUCE ... BUILD, hooks
  int protocol = 0;
  std::uint32_t pickles = 0;  // complete ones, one behind the other
  std::uint64_t end = 0;      // behind the last STOP
  std::optional<Break> fault;
  // Minor versions of Python 3 that may have written its code objects; empty for different ones, nothing without any.
  std::optional<std::vector<int>> code_pythons;
  // For a pickle inside the file whose bytes are there: what keeps them alive, so that graphs can be read later.
  std::span<const unsigned char> bytes;
  std::shared_ptr<const void> storage;
  std::vector<RawPart> arrays;  // in `bytes`, between the opcodes (joblib)
  // The opcodes, where they are not simply `bytes`: those of a joblib dump without the arrays between them.
  std::span<const unsigned char> stream;
  std::vector<Piece> pieces;  // where they lie in `bytes`; empty if they are all of it
  std::shared_ptr<const void> stream_storage;
};

// What the file needs to be loaded.
struct Requirements {
  std::vector<std::string> modules;  // top-level names outside the standard library, sorted
  std::string python_minimum;        // "3.8", or "" if any will do
  std::string python_maximum;
  std::vector<std::string> notes;  // one sentence each
};

struct Inspection {
  Verdict verdict = Verdict::Clean;
  Level level = Level::DataOnly;
  bool dynamic = false;
  std::uint64_t size = 0;
  std::vector<MemberReport> members;  // in file order; a plain pickle is one member with path ""
  std::vector<Finding> findings;      // worst first, then in file order
  std::vector<GlobalName> globals;    // of all members, each once
  Requirements requirements;
};

struct InspectOptions {
  // The lists that names are judged by; null for the built-in ones.
  std::shared_ptr<const Rules> rules;
  // Called now and then with the bytes read so far; returns false to stop. May be empty.
  std::function<bool(std::uint64_t done, std::uint64_t total)> progress;
  std::uint32_t max_depth = 8;            // of members within members, pickles in bytes included
  std::uint32_t max_findings = 1'000;     // of the whole file that are kept; the worst ones stay
  std::uint32_t max_globals = 1'000'000;  // names that are kept
};

// Why a file cannot be opened or mapped. What is wrong inside it is a finding.
struct InspectError {
  std::string message;  // one sentence
};

// `bytes` must outlive the result unless `storage` keeps them alive.
Inspection inspect_bytes(std::span<const unsigned char> bytes, const InspectOptions& options = {},
                         std::shared_ptr<const void> storage = nullptr);

tl::expected<Inspection, InspectError> inspect_file(const std::string& path, const InspectOptions& options = {});

}  // namespace dill::inspect
