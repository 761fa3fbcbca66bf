// The value of an int of one machine digit, without a call.
#pragma once

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

}  // namespace dill::engine::cpython
