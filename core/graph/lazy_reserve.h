// Address space for vectors that may grow large, so that they need not be copied.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace dill::graph {

inline constexpr std::size_t kReservedObjects = 4 << 20;

// Reserves room for at least `count` items without using memory before it is filled, and asks for large pages: one fault
// for 2 MiB instead of 512, which is most of the cost of a large recording or graph. Where either is refused, the vector
// grows as any other.
template <class Item>
void reserve_lazily(std::vector<Item>& items, std::size_t count) {
  constexpr std::size_t kLargePage = 2 << 20;
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kHeader = 32;  // of the allocator
  // Linux places an allocation at a large page if it is as long as a number of them.
  if (const std::size_t bytes = count * sizeof(Item); bytes >= kLargePage) {
    const std::size_t rounded = (bytes + kHeader + kLargePage - 1) / kLargePage * kLargePage;
    if (rounded - bytes <= bytes / 4) count = (rounded - kHeader) / sizeof(Item);
  }
  try {
    items.reserve(count);
  } catch (const std::bad_alloc&) {
    return;
  }
  const auto first = reinterpret_cast<std::uintptr_t>(items.data()) & ~(kPage - 1);
  const auto last = reinterpret_cast<std::uintptr_t>(items.data() + items.capacity()) & ~(kPage - 1);
  if (last >= first + kLargePage - kPage) (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace dill::graph
