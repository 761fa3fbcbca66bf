#include "pickle/output_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace dill::pickle {
namespace {

unsigned char* reallocate(unsigned char* block, std::size_t size) {
  auto* const larger = static_cast<unsigned char*>(std::realloc(block, size));
  if (larger == nullptr) throw std::bad_alloc();
  return larger;
}

}  // namespace

OutputBuffer::OutputBuffer()
    : small_(reallocate(nullptr, kSmall)), small_capacity_(kSmall), begin_(small_), capacity_(kSmall) {}

OutputBuffer::~OutputBuffer() { std::free(small_); }

void OutputBuffer::grow(std::size_t used, std::size_t wanted) {
  wanted = std::max(wanted, capacity_ * 2);
  if (large_ == nullptr || wanted <= kKept) {
    begin_ = small_ = reallocate(small_, wanted);
    small_capacity_ = wanted;
  } else {
    const bool moves = begin_ == small_;
    wanted = std::max({wanted, capacity_ * 4, kFirstLarge});  // few steps: what is not written to costs nothing
    begin_ = large_->resize(wanted);
    if (moves) std::memcpy(begin_, small_, used);
  }
  capacity_ = wanted;
}

void OutputBuffer::reset(LargeBlock* large) {
  if (small_capacity_ > kKept) {
    small_ = reallocate(small_, kSmall);
    small_capacity_ = kSmall;
  }
  begin_ = small_;
  capacity_ = small_capacity_;
  large_ = large;
}

}  // namespace dill::pickle
