// What a reader has to say about a file, apart from what is in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dill::inspect {

enum class Severity : std::uint8_t {
  Note,        // worth knowing, harmless by itself
  Suspicious,  // nobody knows that it is harmless
  Dangerous,   // known to execute, import, write, or to hide such a thing
  Error,       // the file cannot be read as what it says it is
};

std::string_view to_string(Severity severity);  // "note", "suspicious", "dangerous", "error"

struct Finding {
  // Stable name in kebab-case, always a literal; each one is described in docs/findings.md.
  std::string_view id;
  Severity severity = Severity::Note;
  // One sentence for people. May hold names from the file as they stand: reports neutralise them.
  std::string message;
  std::uint64_t offset = 0;  // in the bytes of the member
  std::string member;        // path of the member of a container, "" for the file itself
  std::uint64_t count = 1;   // how often it was found; offset is that of the first
};

}  // namespace dill::inspect
