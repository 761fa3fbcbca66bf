// Terms under numbers that have nothing to do with each other. A hash table whose entries are sorted by their hash, so
// that it grows where it lies: its peak is 16 bytes an entry and a quarter of that for free slots.
#pragma once

#include <cstdint>
#include <span>

#include "inspect/effects/term.h"
#include "inspect/growing_memory.h"

namespace dill::inspect {

class ScatteredTable {
 public:
  ScatteredTable();

  std::size_t count() const { return count_; }
  std::size_t slots() const { return slots_; }
  // True if there was nothing under the number. Throws std::bad_alloc.
  bool put(std::uint64_t number, TermBits term);
  // Zero bits if nothing is there.
  TermBits get(std::uint64_t number) const;
  void clear() { *this = ScatteredTable(); }
  // Calls each(term) for all terms; they may be changed, but not to zero.
  template <class Each>
  void for_each(Each each) {
    for (Slot& slot : all()) {
      if (slot.term.bits != 0) each(slot.term);
    }
  }

 private:
  struct Slot {
    std::uint64_t number;
    TermBits term;  // zero: the slot is free
  };

  std::span<Slot> all() const { return {static_cast<Slot*>(memory_.data()), slots_}; }
  std::uint64_t hash_of(std::uint64_t number) const;
  // Where a hash belongs if nothing is in the way. Grows with the hash.
  std::size_t home_of(std::uint64_t hash) const;
  // The slot of the number, or the one it would have to go to.
  std::size_t find(std::uint64_t number) const;
  bool is_at(std::size_t slot, std::uint64_t number) const;
  void grow();

  std::uint64_t seed_;  // nobody can choose numbers that all fall on the same slot
  GrowingMemory memory_;
  std::size_t slots_ = 0;
  std::size_t homes_ = 0;  // the last slots are no home of any hash
  std::size_t count_ = 0;
};

}  // namespace dill::inspect
