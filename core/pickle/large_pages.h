// Large pages for memory that is about to be filled: one page fault for 2 MiB instead of 512.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace dill::pickle {

// Asks for them where `size` bytes at `memory` lie, as far as these are whole large pages. Only advice: without it the
// pages come one by one.
inline void ask_for_large_pages(const void* memory, std::size_t size) {
  constexpr std::uintptr_t kLargePage = std::uintptr_t{1} << 21;
  constexpr std::uintptr_t kPage = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  auto first = (begin + kLargePage - 1) & ~(kLargePage - 1);
  // A mapping of its own begins with a few words of the allocator's and of the object: these belong to the same page.
  if (begin % kLargePage < kPage) first = begin & ~(kLargePage - 1);
  const auto end = (begin + size) & ~(kLargePage - 1);
  if (first < end) (void)madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

}  // namespace dill::pickle
