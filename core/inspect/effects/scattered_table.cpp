#include "inspect/effects/scattered_table.h"

#include <algorithm>
#include <new>
#include <random>

namespace dill::inspect {

namespace {

// Behind the last home, for what is pushed on by others.
constexpr std::size_t kOverflow = 256;

std::uint64_t process_seed() {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }();
  return seed;
}

}  // namespace

ScatteredTable::ScatteredTable() : seed_(process_seed()) {}

std::uint64_t ScatteredTable::hash_of(std::uint64_t number) const {
  // One to one: different numbers have different hashes.
  std::uint64_t hash = number ^ seed_;
  hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9ULL;
  hash = (hash ^ hash >> 27) * 0x94D049BB133111EBULL;
  return hash ^ hash >> 31;
}

std::size_t ScatteredTable::home_of(std::uint64_t hash) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(hash) * homes_ >> 64);
}

std::size_t ScatteredTable::find(std::uint64_t number) const {
  const std::span<const Slot> slots = all();
  const std::uint64_t hash = hash_of(number);
  std::size_t at = home_of(hash);
  while (at < slots.size() && slots[at].term.bits != 0 && hash_of(slots[at].number) < hash) ++at;
  return at;
}

bool ScatteredTable::is_at(std::size_t slot, std::uint64_t number) const {
  return slot < slots_ && all()[slot].term.bits != 0 && all()[slot].number == number;
}

TermBits ScatteredTable::get(std::uint64_t number) const {
  const std::size_t at = find(number);
  return is_at(at, number) ? all()[at].term : TermBits{};
}

bool ScatteredTable::put(std::uint64_t number, TermBits term) {
  std::size_t at = find(number);
  if (is_at(at, number)) {
    all()[at].term = term;
    return false;
  }
  if ((count_ + 1) * 8 > homes_ * 7) {
    grow();
    at = find(number);
  }
  while (true) {
    const std::span<Slot> slots = all();
    std::size_t free = at;
    while (free < slots.size() && slots[free].term.bits != 0) ++free;
    if (free < slots.size()) {
      std::move_backward(slots.begin() + static_cast<std::ptrdiff_t>(at),
                         slots.begin() + static_cast<std::ptrdiff_t>(free),
                         slots.begin() + static_cast<std::ptrdiff_t>(free) + 1);
      slots[at] = {number, term};
      ++count_;
      return true;
    }
    grow();
    at = find(number);
  }
}

void ScatteredTable::grow() {
  bool fits = false;
  while (!fits) {
    const std::size_t before = slots_;
    homes_ = std::max<std::size_t>(64, homes_ + homes_ / 8);
    if (!memory_.resize((homes_ + kOverflow) * sizeof(Slot))) throw std::bad_alloc();
    slots_ = homes_ + kOverflow;
    const std::span<Slot> slots = all();
    // All entries to the end, in their order, and from there each to its home or behind the one before it. An entry
    // never goes behind the place it is taken from, as there is a place for each of those that follow.
    std::size_t first = slots_;
    for (std::size_t i = before; i-- > 0;) {
      if (slots[i].term.bits == 0) continue;
      const Slot entry = slots[i];
      slots[i].term = {};
      slots[--first] = entry;
    }
    fits = true;
    std::size_t next = 0;
    for (std::size_t i = first; i < slots_; ++i) {
      const Slot entry = slots[i];
      const std::size_t home = std::max(next, home_of(hash_of(entry.number)));
      fits = fits && home <= i;
      const std::size_t place = std::min(home, i);
      slots[i].term = {};
      slots[place] = entry;
      next = place + 1;
    }
  }
}

}  // namespace dill::inspect
