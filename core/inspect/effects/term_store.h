// Where terms lie: eight bytes each on the stack and in the memo, what they hold in an arena of bounded size.
//
// A literal is its opcode's offset. Containers, results of calls and the like are records in the arena. When that is
// full its older half is given up: terms of it keep their kind and what they contain (Term::contents), a result of a
// call also what was called, but not their items. Globals have a table of their own, which is never given up.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "inspect/effects/effects.h"
#include "inspect/effects/memo_table.h"
#include "inspect/effects/raw_vector.h"
#include "inspect/effects/term.h"
#include "pickle/decoder.h"

namespace dill::inspect {

namespace term_bits {

inline constexpr std::uint64_t kKindMask = 0x1F;
inline constexpr unsigned kContentsShift = 5;
inline constexpr std::uint64_t kContentsMask = std::uint64_t{0x3F} << kContentsShift;
inline constexpr std::uint64_t kUnhashable = 1U << 11;  // a key or member of it raises TypeError
inline constexpr std::uint64_t kHashCalls = 1U << 12;   // hashing it calls __hash__ of something that is not builtin
inline constexpr std::uint64_t kRecord = 1U << 13;      // the payload is a place in the arena
// Its record was given up; Result: the payload is 1 + the global that was called. Str: half of the name of a global, the
// payload is 1 + 2 * the global, + 1 for the name.
inline constexpr std::uint64_t kReduced = 1U << 14;
inline constexpr unsigned kPayloadShift = 16;

constexpr TermKind kind(TermBits t) { return static_cast<TermKind>(t.bits & kKindMask); }
constexpr std::uint64_t payload(TermBits t) { return t.bits >> kPayloadShift; }
constexpr bool unhashable(TermBits t) { return (t.bits & kUnhashable) != 0; }
constexpr bool hash_calls(TermBits t) { return (t.bits & kHashCalls) != 0; }
constexpr TermBits make(TermKind kind, std::uint64_t flags, std::uint64_t payload) {
  return {static_cast<std::uint64_t>(kind) | flags | payload << kPayloadShift};
}
constexpr std::uint64_t holds(std::uint8_t contents) { return std::uint64_t{contents} << kContentsShift; }
constexpr bool is_literal(TermKind k) { return k >= TermKind::None && k <= TermKind::ByteArray; }
constexpr bool is_builtin(TermKind k) { return k >= TermKind::None && k <= TermKind::FrozenSet; }
constexpr bool is_mutable(TermKind k) { return k == TermKind::List || k == TermKind::Dict || k == TermKind::Set; }

}  // namespace term_bits

// No opcode, for Term::offset().
inline constexpr std::uint64_t kNoOffset = ~std::uint64_t{0};

class TermStore {
 public:
  TermStore(pickle::Bytes input, const EffectLimits& limits, EffectsResult& result);

  // ---- making ------------------------------------------------------------------------------------------------------

  static TermBits literal(TermKind kind, std::uint64_t offset) {
    return term_bits::make(kind, kind == TermKind::ByteArray ? term_bits::kUnhashable : 0, offset);
  }
  // A literal whose argument does not follow its opcode: a loader read other bytes.
  TermBits displaced_literal(TermKind kind, std::uint64_t offset, pickle::Bytes argument);
  static TermBits unknown(std::uint64_t offset) {
    return term_bits::make(TermKind::Unknown, term_bits::holds(kHoldsUnknown) | term_bits::kHashCalls, offset);
  }
  TermBits tuple(std::uint64_t offset, std::span<const TermBits> items);
  TermBits frozen_set(std::uint64_t offset, std::span<const TermBits> items);
  TermBits container(TermKind kind, std::uint64_t offset);
  // List, Set: `items`; Dict: keys and values in turn.
  void extend(TermBits container, std::span<const TermBits> items);
  // An item of the list becomes `item`: what it holds at which place is not kept from here on.
  void overwrite(TermBits list, TermBits item);
  // The list was given to a hook that can change its length.
  void forget_size(TermBits list);
  // From here on nobody knows what is in a bytearray.
  void change_bytearrays() { bytearrays_changed_ = true; }

  // The global of that name: one term for all look-ups with the same text.
  TermBits global(std::uint64_t offset, TermBits module, TermBits name, const NamePart& module_text,
                  const NamePart& name_text);
  TermBits extension(std::uint64_t offset, std::int64_t code);
  TermBits result(std::uint64_t offset, TermBits callee, TermBits arguments, TermBits keywords);
  TermBits persistent(std::uint64_t offset, TermBits id);
  void set_state(TermBits result, TermBits state);

  // ---- memory ------------------------------------------------------------------------------------------------------

  // Whether give_up_half() is due, if the arena may have so many words more than its limit.
  bool is_full(std::uint64_t more) const { return arena_.size() > arena_limit_ + more; }
  // Gives up the older half of the arena, and reduces the terms of it in `stack` and `memo`.
  void give_up_half(std::span<TermBits> stack, MemoTable& memo);

  // ---- reading (see Term) --------------------------------------------------------------------------------------------

  std::uint8_t contents(TermBits t) const;
  std::uint64_t offset(TermBits t) const;
  std::uint64_t size(TermBits t) const;
  bool size_is_known(TermBits t) const;
  std::uint64_t kept(TermBits t) const;
  bool lost_address(TermBits t) const {
    return address_lost_ && term_bits::kind(t) == TermKind::Dict && !has_record(t);
  }
  // Item, or key and value of a pair.
  std::pair<TermBits, TermBits> item(TermBits t, std::uint64_t index) const;
  TermBits field(TermBits t, unsigned index) const;  // of Global, Result, Persistent, Extension
  // The opcode of a literal with its argument; an argument that cannot be read gives an empty one.
  pickle::Instruction instruction(TermBits t) const;
  std::string text(TermBits t, std::size_t limit, bool* whole) const;
  std::int64_t integer(TermBits t, bool* fits) const;
  std::uint64_t payload_size(TermBits t) const;

 private:
  struct Global {
    std::uint64_t offset;
    std::string_view module, name;  // in the key in global_by_name_
  };

  std::string_view name_of_global(TermBits t) const;

  std::uint64_t* record(TermBits t) {
    return has_record(t) ? arena_.data() + (term_bits::payload(t) - given_up_) : nullptr;
  }
  const std::uint64_t* record(TermBits t) const {
    return has_record(t) ? arena_.data() + (term_bits::payload(t) - given_up_) : nullptr;
  }
  bool has_record(TermBits t) const { return (t.bits & term_bits::kRecord) != 0 && term_bits::payload(t) >= given_up_; }
  std::uint64_t* allocate(std::size_t words) { return arena_.extend(words); }
  TermBits made(TermKind kind, std::uint64_t flags, const std::uint64_t* at) const {
    return term_bits::make(kind, flags | term_bits::kRecord,
                           given_up_ + static_cast<std::uint64_t>(at - arena_.data()));
  }
  TermBits fixed(TermKind kind, std::uint64_t offset, std::span<const TermBits> items);
  // Of what is put into a container together.
  struct Summary {
    std::uint8_t holds = 0;
    std::uint64_t deepest = 0;  // how deep containers are nested
    std::uint64_t parts = 0;    // objects, shared ones counted each time
  };
  // The items are in a container from here on.
  Summary summary_of(std::span<const TermBits> items);
  // The extent of a container that had `depth` and `parts` and gets the items. Where it is endless or too deep, that is
  // said in the result.
  std::uint64_t container_extent(std::uint64_t depth, std::uint64_t parts, const Summary& items, std::uint64_t offset);
  // Keeps items, or keys and values in turn, of a list, set or dict.
  void keep(TermBits container, std::span<const TermBits> items);
  // Of further entries of a dict only those are kept whose keys are named like methods, so that nothing can be hidden
  // behind many others; a dict with too many of these holds what is not known.
  void keep_methods(TermBits dict, std::span<const TermBits> items);
  bool is_method_key(TermBits key) const;
  bool is_address_key(TermBits key) const;
  // The dict is about to be given up.
  void give_up_dict(TermBits dict);
  // A list, dict or set that is in a container holds more than before.
  void note_change(std::uint64_t* at, std::uint8_t holds);
  std::uint8_t search_contents(TermBits t) const;
  std::uint8_t own_contents(TermBits t) const;

  pickle::Bytes input_;
  EffectsResult& result_;
  std::uint64_t max_items_;
  std::uint64_t arena_limit_;   // in words
  std::uint64_t given_up_ = 0;  // place of the first word that is still there
  RawVector<std::uint64_t> arena_;
  std::vector<Global> globals_;
  std::unordered_map<std::string, std::uint32_t> global_by_name_;
  std::uint64_t global_bytes_ = 0;
  // Set when a container that is in another one has come to hold more: then what the other one was found to hold when it
  // was made is too little.
  bool outdated_ = false;
  bool bytearrays_changed_ = false;
  bool address_lost_ = false;  // see Term::lost_address
};

}  // namespace dill::inspect
