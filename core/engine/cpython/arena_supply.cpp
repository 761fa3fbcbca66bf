#include "engine/cpython/arena_supply.h"

#if defined(__linux__) && !defined(DILL_PUBLIC_API_ONLY)
#include <sys/mman.h>

#include <cstdint>
#include <mutex>
#include <new>
#include <unordered_set>

namespace dill::engine::cpython {
namespace {

constexpr std::size_t kLargePage = 2 * 1024 * 1024;
constexpr std::size_t kRegion = 4 * kLargePage;  // address space; memory comes by the page

thread_local int open_supplies = 0;

// What all interpreters and threads of the process share.
struct Regions {
  std::mutex mutex;
  PyObjectArenaAllocator allocator_before{};
  bool installed = false;
  std::uintptr_t next = 0, stop = 0;  // what is left of the last region
  std::unordered_set<void*> arenas;   // ours
};

Regions& regions() {
  static auto* const instance = new Regions;  // arenas may be freed after everything else
  return *instance;
}

// Makes `next` the begin of an empty region. False if the kernel gives none.
bool map_region(Regions& all) {
  void* const mapped = mmap(nullptr, kRegion + kLargePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return false;
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
  const std::uintptr_t aligned = (begin + kLargePage - 1) / kLargePage * kLargePage;
  if (aligned != begin) munmap(mapped, aligned - begin);
  if (aligned - begin != kLargePage) munmap(reinterpret_cast<void*>(aligned + kRegion), begin + kLargePage - aligned);
  if (all.next != all.stop) munmap(reinterpret_cast<void*>(all.next), all.stop - all.next);
  // Without large pages the region is as good as any.
  madvise(reinterpret_cast<void*>(aligned), kRegion, MADV_HUGEPAGE);
  all.next = aligned;
  all.stop = aligned + kRegion;
  return true;
}

void* allocate(void*, std::size_t size) {
  Regions& all = regions();
  if (open_supplies > 0 && size <= kLargePage && kLargePage % size == 0) {
    const std::lock_guard lock(all.mutex);
    if (all.stop - all.next >= size || map_region(all)) {
      auto* const arena = reinterpret_cast<void*>(all.next);
      try {
        all.arenas.insert(arena);
        all.next += size;
        return arena;
      } catch (const std::bad_alloc&) {
        // Whoever was asked before may have some.
      }
    }
  }
  return all.allocator_before.alloc(all.allocator_before.ctx, size);
}

void release(void*, void* arena, std::size_t size) {
  Regions& all = regions();
  {
    const std::lock_guard lock(all.mutex);
    if (all.arenas.erase(arena) != 0) {
      munmap(arena, size);
      return;
    }
  }
  all.allocator_before.free(all.allocator_before.ctx, arena, size);
}

}  // namespace

void ArenaSupply::open() {
  Regions& all = regions();
  if (!all.installed) {
    PyObject_GetArenaAllocator(&all.allocator_before);
    PyObjectArenaAllocator ours{nullptr, allocate, release};
    PyObject_SetArenaAllocator(&ours);  // for good: it knows which arenas are its own
    all.installed = true;
  }
  if (!open_) ++open_supplies;
  open_ = true;
}

void ArenaSupply::end() {
  --open_supplies;
  open_ = false;
}

}  // namespace dill::engine::cpython
#else
namespace dill::engine::cpython {

void ArenaSupply::open() { open_ = true; }
void ArenaSupply::end() { open_ = false; }

}  // namespace dill::engine::cpython
#endif
