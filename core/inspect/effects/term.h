// What stands for an object while a pickle is read without being loaded: a literal, a container, a global, the result
// of a call. A view into the machine that reads, valid during the callback that it is given to.
#pragma once

#include <cstdint>
#include <string>

namespace dill::inspect {

enum class TermKind : std::uint8_t {
  Unknown,  // no longer kept (see EffectLimits), or made after a fault
  None,
  Bool,
  Int,
  Float,
  Str,
  Bytes,
  ByteArray,
  Tuple,
  List,
  Dict,
  Set,
  FrozenSet,
  Global,      // found by find_class
  Extension,   // found by find_class through copyreg's extension registry
  Result,      // made by a call (REDUCE, OBJ, INST, NEWOBJ, NEWOBJ_EX)
  Persistent,  // returned by persistent_load
  Buffer,      // out-of-band buffer (NEXT_BUFFER)
};

// Of a container whose items were given up for memory.
inline constexpr std::uint64_t kUnknownSize = ~std::uint64_t{0};

// What a term holds, itself included, at any depth: one bit a kind of thing.
enum Holds : std::uint8_t {
  kHoldsGlobal = 1,
  kHoldsResult = 2,  // of a call; such an object can do anything when it is used
  kHoldsPersistent = 4,
  kHoldsExtension = 8,
  kHoldsBuffer = 16,
  kHoldsUnknown = 32,
};

class TermStore;

// The eight bytes of the machine; only TermStore knows what they mean.
struct TermBits {
  std::uint64_t bits = 0;
  friend bool operator==(TermBits, TermBits) = default;
};

class Term {
 public:
  Term() = default;  // Unknown
  Term(const TermStore* store, TermBits bits) : store_(store), bits_(bits) {}

  TermKind kind() const;
  // What it holds. 0 (`inert`): literals and builtin containers of literals only.
  std::uint8_t contents() const;
  bool inert() const { return contents() == 0; }
  // Opcode that made it; all ones where that is not known any more.
  std::uint64_t offset() const;

  // Items of a Tuple, List, Set or FrozenSet, pairs of a Dict: how many there are, and how many of the first ones are
  // kept and can be asked for. Fewer are kept of long containers, none of lists whose items were overwritten and of what
  // was given up for memory (kUnknownSize). Where kept() is less than size(), what is shown is not all there is.
  std::uint64_t size() const;
  std::uint64_t kept() const;
  // A Dict that was given up for memory, where one that was given up had the name of an array's address as a key.
  bool lost_address() const;
  Term item(std::uint64_t index) const;  // Dict: the value
  Term key(std::uint64_t index) const;   // Dict only

  // Str as UTF-8 (lone surrogates as three bytes), Bytes and ByteArray as they are; at most about `limit` bytes of it.
  // `whole` is set to whether that was all. Empty for every other kind.
  std::string text(std::size_t limit, bool* whole = nullptr) const;
  // Bool, Int that fits in 64 bits (else `fits` is set to false and the result is 0).
  std::int64_t integer(bool* fits = nullptr) const;
  double number() const;               // Float
  std::uint64_t payload_size() const;  // Str, Bytes, ByteArray, Int of many digits: bytes in the file

  // Global: as find_class was asked for it. Str terms, or whatever else STACK_GLOBAL would be given at run time.
  Term module() const;
  Term name() const;
  std::int64_t extension_code() const;  // Extension

  Term callee() const;     // Result
  Term arguments() const;  // Result: a Tuple as a rule; Persistent: the persistent id
  Term keywords() const;   // Result of NEWOBJ_EX: a Dict; else Unknown
  Term state() const;      // Result: what the last BUILD was given; Unknown without one

  // The term as an expression in one line, shortened to about `limit` bytes: "getattr(os, 'system')". Names and strings
  // are those of the file, escaped as Python would show them; nothing else is neutralised here.
  std::string expression(std::size_t limit = 200) const;

  const TermStore* store() const { return store_; }
  TermBits bits() const { return bits_; }

 private:
  const TermStore* store_ = nullptr;
  TermBits bits_;
};

}  // namespace dill::inspect
