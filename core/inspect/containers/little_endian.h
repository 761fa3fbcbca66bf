// Numbers in headers.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

namespace dill::inspect::containers {

// The number at `at`, which must be followed by its bytes.
template <typename Number>
Number little_endian(std::span<const unsigned char> bytes, std::uint64_t at) {
  static_assert(std::endian::native == std::endian::little);
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

}  // namespace dill::inspect::containers
