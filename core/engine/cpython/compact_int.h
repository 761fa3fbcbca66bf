// The values of ints: those of one machine digit without a call, and the bytes of large ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/ref.h"

#if PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h>
#endif

namespace dill::engine::cpython {

// True if the exact int `object` fits in one digit (30 bits and a sign); `value` is set then. False says nothing.
inline bool compact_int(PyObject* object, long& value) {
#if defined(DILL_PUBLIC_API_ONLY)
  (void)object;
  (void)value;
  return false;
#elif PY_VERSION_HEX >= 0x030C0000
  auto* const number = reinterpret_cast<PyLongObject*>(object);
  if (!PyUnstable_Long_IsCompact(number)) return false;
  value = static_cast<long>(PyUnstable_Long_CompactValue(number));
  return true;
#else
  const Py_ssize_t size = Py_SIZE(object);
  if (size < -1 || size > 1) return false;
  value = size == 0 ? 0 : size * static_cast<long>(reinterpret_cast<PyLongObject*>(object)->ob_digit[0]);
  return true;
#endif
}

// The shortest two's complement form, little-endian, of an exact int; 0 if it may have more than 250 bytes.
#if defined(DILL_PUBLIC_API_ONLY) || PYLONG_BITS_IN_DIGIT != 30
inline std::size_t int_bytes(PyObject* object, unsigned char (&bytes)[256]) {
  const std::size_t bits = _PyLong_NumBits(object);
  if (bits > 1980) return 0;
  std::size_t size = bits / 8 + 1;
#if PY_VERSION_HEX >= 0x030D0000
  const int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(object), bytes, size, 1, 1, 1);
#else
  const int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(object), bytes, size, 1, 1);
#endif
  if (failed < 0) return 0;                                                          // cannot be: the size is right
  if (size > 1 && bytes[size - 1] == 0xFF && (bytes[size - 2] & 0x80) != 0) --size;  // of a negative number
  return size;
}
#else
// Four bytes at a time; _PyLong_AsByteArray takes one after the other.
inline std::size_t int_bytes(PyObject* object, unsigned char (&bytes)[256]) {
  const auto* const number = reinterpret_cast<PyLongObject*>(object);
#if PY_VERSION_HEX >= 0x030C0000
  const std::size_t count = number->long_value.lv_tag >> 3;
  const bool negative = (number->long_value.lv_tag & 3) == 2;
  const digit* const digits = number->long_value.ob_digit;
#else
  const bool negative = Py_SIZE(object) < 0;
  const auto count = static_cast<std::size_t>(negative ? -Py_SIZE(object) : Py_SIZE(object));
  const digit* const digits = number->ob_digit;
#endif
  if (count > 66) return 0;
  constexpr std::uint32_t kMask = (std::uint32_t{1} << 30) - 1;
  std::uint32_t carry = 1;
  std::uint64_t held = 0;
  unsigned held_bits = 0;
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t part = digits[i];
    if (negative) {
      part = (~part & kMask) + carry;
      carry = part >> 30;
      part &= kMask;
    }
    held |= std::uint64_t{part} << held_bits;
    held_bits += 30;
    if (held_bits >= 32) {
      const auto word = static_cast<std::uint32_t>(held);
      std::memcpy(bytes + size, &word, sizeof word);
      size += sizeof word;
      held >>= 32;
      held_bits -= 32;
    }
  }
  if (negative) held |= ~std::uint64_t{0} << held_bits;
  std::memcpy(bytes + size, &held, sizeof held);
  size += sizeof held;
  const unsigned char sign = negative ? 0xFF : 0;
  while (size > 1 && bytes[size - 1] == sign && (bytes[size - 2] & 0x80) == (sign & 0x80)) --size;
  return size;
}
#endif

}  // namespace dill::engine::cpython
