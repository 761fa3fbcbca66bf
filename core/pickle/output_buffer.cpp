#include "pickle/output_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace dill::pickle {
namespace {

constexpr std::size_t kReserves[] = {std::size_t{1} << 36, std::size_t{1} << 32};  // bytes of addresses, not memory

unsigned char* allocate(std::size_t size) {
  auto* const block = static_cast<unsigned char*>(std::malloc(size));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

OutputBuffer::OutputBuffer() : begin_(allocate(kSmall)), capacity_(kSmall) {}

void OutputBuffer::grow(std::size_t used, std::size_t wanted) {
  wanted = std::max(wanted, capacity_ * 2);
  if (!reserve_ && wanted > kKept) {
    for (const std::size_t size : kReserves) {
      if (size < wanted) break;
      void* const block =
          mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (block == MAP_FAILED) continue;
      (void)madvise(block, size, MADV_HUGEPAGE);  // without them every 4 KiB cost a page fault
      std::memcpy(block, begin_, used);
      release();
      begin_ = static_cast<unsigned char*>(block);
      capacity_ = size;
      reserve_ = true;
      return;
    }
  }
  if (reserve_) {  // beyond even the reserve
    unsigned char* const block = allocate(wanted);
    std::memcpy(block, begin_, used);
    release();
    begin_ = block;
    reserve_ = false;
  } else {
    void* const block = std::realloc(begin_, wanted);
    if (block == nullptr) throw std::bad_alloc();
    begin_ = static_cast<unsigned char*>(block);
  }
  capacity_ = wanted;
}

void OutputBuffer::trim() {
  if (capacity_ <= kKept) return;
  unsigned char* const block = allocate(kSmall);
  release();
  begin_ = block;
  capacity_ = kSmall;
  reserve_ = false;
}

void OutputBuffer::release() {
  if (reserve_)
    munmap(begin_, capacity_);
  else
    std::free(begin_);
}

}  // namespace dill::pickle
