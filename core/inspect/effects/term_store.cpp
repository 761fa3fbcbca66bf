#include "inspect/effects/term_store.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "inspect/effects/method_names.h"
#include "pickle/escapes.h"

namespace dill::inspect {

using pickle::Opcode;
namespace tb = term_bits;

namespace {

// Bytes of names that the table of globals may take.
constexpr std::uint64_t kMaxGlobalBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kMaxKeptOfMutable = 32;
constexpr std::size_t kLongestMethod = 64;     // bytes of a name
constexpr std::uint64_t kMaxKeptOfDict = 128;  // those whose keys are named like methods among them

// First word of a record: the offset, and 8 bits.
constexpr std::uint64_t head(std::uint64_t offset, std::uint64_t low = 0) { return offset << 8 | low; }

// Records of tuples and frozen sets: head with the number of kept items, kMore if size and extent follow; the items.
constexpr std::uint64_t kMore = 0x80;
constexpr std::size_t kMoreWords = 2;

// Records of lists, dicts and sets: head; size << 24 | kept << 8 | flags; first chunk; last chunk; extent. A chunk is the
// place of the next one (0: none), the number of its words, the words.
constexpr std::size_t kExtent = 4;
constexpr std::size_t kMutableWords = 5;
constexpr std::uint64_t kSizeForgotten = 0x80;
constexpr std::uint64_t kHeld = 0x40;  // in another container
constexpr std::uint64_t kKept = std::uint64_t{0x3FFF} << 8;
constexpr std::uint64_t kKeysSeen = std::uint64_t{1} << 22;  // by give_up_dict()
constexpr std::uint64_t kNoneKept = std::uint64_t{1} << 23;
constexpr int kSearched = 256;  // terms that are looked at to find out what one holds
constexpr unsigned kSizeShift = 24;

// How much there is of a term if shared parts are counted each time: how deep containers are nested in it, and how many
// objects it has, up to what fits.
constexpr unsigned kDepthShift = 40;
constexpr std::uint64_t kMostParts = (std::uint64_t{1} << kDepthShift) - 1;
constexpr std::uint64_t kMostDeep = (std::uint64_t{1} << (64 - kDepthShift)) - 1;
constexpr std::uint64_t kTooDeep = 100'000;  // stock pickle could not write it, and hashing or comparing it can crash

constexpr std::uint64_t extent(std::uint64_t depth, std::uint64_t parts) {
  return std::min(depth, kMostDeep) << kDepthShift | std::min(parts, kMostParts);
}
constexpr std::uint64_t depth_of(std::uint64_t extent) { return extent >> kDepthShift; }
constexpr std::uint64_t parts_of(std::uint64_t extent) { return extent & kMostParts; }

// Sets the value of a number whose argument does not follow its opcode.
void read_displaced_number(pickle::Instruction& found) {
  constexpr std::size_t kLongest = 1000;  // more digits do not fit anyway
  if (found.payload.size() > kLongest) return;
  std::vector<unsigned char> whole{static_cast<unsigned char>(found.opcode)};
  const pickle::ArgumentKind argument = pickle::opcode_info(found.opcode).argument;
  const std::size_t prefix = argument == pickle::ArgumentKind::Long1   ? 1
                             : argument == pickle::ArgumentKind::Long4 ? 4
                                                                       : 0;
  for (std::size_t i = 0; i < prefix; ++i) whole.push_back(static_cast<unsigned char>(found.payload.size() >> 8 * i));
  whole.insert(whole.end(), found.payload.begin(), found.payload.end());
  whole.push_back('\n');
  pickle::Decoder decoder(whole, pickle::Frames::MayBeCut);
  const auto read = decoder.next();
  if (!read) return;
  found.length = read->length;
  found.integer = read->integer;
  found.number = read->number;
  found.boolean = read->boolean;
  found.big = read->big;
}

bool is_fixed(TermKind kind) { return kind == TermKind::Tuple || kind == TermKind::FrozenSet; }

}  // namespace

TermStore::TermStore(pickle::Bytes input, const EffectLimits& limits, EffectsResult& result)
    : input_(input),
      result_(result),
      max_items_(std::min<std::uint64_t>(limits.max_items, 0x7F)),
      arena_limit_(limits.max_memory / 8) {
  arena_.extend(1)[0] = 0;  // place 0 means "none" in chunks
}

TermBits TermStore::displaced_literal(TermKind kind, std::uint64_t offset, pickle::Bytes argument) {
  std::uint64_t* at = allocate(3);
  at[0] = head(offset);
  at[1] = static_cast<std::uint64_t>(argument.data() - input_.data());
  at[2] = argument.size();
  return made(kind, kind == TermKind::ByteArray ? tb::kUnhashable : 0, at);
}

TermBits TermStore::fixed(TermKind kind, std::uint64_t offset, std::span<const TermBits> items) {
  const Summary all = summary_of(items);
  const std::uint64_t flags = tb::holds(all.holds);
  const std::size_t kept = std::min<std::size_t>(items.size(), max_items_);
  const bool more = all.deepest != 0 || items.size() > kept;
  std::uint64_t* at = allocate(1 + (more ? kMoreWords : 0) + kept);
  std::uint64_t* word = at;
  *word++ = head(offset, kept | (more ? kMore : 0));
  if (more) {
    *word++ = items.size();
    *word++ = container_extent(0, 1, all, offset);
  }
  if (kept != 0) std::memcpy(word, items.data(), kept * sizeof(TermBits));
  return made(kind, flags, at);
}

TermBits TermStore::tuple(std::uint64_t offset, std::span<const TermBits> items) {
  if (items.empty()) return tb::make(TermKind::Tuple, 0, offset);
  std::uint64_t hashing = 0;  // hash(tuple) asks the items in order, until one has no hash
  for (const TermBits item : items) {
    hashing |= item.bits & (tb::kHashCalls | tb::kUnhashable);
    if ((hashing & tb::kUnhashable) != 0) break;
  }
  TermBits made = fixed(TermKind::Tuple, offset, items);
  made.bits |= hashing;
  return made;
}

TermBits TermStore::frozen_set(std::uint64_t offset, std::span<const TermBits> items) {
  return fixed(TermKind::FrozenSet, offset, items);  // it has kept the hashes of its members
}

TermBits TermStore::container(TermKind kind, std::uint64_t offset) {
  std::uint64_t* at = allocate(kMutableWords);
  at[0] = head(offset);
  at[1] = at[2] = at[3] = 0;
  at[kExtent] = extent(1, 1);
  return made(kind, tb::kUnhashable, at);
}

TermStore::Summary TermStore::summary_of(std::span<const TermBits> items) {
  Summary all;
  all.parts = items.size();
  for (const TermBits item : items) {
    const TermKind kind = tb::kind(item);
    // Most are literals, which hold nothing.
    if ((item.bits & tb::kRecord) == 0 && kind > TermKind::Unknown && kind < TermKind::ByteArray) continue;
    all.holds |= own_contents(item);
    std::uint64_t* at = record(item);
    if (at == nullptr) continue;
    if (is_fixed(kind)) {
      const bool more = (at[0] & kMore) != 0;
      all.parts = std::min(all.parts + (more ? parts_of(at[2]) - 1 : at[0] & 0x7F), kMostParts);
      all.deepest = std::max(all.deepest, more ? depth_of(at[2]) : 1);
    } else if (tb::is_mutable(kind)) {
      at[1] |= kHeld;
      all.parts = std::min(all.parts + parts_of(at[kExtent]) - 1, kMostParts);
      all.deepest = std::max(all.deepest, depth_of(at[kExtent]));
    }
  }
  return all;
}

std::uint64_t TermStore::container_extent(std::uint64_t depth, std::uint64_t parts, const Summary& items,
                                          std::uint64_t offset) {
  depth = std::max(depth, items.deepest + 1);
  parts += items.parts;
  if (parts >= kMostParts && !result_.endless) [[unlikely]]
    result_.endless = offset;
  if (depth > kTooDeep && !result_.too_deep) [[unlikely]]
    result_.too_deep = offset;
  return extent(depth, parts);
}

void TermStore::note_change(std::uint64_t* at, std::uint8_t holds) {
  if ((at[1] & kHeld) != 0 && (holds & ~at[1]) != 0) outdated_ = true;
  at[1] |= holds;
}

void TermStore::extend(TermBits container, std::span<const TermBits> items) {
  if (items.empty()) return;
  if (!has_record(container)) {
    if (tb::kind(container) != TermKind::Dict) return;
    for (std::size_t i = 0; i < items.size(); i += 2) address_lost_ = address_lost_ || is_address_key(items[i]);
    return;
  }
  const Summary all = summary_of(items);
  const std::size_t width = tb::kind(container) == TermKind::Dict ? 2 : 1;
  std::uint64_t* at = record(container);
  note_change(at, all.holds);
  at[1] += std::uint64_t{items.size() / width} << kSizeShift;
  at[kExtent] = container_extent(depth_of(at[kExtent]), parts_of(at[kExtent]), all, at[0] >> 8);
  if ((at[1] & kNoneKept) != 0) return;
  const std::uint64_t kept = (at[1] & kKept) >> 8;
  const std::uint64_t room = kMaxKeptOfMutable - std::min(kept, kMaxKeptOfMutable);
  const std::uint64_t now = std::min<std::uint64_t>(items.size() / width, room);
  if (now != 0) keep(container, items.first(now * width));
  if (width == 2) keep_methods(container, items.subspan(now * width));
}

void TermStore::keep_methods(TermBits dict, std::span<const TermBits> items) {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (!is_method_key(items[i])) continue;
    if (kept(dict) < kMaxKeptOfDict) {
      keep(dict, items.subspan(i, 2));
    } else {
      note_change(record(dict), kHoldsUnknown);
    }
  }
}

bool TermStore::is_method_key(TermBits key) const {
  if (tb::kind(key) != TermKind::Str) return false;
  const pickle::Instruction read = instruction(key);
  const bool plain = read.opcode == Opcode::SHORT_BINUNICODE || read.opcode == Opcode::BINUNICODE;
  // Nearly all keys of large dicts go no further.
  if (plain && (read.payload.empty() || !begins_method_name(static_cast<char>(read.payload.front())))) return false;
  return is_method_name(text(key, kLongestMethod, nullptr));
}

bool TermStore::is_address_key(TermBits key) const {
  return is_method_key(key) && is_address_name(text(key, kLongestMethod, nullptr));
}

void TermStore::give_up_dict(TermBits dict) {
  std::uint64_t* at = record(dict);
  if (at == nullptr || (at[1] & kKeysSeen) != 0) return;
  at[1] |= kKeysSeen;
  for (std::uint64_t place = at[2]; place != 0;) {
    const std::uint64_t* chunk = arena_.data() + (place - given_up_);
    for (std::uint64_t i = 0; i < chunk[1]; i += 2) {
      address_lost_ = address_lost_ || is_address_key(TermBits{chunk[2 + i]});
    }
    place = chunk[0];
  }
}

void TermStore::keep(TermBits container, std::span<const TermBits> items) {
  const std::size_t words = items.size();
  const std::size_t count = tb::kind(container) == TermKind::Dict ? words / 2 : words;
  record(container)[1] += std::uint64_t{count} << 8;
  std::uint64_t* chunk = allocate(2 + words);
  const std::uint64_t place = given_up_ + static_cast<std::uint64_t>(chunk - arena_.data());
  chunk[0] = 0;
  chunk[1] = words;
  std::memcpy(chunk + 2, items.data(), words * sizeof(TermBits));
  std::uint64_t* at = record(container);
  if (at[3] == 0) {
    at[2] = place;
  } else {
    arena_[at[3] - given_up_] = place;
  }
  at[3] = place;
}

void TermStore::overwrite(TermBits list, TermBits item) {
  if (!has_record(list)) return;
  const std::uint8_t holds = summary_of({&item, 1}).holds;
  std::uint64_t* at = record(list);
  note_change(at, holds);
  at[1] |= kNoneKept;
}

void TermStore::forget_size(TermBits list) {
  if (has_record(list)) record(list)[1] |= kSizeForgotten;
}

TermBits TermStore::global(std::uint64_t offset, TermBits module, TermBits name, const NamePart& module_text,
                           const NamePart& name_text) {
  constexpr std::uint64_t kFlags = tb::holds(kHoldsGlobal) | tb::kHashCalls;
  if (module_text.known && name_text.known && module_text.whole && name_text.whole) {
    // The length comes first: no two pairs of names have the same key.
    std::string key = std::to_string(module_text.text.size()) + ':';
    const std::size_t begin = key.size();
    key.append(module_text.text).append(name_text.text);
    const auto found = global_by_name_.find(key);
    if (found != global_by_name_.end()) return tb::make(TermKind::Global, kFlags, found->second);
    if (global_bytes_ + key.size() + 128 <= kMaxGlobalBytes) {
      global_bytes_ += key.size() + 128;
      const auto number = static_cast<std::uint32_t>(globals_.size());
      const auto entry = global_by_name_.emplace(std::move(key), number).first;
      const std::string_view names = std::string_view(entry->first).substr(begin);
      const std::size_t module_size = module_text.text.size();
      globals_.push_back({offset, names.substr(0, module_size), names.substr(module_size)});
      return tb::make(TermKind::Global, kFlags, number);
    }
  }
  const auto term = [&](TermBits given, const NamePart& part) {  // the text of GLOBAL and INST has no opcode of its own
    if (given.bits != 0 || !part.known) return given;
    return displaced_literal(TermKind::Str, offset,
                             {reinterpret_cast<const unsigned char*>(part.text.data()), part.text.size()});
  };
  module = term(module, module_text);
  name = term(name, name_text);
  std::uint64_t* at = allocate(3);
  at[0] = head(offset);
  at[1] = module.bits;
  at[2] = name.bits;
  return made(TermKind::Global, kFlags | tb::holds(own_contents(module) | own_contents(name)), at);
}

TermBits TermStore::extension(std::uint64_t offset, std::int64_t code) {
  std::uint64_t* at = allocate(2);
  at[0] = head(offset);
  at[1] = static_cast<std::uint64_t>(code);
  return made(TermKind::Extension, tb::holds(kHoldsExtension) | tb::kHashCalls, at);
}

TermBits TermStore::result(std::uint64_t offset, TermBits callee, TermBits arguments, TermBits keywords) {
  std::uint64_t* at = allocate(5);
  at[0] = head(offset);
  at[1] = callee.bits;
  at[2] = arguments.bits;
  at[3] = keywords.bits;
  at[4] = 0;
  return made(TermKind::Result, tb::holds(kHoldsResult) | tb::kHashCalls, at);
}

TermBits TermStore::persistent(std::uint64_t offset, TermBits id) {
  std::uint64_t* at = allocate(2);
  at[0] = head(offset);
  at[1] = id.bits;
  return made(TermKind::Persistent, tb::holds(kHoldsPersistent) | tb::kHashCalls, at);
}

void TermStore::set_state(TermBits result, TermBits state) {
  if (tb::kind(result) == TermKind::Result && has_record(result)) record(result)[4] = state.bits;
}

void TermStore::give_up_half(std::span<TermBits> stack, MemoTable& memo) {
  const std::size_t half = arena_.size() / 2;
  const std::uint64_t limit = given_up_ + half;
  const auto reduce = [&](TermBits& term) {
    if ((term.bits & tb::kRecord) == 0 || tb::payload(term) >= limit) return;
    const TermKind kind = tb::kind(term);
    std::uint64_t flags = (term.bits & (tb::kContentsMask | tb::kUnhashable | tb::kHashCalls)) | tb::kReduced;
    std::uint64_t payload = 0;
    if (tb::is_mutable(kind)) {
      if (kind == TermKind::Dict) give_up_dict(term);
      flags |= tb::holds(kHoldsUnknown);
    } else if (kind == TermKind::Result && has_record(term)) {
      const TermBits callee{record(term)[1]};
      if (tb::kind(callee) == TermKind::Global && (callee.bits & tb::kRecord) == 0) payload = tb::payload(callee) + 1;
    }
    term = tb::make(kind, flags, payload);
  };
  for (TermBits& term : stack) reduce(term);
  memo.for_each(reduce);
  const std::size_t rest = arena_.size() - half;
  std::memmove(arena_.data(), arena_.data() + half, rest * sizeof(std::uint64_t));
  arena_.truncate(rest);
  given_up_ = limit;
}

// ---- reading -----------------------------------------------------------------------------------------------------------

std::uint8_t TermStore::own_contents(TermBits t) const {
  if (t.bits == 0) return kHoldsUnknown;
  const auto own = static_cast<std::uint8_t>((t.bits & tb::kContentsMask) >> tb::kContentsShift);
  const TermKind kind = tb::kind(t);
  if (kind == TermKind::ByteArray && bytearrays_changed_) return kHoldsUnknown;
  if (!tb::is_mutable(kind)) return own;
  const std::uint64_t* at = record(t);
  return at != nullptr ? static_cast<std::uint8_t>(at[1] & 0x3F) : static_cast<std::uint8_t>(own | kHoldsUnknown);
}

std::uint8_t TermStore::contents(TermBits t) const {
  if (!outdated_ || (t.bits & tb::kRecord) == 0) return own_contents(t);
  return search_contents(t);
}

std::uint8_t TermStore::search_contents(TermBits t) const {
  std::array<TermBits, kSearched> waiting;
  std::size_t count = 1;
  waiting[0] = t;
  std::uint8_t holds = 0;
  for (std::size_t next = 0; next < count; ++next) {
    const TermBits term = waiting[next];
    holds |= own_contents(term);
    const std::uint64_t size = kept(term);
    const bool pairs = tb::kind(term) == TermKind::Dict;
    if (size < this->size(term) ||
        (size == 0 && has_record(term) && (record(term)[1] & kNoneKept) != 0 && tb::is_mutable(tb::kind(term))))
      holds |= kHoldsUnknown;
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto [key, value] = item(term, i);
      for (const TermBits below : {key, value}) {
        if (below.bits == 0 && !pairs) continue;
        if ((below.bits & (tb::kRecord | tb::kReduced)) == 0) {
          holds |= own_contents(below);
        } else if (count < waiting.size()) {
          waiting[count++] = below;
        } else {
          return holds | kHoldsUnknown;
        }
      }
    }
  }
  return holds;
}

std::uint64_t TermStore::offset(TermBits t) const {
  if (t.bits == 0 || (t.bits & tb::kReduced) != 0) return kNoOffset;
  if ((t.bits & tb::kRecord) != 0) {
    const std::uint64_t* at = record(t);
    return at == nullptr ? kNoOffset : at[0] >> 8;
  }
  return tb::kind(t) == TermKind::Global ? globals_[tb::payload(t)].offset : tb::payload(t);
}

std::uint64_t TermStore::size(TermBits t) const {
  if (!size_is_known(t)) return kUnknownSize;
  const std::uint64_t* at = record(t);
  if (at == nullptr) return 0;
  if (is_fixed(tb::kind(t))) return (at[0] & kMore) != 0 ? at[1] : at[0] & 0x7F;
  return tb::is_mutable(tb::kind(t)) ? at[1] >> kSizeShift : 0;
}

bool TermStore::size_is_known(TermBits t) const {
  if ((t.bits & tb::kReduced) != 0) return false;
  if ((t.bits & tb::kRecord) == 0) return true;
  const std::uint64_t* at = record(t);
  return at != nullptr && (!tb::is_mutable(tb::kind(t)) || (at[1] & kSizeForgotten) == 0);
}

std::uint64_t TermStore::kept(TermBits t) const {
  const std::uint64_t* at = record(t);
  if (at == nullptr) return 0;
  if (is_fixed(tb::kind(t))) return at[0] & 0x7F;
  if (!tb::is_mutable(tb::kind(t)) || (at[1] & kNoneKept) != 0) return 0;
  return (at[1] & kKept) >> 8;
}

std::pair<TermBits, TermBits> TermStore::item(TermBits t, std::uint64_t index) const {
  if (index >= kept(t)) return {};
  const std::uint64_t* at = record(t);
  if (is_fixed(tb::kind(t))) return {{}, TermBits{at[((at[0] & kMore) != 0 ? 1 + kMoreWords : 1) + index]}};
  const bool pairs = tb::kind(t) == TermKind::Dict;
  std::uint64_t word = pairs ? index * 2 : index;
  std::uint64_t place = at[2];
  while (place != 0) {
    const std::uint64_t* chunk = arena_.data() + (place - given_up_);
    if (word < chunk[1]) {
      if (pairs) return {TermBits{chunk[2 + word]}, TermBits{chunk[3 + word]}};
      return {{}, TermBits{chunk[2 + word]}};
    }
    word -= chunk[1];
    place = chunk[0];
  }
  return {};
}

TermBits TermStore::field(TermBits t, unsigned index) const {
  const TermKind kind = tb::kind(t);
  if (kind == TermKind::Global && (t.bits & (tb::kRecord | tb::kReduced)) == 0) {
    return index > 1 ? TermBits{} : tb::make(TermKind::Str, tb::kReduced, 1 + 2 * tb::payload(t) + index);
  }
  if (kind == TermKind::Result && (t.bits & tb::kReduced) != 0) {
    if (index != 0 || tb::payload(t) == 0) return {};
    return tb::make(TermKind::Global, tb::holds(kHoldsGlobal) | tb::kHashCalls, tb::payload(t) - 1);
  }
  const unsigned fields = kind == TermKind::Global                                      ? 2
                          : kind == TermKind::Result                                    ? 4
                          : kind == TermKind::Persistent || kind == TermKind::Extension ? 1
                                                                                        : 0;
  const std::uint64_t* at = record(t);
  return at == nullptr || index >= fields ? TermBits{} : TermBits{at[1 + index]};
}

std::string_view TermStore::name_of_global(TermBits t) const {
  const std::uint64_t part = tb::payload(t) - 1;
  const Global& global = globals_[part / 2];
  return part % 2 == 0 ? global.module : global.name;
}

pickle::Instruction TermStore::instruction(TermBits t) const {
  pickle::Instruction found;
  if (!tb::is_literal(tb::kind(t)) || (t.bits & tb::kReduced) != 0) return found;
  if ((t.bits & tb::kRecord) != 0) {
    const std::uint64_t* at = record(t);
    if (at == nullptr) return found;
    found.offset = at[0] >> 8;
    found.opcode = static_cast<Opcode>(input_[found.offset]);
    found.payload = input_.subspan(at[1], at[2]);
    if (tb::kind(t) < TermKind::Str) read_displaced_number(found);
    return found;
  }
  pickle::Decoder decoder(input_, pickle::Frames::MayBeCut);
  decoder.seek(tb::payload(t));
  const auto read = decoder.next();
  if (read) return *read;
  found.offset = tb::payload(t);
  return found;
}

std::string TermStore::text(TermBits t, std::size_t limit, bool* whole) const {
  if (whole != nullptr) *whole = false;
  const TermKind kind = tb::kind(t);
  if (kind != TermKind::Str && kind != TermKind::Bytes && kind != TermKind::ByteArray) return {};
  if (kind == TermKind::Str && (t.bits & tb::kReduced) != 0 && tb::payload(t) != 0) {
    std::string_view name = name_of_global(t);
    if (whole != nullptr) *whole = name.size() <= limit;
    if (name.size() > limit) {
      while (limit > 0 && (static_cast<unsigned char>(name[limit]) & 0xC0) == 0x80) --limit;
      name = name.substr(0, limit);
    }
    return std::string(name);
  }
  if (kind == TermKind::ByteArray && bytearrays_changed_) return {};
  const pickle::Instruction read = instruction(t);
  if (read.opcode == Opcode::STOP) return {};
  // An escape takes up to ten bytes; one more so that what is cut off is seen.
  const std::size_t escaped = read.opcode == Opcode::STRING || read.opcode == Opcode::UNICODE ? 10 : 1;
  const pickle::Bytes all = read.payload;
  pickle::Bytes part = all.first(std::min(all.size(), limit >= all.size() / escaped ? all.size() : limit * escaped));
  const auto done = [&](std::string text) {
    bool complete = part.size() == all.size();
    if (text.size() > limit) {
      complete = false;
      std::size_t cut = limit;
      if (kind == TermKind::Str)
        while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
      text.resize(cut);
    }
    if (whole != nullptr) *whole = complete;
    return text;
  };
  if (read.opcode == Opcode::STRING || read.opcode == Opcode::UNICODE) {
    const auto unescape = read.opcode == Opcode::STRING ? pickle::unescape_string : pickle::unescape_unicode;
    auto text = unescape(part);
    for (int cut = 0; !text && part.size() < all.size() && cut < 10 && !part.empty(); ++cut) {
      part = part.first(part.size() - 1);  // the cut went through an escape
      text = unescape(part);
    }
    if (!text) return {};
    if (read.opcode == Opcode::UNICODE) return done(std::move(*text));
    std::string latin;  // Python 2 text: shown as Latin-1 where it is not ASCII
    for (const char c : *text) pickle::append_utf8(latin, static_cast<unsigned char>(c));
    return done(std::move(latin));
  }
  for (int more = 0; more < 4 && part.size() < all.size() && (all[part.size()] & 0xC0) == 0x80; ++more)
    part = all.first(part.size() + 1);  // not through a character
  std::string text(reinterpret_cast<const char*>(part.data()), part.size());
  // Python 2 text, and what is no text at all, is shown as Latin-1.
  if (kind == TermKind::Str && !pickle::is_utf8(part, pickle::Surrogates::Pass)) {
    std::string latin;
    for (const char c : text) pickle::append_utf8(latin, static_cast<unsigned char>(c));
    return done(std::move(latin));
  }
  return done(std::move(text));
}

std::uint64_t TermStore::payload_size(TermBits t) const {
  if (tb::kind(t) == TermKind::Str && (t.bits & tb::kReduced) != 0 && tb::payload(t) != 0)
    return name_of_global(t).size();
  return instruction(t).payload.size();
}

std::int64_t TermStore::integer(TermBits t, bool* fits) const {
  if (fits != nullptr) *fits = false;
  if (tb::kind(t) != TermKind::Int && tb::kind(t) != TermKind::Bool) return 0;
  const pickle::Instruction read = instruction(t);
  if (read.opcode == Opcode::NEWTRUE || read.opcode == Opcode::NEWFALSE) {
    if (fits != nullptr) *fits = true;
    return read.opcode == Opcode::NEWTRUE ? 1 : 0;
  }
  if (read.opcode == Opcode::STOP || read.length == 0 || read.big) return 0;
  if (fits != nullptr) *fits = true;
  return read.integer;
}

}  // namespace dill::inspect
