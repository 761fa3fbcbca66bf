#include "inspect/effects/memo_table.h"

#include <random>
#include <utility>

namespace dill::inspect {

namespace {

// The array may be twice as long as there are terms, and has this much for nothing.
constexpr std::uint64_t kFreeDense = 1024;

std::uint64_t process_seed() {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }();
  return seed;
}

}  // namespace

MemoTable::MemoTable() : seed_(process_seed()) {}

void MemoTable::clear() {
  dense_.truncate(0);
  numbers_ = {};
  terms_ = {};
  scattered_count_ = 0;
  size_ = 0;
}

void MemoTable::put_behind(std::uint64_t number, TermBits term) {
  if (number <= 2 * size_ + kFreeDense && (scattered_count_ == 0 || get_scattered(number).bits == 0)) {
    const std::size_t first = dense_.size();
    TermBits* at = dense_.extend(number + 1 - first);
    for (std::uint64_t i = first; i <= number; ++i) {
      // What was put far behind the array and is reached by it now moves there.
      *at++ = scattered_count_ == 0 ? TermBits{} : get_scattered(i);
    }
    dense_[number] = term;
    ++size_;
    return;
  }
  if ((scattered_count_ + 1) * 8 > terms_.size() * 7) grow_scattered();
  const std::size_t slot = slot_of(number);
  if (terms_[slot].bits == 0) {
    numbers_[slot] = number;
    ++scattered_count_;
    ++size_;
  }
  terms_[slot] = term;
}

std::size_t MemoTable::slot_of(std::uint64_t number) const {
  std::uint64_t hash = number ^ seed_;
  hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9ULL;
  hash = (hash ^ hash >> 27) * 0x94D049BB133111EBULL;
  hash ^= hash >> 31;
  std::size_t slot = hash % terms_.size();
  while (terms_[slot].bits != 0 && numbers_[slot] != number) slot = slot + 1 == terms_.size() ? 0 : slot + 1;
  return slot;
}

TermBits MemoTable::get_scattered(std::uint64_t number) const { return terms_[slot_of(number)]; }

void MemoTable::grow_scattered() {
  RawVector<std::uint64_t> numbers = std::move(numbers_);
  RawVector<TermBits> terms = std::move(terms_);
  const std::size_t size = terms.empty() ? 64 : terms.size() * 3 / 2;
  numbers_ = {};
  terms_ = {};
  numbers_.extend(size);
  TermBits* at = terms_.extend(size);
  for (std::size_t i = 0; i < size; ++i) at[i] = {};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].bits == 0) continue;
    const std::size_t slot = slot_of(numbers[i]);
    numbers_[slot] = numbers[i];
    terms_[slot] = terms[i];
  }
}

}  // namespace dill::inspect
