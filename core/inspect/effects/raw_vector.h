// A growing array of plain values. Grows by realloc, which moves large blocks without copying them, so that the memory
// in use is what was written, not twice that.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace dill::inspect {

template <class T>
class RawVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  RawVector() = default;
  RawVector(RawVector&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  RawVector& operator=(RawVector&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }
  T& back() { return data_.get()[size_ - 1]; }
  std::span<T> span() { return {data_.get(), size_}; }

  void push_back(T value) {
    if (size_ == capacity_) [[unlikely]]
      grow(size_ + 1);
    data_.get()[size_++] = value;
  }
  void pop_back() { --size_; }
  // Cuts off everything behind the first `size`.
  void truncate(std::size_t size) { size_ = size; }
  // Adds `count` values without initial value and returns the place of the first.
  T* extend(std::size_t count) {
    if (capacity_ - size_ < count) [[unlikely]]
      grow(size_ + count);
    T* at = data_.get() + size_;
    size_ += count;
    return at;
  }

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };

  void grow(std::size_t needed) {
    const std::size_t capacity = needed < 64 ? 128 : needed * 2;
    void* memory = std::realloc(data_.get(), capacity * sizeof(T));
    if (memory == nullptr) throw std::bad_alloc();
    (void)data_.release();
    data_.reset(static_cast<T*>(memory));
    capacity_ = capacity;
  }

  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace dill::inspect
