// The memo of a loader: terms under numbers. Numbers that come one after the other lie in an array, others in a hash
// table, so that no number makes it larger than what was put in.
#pragma once

#include <cstdint>

#include "inspect/effects/raw_vector.h"
#include "inspect/effects/scattered_table.h"
#include "inspect/effects/term.h"

namespace dill::inspect {

class MemoTable {
 public:
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
    return scattered_.count() == 0 ? TermBits{} : scattered_.get(number);
  }

  void clear();
  // Calls each(term) for all there is, to change it.
  template <class Each>
  void for_each(Each each) {
    for (TermBits& term : dense_.span()) each(term);
    scattered_.for_each(each);
  }
  // What it takes less than 16 bytes for each term, in words of eight bytes. At least an eighth of that, so that what
  // may lie elsewhere grows with it, and is not tidied up all the time.
  std::uint64_t spare_words() const {
    const std::uint64_t words = dense_.size() + 2 * scattered_.slots();
    return words + size_ / 4 < 2 * size_ ? 2 * size_ - words : size_ / 4;
  }

 private:
  void put_behind(std::uint64_t number, TermBits term);

  std::uint64_t size_ = 0;
  RawVector<TermBits> dense_;  // zero bits where nothing is
  ScatteredTable scattered_;
};

}  // namespace dill::inspect
