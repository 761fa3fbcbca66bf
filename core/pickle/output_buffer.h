// Memory for output that grows: a small block that is kept for the next use, and a large one, which can be memory that
// the caller wants the result in. No Python. Out of memory throws std::bad_alloc.
#pragma once

#include <cstddef>

namespace dill::pickle {

// One block of memory of the caller's.
class LargeBlock {
 public:
  virtual ~LargeBlock() = default;
  // Makes it `size` bytes long and keeps what is in it; returns where it is now. Throws std::bad_alloc.
  virtual unsigned char* resize(std::size_t size) = 0;
};

class OutputBuffer {
 public:
  OutputBuffer();
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  ~OutputBuffer();

  unsigned char* begin() { return begin_; }
  const unsigned char* begin() const { return begin_; }
  unsigned char* end() { return begin_ + capacity_; }
  bool is_large() const { return large_ != nullptr && begin_ != small_; }

  // Makes the capacity at least `wanted` bytes and keeps the first `used`. begin() may change.
  void grow(std::size_t used, std::size_t wanted);

  // Begins anew with a small block. What does not fit in it goes to `large`, if that is given.
  void reset(LargeBlock* large);

 private:
  static constexpr std::size_t kSmall = std::size_t{64} * 1024;
  static constexpr std::size_t kKept = std::size_t{1024} * 1024;  // what the small block may grow to

  static constexpr std::size_t kFirstLarge = std::size_t{16} * 1024 * 1024;  // room for whole large pages

  unsigned char* small_;
  std::size_t small_capacity_;
  unsigned char* begin_;
  std::size_t capacity_;
  LargeBlock* large_ = nullptr;
};

}  // namespace dill::pickle
