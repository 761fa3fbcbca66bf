// Memory for output that grows without being copied: a small block first, then a large reserve of addresses with huge
// pages, of which only what is written costs memory. No Python. Out of memory throws std::bad_alloc.
#pragma once

#include <cstddef>

namespace dill::pickle {

class OutputBuffer {
 public:
  OutputBuffer();
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  ~OutputBuffer() { release(); }

  unsigned char* begin() { return begin_; }
  const unsigned char* begin() const { return begin_; }
  unsigned char* end() { return begin_ + capacity_; }

  // Makes the capacity at least `wanted` bytes and keeps the first `used`. begin() may change.
  void grow(std::size_t used, std::size_t wanted);

  // Gives a large block back; a small one is kept for the next use.
  void trim();

 private:
  static constexpr std::size_t kSmall = 64 * 1024;
  static constexpr std::size_t kKept = 1024 * 1024;

  void release();

  unsigned char* begin_;
  std::size_t capacity_;
  bool reserve_ = false;  // mapped, not allocated
};

}  // namespace dill::pickle
