// Address space for vectors that may grow large, so that they need not be copied.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace dill::graph {

inline constexpr std::size_t kReservedObjects = 4 << 20;

// Reserves room for `count` items without using memory before it is filled, and asks for large pages: one fault for
// 2 MiB instead of 512, which is most of the cost of a large recording or graph. Where either is refused, the vector grows as
// any other.
template <class Item>
void reserve_lazily(std::vector<Item>& items, std::size_t count) {
  try {
    items.reserve(count);
  } catch (const std::bad_alloc&) {
    return;
  }
  constexpr std::uintptr_t kLargePage = 2 << 20;
  const auto first = (reinterpret_cast<std::uintptr_t>(items.data()) + kLargePage - 1) & ~(kLargePage - 1);
  const auto last = reinterpret_cast<std::uintptr_t>(items.data() + items.capacity()) & ~(kLargePage - 1);
  if (first < last) (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace dill::graph
