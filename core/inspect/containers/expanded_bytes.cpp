#include "inspect/containers/expanded_bytes.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace dill::inspect::containers {

namespace {
constexpr std::size_t kFirst = std::size_t{64} << 10;
constexpr std::size_t kPage = 4096;
}  // namespace

ExpandedBytes::~ExpandedBytes() {
  if (memory_ != nullptr) ::munmap(memory_, capacity_);
}

std::span<unsigned char> ExpandedBytes::room() {
  if (size_ == capacity_) {
    const std::size_t wanted = std::max(kFirst, capacity_ * 2);
    // Growing a mapping moves pages, not bytes, so that the peak is what is held.
    void* const memory = memory_ == nullptr ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                                            : ::mremap(memory_, capacity_, wanted, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED) return {};
    memory_ = static_cast<unsigned char*>(memory);
    capacity_ = wanted;
  }
  return {memory_ + size_, capacity_ - size_};
}

bool ExpandedBytes::append(std::span<const unsigned char> bytes) {
  while (!bytes.empty()) {
    const std::span<unsigned char> space = room();
    if (space.empty()) return false;
    const std::size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    commit(count);
    bytes = bytes.subspan(count);
  }
  return true;
}

void ExpandedBytes::trim() {
  const std::size_t needed = (size_ + kPage - 1) / kPage * kPage;
  if (memory_ == nullptr || needed == 0 || needed >= capacity_) return;
  void* const memory = ::mremap(memory_, capacity_, needed, MREMAP_MAYMOVE);
  if (memory == MAP_FAILED) return;
  memory_ = static_cast<unsigned char*>(memory);
  capacity_ = needed;
}

}  // namespace dill::inspect::containers
