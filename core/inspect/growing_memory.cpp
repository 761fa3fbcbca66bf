#include "inspect/growing_memory.h"

#include <sys/mman.h>

#include <limits>
#include <utility>

namespace dill::inspect {

namespace {
constexpr std::size_t kPage = 4096;
}  // namespace

GrowingMemory::GrowingMemory(GrowingMemory&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), size_(std::exchange(other.size_, 0)) {}

GrowingMemory& GrowingMemory::operator=(GrowingMemory&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  return *this;
}

GrowingMemory::~GrowingMemory() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
}

bool GrowingMemory::resize(std::size_t size) {
  if (size > std::numeric_limits<std::ptrdiff_t>::max() - kPage) return false;
  const std::size_t wanted = size == 0 ? kPage : (size + kPage - 1) / kPage * kPage;
  if (wanted == size_) return true;
  // Growing a mapping moves pages, not bytes, so that the peak is what is held.
  void* const memory = memory_ == nullptr ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                                          : ::mremap(memory_, size_, wanted, MREMAP_MAYMOVE);
  if (memory == MAP_FAILED) return false;
  memory_ = memory;
  size_ = wanted;
  return true;
}

}  // namespace dill::inspect
