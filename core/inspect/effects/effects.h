// What loading a pickle would do: every look-up, call and hook in order, found out without doing any of it.
//
// One pass over the bytes, linear, streaming to a sink; nothing grows with the length of the input but what the loader
// itself would hold (EffectLimits). The loaders of CPython, dill, joblib and torch do not read every file alike: each
// effect says which of them do it. A pass is repeated for a loader only from a place on at which it reads other bytes.
//
// What the reader assumes: a look-up finds something and a call returns, each something it knows nothing about. What
// follows the first look-up or call that fails in a given environment is therefore reported all the same.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/effects/loaders.h"
#include "inspect/effects/term.h"
#include "pickle/opcodes.h"

namespace dill::inspect {

enum class EffectKind : std::uint8_t {
  Lookup,          // find_class: imports a module and gets an attribute of it
  Call,            // REDUCE, OBJ, INST, NEWOBJ, NEWOBJ_EX
  Build,           // BUILD: __setstate__ of the object, or its __dict__, or its attributes
  Hook,            // APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS into something that is no builtin container, or
                   // that asks the objects it is given (list[key] calls key.__index__)
  Hash,            // an object that is not builtin becomes a key or a member of a set: __hash__ (and __eq__)
  PersistentLoad,  // PERSID, BINPERSID: the application's persistent_load
  Extension,       // EXT1, EXT2, EXT4: look-up of whatever copyreg's registry has under the code
};

enum class Reach : std::uint8_t {
  Reached,     // by one load()
  NotReached,  // in a pickle behind the first: by whoever calls load() again
  AfterFault,  // behind a place at which every loader gives up
};

// What a loader has to be given to come as far as this; without it, it fails before.
enum Needs : std::uint8_t {
  kNeedsPersistentLoad = 1,  // a persistent_load
  kNeedsBuffers = 2,         // buffers=
  kNeedsEncoding = 4,        // encoding= other than ASCII
  kNeedsRegistry = 8,        // an entry in copyreg's extension registry
};

// One part of a name that find_class is asked for.
struct NamePart {
  bool known = false;     // false: a value of run time; see Effect::callee, its module() and name()
  bool whole = true;      // false: longer than EffectLimits::max_name; `text` is its beginning
  std::string_view text;  // UTF-8, lone surrogates of a str among it (as "surrogatepass" writes them)
};

// Valid during the callback.
struct Effect {
  EffectKind kind = EffectKind::Lookup;
  Reach reach = Reach::Reached;
  pickle::Opcode opcode = pickle::Opcode::STOP;
  std::uint8_t needs = 0;
  std::uint8_t protocol = 0;    // announced by PROTO so far: decides on fix_imports and dotted names
  Loaders loaders = kNoLoader;  // that do it; for AfterFault none
  std::uint64_t offset = 0;     // of the opcode
  std::uint32_t pickle = 0;     // number of complete pickles before it
  // Where a file is read otherwise depending on the size of its buffer (frames that lie): that size, else 0. What CFile
  // does is then what has 0 here and what has one of the sizes.
  std::uint32_t file_buffer = 0;

  // Call: what is called (NEWOBJ: the class whose __new__ is called). Build: the object, with the state that it had
  // before, if any. Hook: the object. Lookup: the Global that is found. Hash: the container. PersistentLoad, Extension: what comes out.
  Term callee;
  // Call: the arguments, a Tuple unless the file is odd. Build: the state. Hook: the items (List; Dict for SETITEM(S)).
  // Hash: the key. PersistentLoad: the id. Lookup, Extension: nothing (Unknown).
  Term arguments;
  Term keywords;  // Call by NEWOBJ_EX: the keyword arguments, a Dict unless the file is odd

  // Lookup: as find_class is asked.
  NamePart module;
  NamePart name;
  // Lookup: what find_class makes of it where that is something else: Python 2 names (protocol below 3), with
  // `maps_for` the loaders that do so. Empty otherwise.
  std::string_view maps_to_module;
  std::string_view maps_to_name;
  Loaders maps_for = kNoLoader;
  // Lookup: `name` is a path of several attributes ("Outer.inner", protocol 4 and up): so many getattr calls.
  std::uint32_t attributes = 1;
};

class EffectSink {
 public:
  virtual ~EffectSink() = default;
  // Called in the order of the file; a repeated pass comes behind the first, with its own loaders only. For one loader,
  // the effects that name it are in the order in which it has them. Return false to stop reading.
  virtual bool on_effect(const Effect& effect) = 0;
};

// Why a loader stops. For people and for tests; `id` is stable.
struct EffectFault {
  std::string_view id;       // "stack-underflow", "truncated", "unhashable-key" ...; see docs/effects.md
  std::uint64_t offset = 0;  // of the opcode at fault, the length of the data if that ends without STOP
  std::uint64_t after = 0;   // effects of the loader before it
  std::uint32_t pickle = 0;  // number of complete pickles before it
  std::string message;       // one sentence
};

// A place where loaders part.
struct LoaderDifference {
  std::string_view id;  // stable, "loaders-differ-..."
  std::uint64_t offset = 0;
  Loaders one = kNoLoader;    // these do what `message` says
  Loaders other = kNoLoader;  // these go on
  std::string message;
};

struct LoaderOutcome {
  bool reads = false;                // the loader takes part (see kPlainLoaders)
  std::optional<EffectFault> fault;  // of its first pickle; none: load() returns
  std::uint64_t end = 0;             // behind its first pickle, or where it stops
  std::uint64_t effects = 0;         // of its first pickle
};

// A place from which on a loader needs to be given something.
struct Need {
  Needs what = kNeedsPersistentLoad;
  std::uint64_t offset = 0;
};

struct EffectsResult {
  // The first fault that stops every loader of the first pass, if one does. After it effects are AfterFault.
  std::optional<EffectFault> fault;
  // A fault in a pickle behind the first: what follows the last complete pickle is not read to its end.
  std::optional<EffectFault> trailing_fault;
  std::array<LoaderOutcome, kLoaderCount> outcomes;
  std::vector<LoaderDifference> differences;  // at most EffectLimits::max_differences
  bool more_differences = false;              // there were more
  std::vector<Need> needs;                    // the first of each kind
  // First place at which going on depends on more than look-ups and calls coming back: what they give is unpacked as
  // arguments, used as an index, as a name ... Effects behind it are told as if that worked.
  std::optional<std::uint64_t> doubtful_from;
  bool complete = true;       // false: the sink stopped, or a limit was reached: there can be more effects
  std::string stopped;        // which limit, in words
  int protocol = 0;           // highest announced by PROTO, or needed by an opcode
  std::uint32_t pickles = 0;  // complete ones, one behind the other
  std::uint64_t end = 0;      // behind the last STOP; bytes behind it that start no pickle are not read
  std::uint64_t opcodes = 0;
  std::uint64_t effects = 0;  // given to the sink
  std::uint64_t lookups = 0;
  std::uint64_t calls = 0;
  bool dynamic = false;  // a name or callee that only run time knows

  // Health of the first pass.
  std::uint64_t highest_memo = 0;  // index, where there is any
  std::uint64_t memo_entries = 0;
  std::uint64_t deepest_stack = 0;
  std::uint64_t left_on_stack = 0;  // objects below the result of the first pickle
  std::uint64_t open_marks = 0;     // at the STOP of the first pickle
  // The first container, by the offset of its opcode, that with shared parts counted each time has a trillion objects
  // and more: to write it out, compare or copy it never ends. And the first that is nested more than 100,000 deep.
  std::optional<std::uint64_t> endless;
  std::optional<std::uint64_t> too_deep;
  // The first text that is the name of an attribute by which numpy gets addresses (method_names.h).
  std::optional<std::uint64_t> address_name;
};

struct EffectLimits {
  std::uint64_t max_stack = std::uint64_t{1} << 31;    // entries of stack, marks and memo; 8 bytes each
  std::uint64_t max_memory = std::uint64_t{48} << 20;  // for what terms hold, on top of 8 bytes a live entry
  std::uint64_t max_name = 4096;                       // bytes of a module or name that are decoded
  std::uint32_t max_items = 64;                        // items of a tuple that are kept; of other containers 16
  std::uint32_t max_differences = 64;
  std::uint32_t max_pickles = 1'000'000;  // one behind the other
  // Called now and then with the number of bytes that the pass under way has read (a file that loaders read in several
  // ways is read in several passes). Returns false to stop. May be empty.
  std::function<bool(std::uint64_t done)> proceed;
};

// Reads all pickles in `bytes`, one behind the other. Never throws because of what the bytes say.
EffectsResult read_effects(std::span<const unsigned char> bytes, const EffectLimits& limits, EffectSink& sink);

}  // namespace dill::inspect
