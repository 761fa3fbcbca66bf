// A growing array of plain values. Large ones grow without being copied, so that the memory in use is what was written,
// not twice that.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "inspect/growing_memory.h"

namespace dill::inspect {

template <class T>
class RawVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  RawVector() = default;
  RawVector(const RawVector&) = delete;
  RawVector& operator=(const RawVector&) = delete;
  ~RawVector() { free_small(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  std::span<T> span() { return {data_, size_}; }

  void push_back(T value) {
    if (size_ == capacity_) [[unlikely]]
      grow(size_ + 1);
    data_[size_++] = value;
  }
  void pop_back() { --size_; }
  // Cuts off everything behind the first `size`.
  void truncate(std::size_t size) { size_ = size; }
  // Adds `count` values without initial value and returns the place of the first.
  T* extend(std::size_t count) {
    if (capacity_ - size_ < count) [[unlikely]]
      grow(size_ + count);
    T* at = data_ + size_;
    size_ += count;
    return at;
  }

 private:
  static constexpr std::size_t kLarge = std::size_t{256} << 10;  // bytes

  void free_small() {
    if (large_.data() == nullptr) std::free(data_);
  }

  void grow(std::size_t needed) {
    const std::size_t capacity = needed < 64 ? 128 : needed * 2;
    const std::size_t bytes = capacity * sizeof(T);
    if (bytes < kLarge) {
      void* memory = std::realloc(static_cast<void*>(data_), bytes);
      if (memory == nullptr) throw std::bad_alloc();
      data_ = static_cast<T*>(memory);
    } else {
      T* const small = large_.data() == nullptr ? data_ : nullptr;
      if (!large_.resize(bytes)) throw std::bad_alloc();
      data_ = static_cast<T*>(large_.data());
      if (small != nullptr) {
        std::memcpy(static_cast<void*>(data_), small, size_ * sizeof(T));
        std::free(small);
      }
    }
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  GrowingMemory large_;  // empty as long as the values lie in a block of malloc
};

}  // namespace dill::inspect
