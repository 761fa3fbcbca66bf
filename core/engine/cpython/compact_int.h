// The values of ints: those of one machine digit without a call, and the bytes of large ones.
#pragma once

#include <cstddef>

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

// The shortest two's complement form, little-endian, of an exact int; 0 if it has more than 255 bytes.
inline std::size_t int_bytes(PyObject* object, unsigned char (&digits)[256]) {
  const std::size_t bits = _PyLong_NumBits(object);
  if (bits > 2000) return 0;
  std::size_t size = bits / 8 + 1;
#if PY_VERSION_HEX >= 0x030D0000
  const int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(object), digits, size, 1, 1, 1);
#else
  const int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(object), digits, size, 1, 1);
#endif
  if (failed < 0) return 0;                                                            // cannot be: the size is right
  if (size > 1 && digits[size - 1] == 0xFF && (digits[size - 2] & 0x80) != 0) --size;  // of a negative number
  return size;
}

}  // namespace dill::engine::cpython
