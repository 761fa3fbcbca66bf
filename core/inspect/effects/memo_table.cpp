#include "inspect/effects/memo_table.h"

namespace dill::inspect {

namespace {

// The array may be one and a half times as long as there are terms, and has this much for nothing.
constexpr std::uint64_t kFreeDense = 1024;

}  // namespace

void MemoTable::clear() {
  dense_.truncate(0);
  if (scattered_.count() != 0) scattered_.clear();
  size_ = 0;
}

void MemoTable::put_behind(std::uint64_t number, TermBits term) {
  if (number <= size_ + size_ / 2 + kFreeDense && (scattered_.count() == 0 || scattered_.get(number).bits == 0)) {
    const std::size_t first = dense_.size();
    TermBits* at = dense_.extend(number + 1 - first);
    for (std::uint64_t i = first; i <= number; ++i) {
      // What was put far behind the array and is reached by it now moves there.
      *at++ = scattered_.count() == 0 ? TermBits{} : scattered_.get(i);
    }
    dense_[number] = term;
    ++size_;
  } else if (scattered_.put(number, term)) {
    ++size_;
  }
}

}  // namespace dill::inspect
