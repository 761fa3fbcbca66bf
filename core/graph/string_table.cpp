#include "graph/string_table.h"

#include <cstring>
#include <functional>
#include <limits>
#include <stdexcept>

namespace dill::graph {

namespace {
constexpr std::size_t kFirstSlots = 64;  // a power of two, as every later number of slots
constexpr std::size_t kMaxBytes = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxStrings = std::numeric_limits<std::uint32_t>::max();

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }
}  // namespace

StringTable::StringTable() : ends_{0}, slots_(kFirstSlots, 0) {}

std::string_view StringTable::at(StringId id) const {
  const std::uint32_t begin = id == 0 ? 0 : ends_[id - 1];
  return {bytes_.data() + begin, ends_[id] - begin};
}

StringId StringTable::intern(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t slot = hash_of(text) & (slots_.size() - 1);
  while (slots_[slot] != 0) {
    if (at(slots_[slot]) == text) return slots_[slot];
    slot = (slot + 1) & (slots_.size() - 1);
  }
  if (text.size() > kMaxBytes - bytes_.size()) throw std::length_error("string table: more than 4 GiB of text");
  if (ends_.size() >= kMaxStrings) throw std::length_error("string table: too many strings");

  const auto id = static_cast<StringId>(ends_.size());
  // `text` may point into bytes_ (a part of an interned string), which insert() could move while it copies.
  const std::less<const char*> before;
  const char* const first = bytes_.data();
  if (!before(text.data(), first) && before(text.data(), first + bytes_.size())) {
    const std::string copy(text);
    bytes_.insert(bytes_.end(), copy.begin(), copy.end());
  } else {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  slots_[slot] = id;
  if (ends_.size() * 2 > slots_.size()) grow();
  return id;
}

void StringTable::grow() {
  std::vector<StringId> slots(slots_.size() * 2, 0);
  for (StringId id = 1; id < ends_.size(); ++id) {
    std::size_t slot = hash_of(at(id)) & (slots.size() - 1);
    while (slots[slot] != 0) slot = (slot + 1) & (slots.size() - 1);
    slots[slot] = id;
  }
  slots_ = std::move(slots);
}

}  // namespace dill::graph
