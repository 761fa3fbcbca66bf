// New ints, floats, bytes and ASCII strings, written straight into fresh memory. With DILL_PUBLIC_API_ONLY, by the public API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/ref.h"

#if !defined(DILL_PUBLIC_API_ONLY) && PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h>
#endif

namespace dill::engine::cpython {

#ifndef DILL_PUBLIC_API_ONLY
namespace detail {

// Memory for an object of `size` bytes, with its type and one reference; null with MemoryError. Debug builds count all
// references, which only CPython's own function knows how to do.
inline PyObject* new_object(PyTypeObject* type, std::size_t size) {
  auto* const made = static_cast<PyObject*>(PyObject_Malloc(size));
  if (made == nullptr) return PyErr_NoMemory();
  Py_SET_TYPE(made, type);
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
  _Py_NewReference(made);
#else
  made->ob_refcnt = 1;
#endif
  return made;
}

// An int of `count` digits (at least 1, the highest not 0) that are to be written to `to`.
inline PyObject* new_int(std::size_t count, bool is_negative, digit*& to) {
#if PY_VERSION_HEX >= 0x030C0000
  PyObject* const made = new_object(&PyLong_Type, offsetof(PyLongObject, long_value.ob_digit) + count * sizeof(digit));
  if (made == nullptr) return nullptr;
  auto* const number = reinterpret_cast<PyLongObject*>(made);
  to = number->long_value.ob_digit;
  number->long_value.lv_tag = count << 3 | (is_negative ? 2 : 0);
#else
  PyObject* const made = new_object(&PyLong_Type, offsetof(PyLongObject, ob_digit) + count * sizeof(digit));
  if (made == nullptr) return nullptr;
  auto* const number = reinterpret_cast<PyLongObject*>(made);
  to = number->ob_digit;
  Py_SET_SIZE(number, is_negative ? -static_cast<Py_ssize_t>(count) : static_cast<Py_ssize_t>(count));
#endif
  return made;
}

}  // namespace detail
#endif

// A new int of at most 32 bits. Small ones must come from the interpreter's cache: `value` must not be in -5 ... 256.
inline PyObject* new_medium_int(std::int64_t value) {
#ifdef DILL_PUBLIC_API_ONLY
  return PyLong_FromLongLong(value);
#else
  const std::uint64_t magnitude = value < 0 ? static_cast<std::uint64_t>(-value) : static_cast<std::uint64_t>(value);
  const std::size_t digits = magnitude >> PyLong_SHIFT != 0 ? 2 : 1;
  digit* to;
  PyObject* const made = detail::new_int(digits, value < 0, to);
  if (made == nullptr) return nullptr;
  to[0] = static_cast<digit>(magnitude & PyLong_MASK);
  if (digits == 2) to[1] = static_cast<digit>(magnitude >> PyLong_SHIFT);
  return made;
#endif
}

// An int of its `size` bytes of two's complement, little-endian.
inline PyObject* new_int(const unsigned char* bytes, std::size_t size) {
  if (size <= 4) {
    // The sign is in the highest byte.
    std::int32_t value = size != 0 && (bytes[size - 1] & 0x80) != 0 ? -1 : 0;
    std::memcpy(&value, bytes, size);
    return PyLong_FromLong(value);
  }
#ifndef DILL_PUBLIC_API_ONLY
  constexpr std::size_t kLargest = 64;
  if (PyLong_SHIFT == 30 && size <= kLargest) {
    const bool is_negative = (bytes[size - 1] & 0x80) != 0;
    unsigned char padded[kLargest + 4];  // by the sign, to full words
    const std::size_t words = (size + 3) / 4;
    std::memset(padded + 4 * words - 4, is_negative ? 0xFF : 0, 4);
    std::memcpy(padded, bytes, size);
    digit digits[kLargest * 8 / 30 + 2];
    std::size_t count = 0;
    std::uint64_t waiting = 0;  // bits of the magnitude that are in no digit yet
    unsigned waiting_bits = 0;
    std::uint64_t carry = is_negative ? 1 : 0;
    const std::uint32_t flip = is_negative ? 0xFFFFFFFF : 0;
    for (std::size_t i = 0; i < words; ++i) {
      std::uint32_t word;
      std::memcpy(&word, padded + 4 * i, 4);
      const std::uint64_t magnitude = std::uint64_t{word ^ flip} + carry;
      carry = magnitude >> 32;
      waiting |= (magnitude & 0xFFFFFFFF) << waiting_bits;
      waiting_bits += 32;
      for (; waiting_bits >= 30; waiting_bits -= 30, waiting >>= 30)
        digits[count++] = static_cast<digit>(waiting & 0x3FFFFFFF);
    }
    digits[count++] = static_cast<digit>(waiting);
    while (count > 1 && digits[count - 1] == 0) --count;
    // Small ones are the interpreter's; here only after needless bytes.
    if (count == 1) return PyLong_FromLong(is_negative ? -static_cast<long>(digits[0]) : static_cast<long>(digits[0]));
    digit* to;
    PyObject* const made = detail::new_int(count, is_negative, to);
    if (made != nullptr)
      for (std::size_t i = 0; i < count; ++i) to[i] = digits[i];
    return made;
  }
#endif
  return _PyLong_FromByteArray(bytes, size, 1, 1);
}

inline PyObject* new_float(double value) {
#ifdef DILL_PUBLIC_API_ONLY
  return PyFloat_FromDouble(value);
#else
  PyObject* const made = detail::new_object(&PyFloat_Type, sizeof(PyFloatObject));
  if (made != nullptr) reinterpret_cast<PyFloatObject*>(made)->ob_fval = value;
  return made;
#endif
}

// Copies at least one byte. A call, or the instruction that compilers put in its place, costs more than most texts.
inline void copy_short(void* to, const void* from, std::size_t size) {
  auto* const target = static_cast<char*>(to);
  const auto* const source = static_cast<const char*>(from);
  if (size > 64) {
    std::memcpy(target, source, size);
  } else if (size >= 16) {
    for (std::size_t i = 0; i + 16 < size; i += 16) __builtin_memcpy(target + i, source + i, 16);
    __builtin_memcpy(target + size - 16, source + size - 16, 16);
  } else if (size >= 8) {
    std::uint64_t first, last;
    __builtin_memcpy(&first, source, 8);
    __builtin_memcpy(&last, source + size - 8, 8);
    __builtin_memcpy(target, &first, 8);
    __builtin_memcpy(target + size - 8, &last, 8);
  } else if (size >= 4) {
    std::uint32_t first, last;
    __builtin_memcpy(&first, source, 4);
    __builtin_memcpy(&last, source + size - 4, 4);
    __builtin_memcpy(target, &first, 4);
    __builtin_memcpy(target + size - 4, &last, 4);
  } else {
    target[0] = source[0];
    target[size / 2] = source[size / 2];
    target[size - 1] = source[size - 1];
  }
}

// A new bytes object; size must be at least 2, since shorter ones are shared.
inline PyObject* new_bytes(const unsigned char* from, std::size_t size) {
#ifdef DILL_PUBLIC_API_ONLY
  return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(from), static_cast<Py_ssize_t>(size));
#else
  PyObject* const made = detail::new_object(&PyBytes_Type, offsetof(PyBytesObject, ob_sval) + size + 1);
  if (made == nullptr) return nullptr;
  auto* const bytes = reinterpret_cast<PyBytesObject*>(made);
  Py_SET_SIZE(bytes, static_cast<Py_ssize_t>(size));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  bytes->ob_shash = -1;
#pragma GCC diagnostic pop
  copy_short(bytes->ob_sval, from, size);
  bytes->ob_sval[size] = 0;
  return made;
#endif
}

// A new str of `size` ASCII characters; size must be at least 2, since shorter ones are shared.
inline PyObject* new_ascii(const unsigned char* text, std::size_t size) {
#ifdef DILL_PUBLIC_API_ONLY
  PyObject* const made = PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
  if (made != nullptr) std::memcpy(PyUnicode_1BYTE_DATA(made), text, size);
#else
  PyObject* const made = detail::new_object(&PyUnicode_Type, sizeof(PyASCIIObject) + size + 1);
  if (made == nullptr) return nullptr;
  auto* const string = reinterpret_cast<PyASCIIObject*>(made);
  string->length = static_cast<Py_ssize_t>(size);
  string->hash = -1;
  string->state = {};
  string->state.kind = PyUnicode_1BYTE_KIND;
  string->state.compact = 1;
  string->state.ascii = 1;
#if PY_VERSION_HEX < 0x030C0000
  string->state.ready = 1;
  string->wstr = nullptr;
#endif
  auto* const to = reinterpret_cast<char*>(string + 1);
  copy_short(to, text, size);
  to[size] = 0;
#endif
  return made;
}

}  // namespace dill::engine::cpython
