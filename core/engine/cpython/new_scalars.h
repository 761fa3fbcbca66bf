// New ints, floats and strings, written straight into fresh memory. With DILL_PUBLIC_API_ONLY, by the public API.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/ref.h"

#if !defined(DILL_PUBLIC_API_ONLY) && PY_VERSION_HEX < 0x030B0000
#include <longintrepr.h>
#endif

namespace dill::engine::cpython {

// A new int of at most 32 bits. Small ones must come from the interpreter's cache: `value` must not be in -5 ... 256.
inline PyObject* new_medium_int(std::int64_t value) {
#ifdef DILL_PUBLIC_API_ONLY
  return PyLong_FromLongLong(value);
#else
  const std::uint64_t magnitude = value < 0 ? static_cast<std::uint64_t>(-value) : static_cast<std::uint64_t>(value);
  const std::size_t digits = magnitude >> PyLong_SHIFT != 0 ? 2 : 1;
#if PY_VERSION_HEX >= 0x030C0000
  auto* const made =
      static_cast<PyLongObject*>(PyObject_Malloc(offsetof(PyLongObject, long_value.ob_digit) + digits * sizeof(digit)));
  if (made == nullptr) return PyErr_NoMemory();
  digit* const to = made->long_value.ob_digit;
  made->long_value.lv_tag = digits << 3 | (value < 0 ? 2 : 0);
#else
  auto* const made =
      static_cast<PyLongObject*>(PyObject_Malloc(offsetof(PyLongObject, ob_digit) + digits * sizeof(digit)));
  if (made == nullptr) return PyErr_NoMemory();
  digit* const to = made->ob_digit;
  Py_SET_SIZE(made, value < 0 ? -static_cast<Py_ssize_t>(digits) : static_cast<Py_ssize_t>(digits));
#endif
  Py_SET_TYPE(made, &PyLong_Type);
  _Py_NewReference(reinterpret_cast<PyObject*>(made));
  to[0] = static_cast<digit>(magnitude & PyLong_MASK);
  if (digits == 2) to[1] = static_cast<digit>(magnitude >> PyLong_SHIFT);
  return reinterpret_cast<PyObject*>(made);
#endif
}

// A new str of `size` ASCII characters; size must be at least 2, since shorter ones are shared.
inline PyObject* new_ascii(const unsigned char* text, std::size_t size) {
  PyObject* const made = PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
  if (made != nullptr) std::memcpy(PyUnicode_1BYTE_DATA(made), text, size);
  return made;
}

}  // namespace dill::engine::cpython
