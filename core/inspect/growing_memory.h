// Memory that can be made larger without being copied: only as much of it is in use as was written.
#pragma once

#include <cstddef>

namespace dill::inspect {

class GrowingMemory {
 public:
  GrowingMemory() = default;
  GrowingMemory(GrowingMemory&& other) noexcept;
  GrowingMemory& operator=(GrowingMemory&& other) noexcept;
  ~GrowingMemory();

  // Makes it at least so large, or smaller if it is larger than that by whole pages. What is new is zero, what is kept
  // may have moved. False: there is no memory, and nothing has changed.
  bool resize(std::size_t size);
  void* data() const { return memory_; }
  std::size_t size() const { return size_; }

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace dill::inspect
