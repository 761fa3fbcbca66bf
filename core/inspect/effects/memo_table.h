// The memo of a loader: terms under numbers. Numbers that come one after the other lie in an array, others in a hash
// table, so that no number makes it larger than what was put in.
#pragma once

#include <cstdint>

#include "inspect/effects/raw_vector.h"
#include "inspect/effects/term.h"

namespace dill::inspect {

class MemoTable {
 public:
  MemoTable();

  // How many numbers are taken.
  std::uint64_t size() const { return size_; }

  void put(std::uint64_t number, TermBits term) {
    if (number < dense_.size()) [[likely]] {
      if (dense_[number].bits == 0) ++size_;
      dense_[number] = term;
    } else {
      put_behind(number, term);
    }
  }

  // Zero bits if nothing is there.
  TermBits get(std::uint64_t number) const {
    if (number < dense_.size()) [[likely]]
      return dense_[number];
    return scattered_count_ == 0 ? TermBits{} : get_scattered(number);
  }

  void clear();
  std::span<TermBits> dense() { return dense_.span(); }
  std::span<TermBits> scattered() { return terms_.span(); }

 private:
  void put_behind(std::uint64_t number, TermBits term);
  TermBits get_scattered(std::uint64_t number) const;
  std::size_t slot_of(std::uint64_t number) const;
  void grow_scattered();

  std::uint64_t seed_;  // nobody can choose numbers that all fall on the same slot
  std::uint64_t size_ = 0;
  RawVector<TermBits> dense_;
  // Open addressing; a slot is free where its term is zero.
  RawVector<std::uint64_t> numbers_;
  RawVector<TermBits> terms_;
  std::size_t scattered_count_ = 0;
};

}  // namespace dill::inspect
