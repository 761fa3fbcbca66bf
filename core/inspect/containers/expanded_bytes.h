// Memory that grows while something is expanded into it, without being copied, and that stays as long as anybody has it.
#pragma once

#include <cstdint>
#include <span>

#include "inspect/growing_memory.h"

namespace dill::inspect::containers {

class ExpandedBytes {
 public:
  ExpandedBytes() = default;
  ExpandedBytes(const ExpandedBytes&) = delete;
  ExpandedBytes& operator=(const ExpandedBytes&) = delete;

  // Room for at least one more byte; empty if there is no memory. Spans given before are invalid then.
  std::span<unsigned char> room();
  // The first `count` bytes of the room were written.
  void commit(std::size_t count) { size_ += count; }
  // Appends a copy; false if there is no memory.
  bool append(std::span<const unsigned char> bytes);
  // Gives back what was not used.
  void trim();

  std::span<const unsigned char> bytes() const { return {data(), size_}; }

 private:
  unsigned char* data() const { return static_cast<unsigned char*>(memory_.data()); }

  GrowingMemory memory_;
  std::size_t size_ = 0;
};

}  // namespace dill::inspect::containers
