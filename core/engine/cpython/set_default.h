// Adding an item to a dict without replacing one.
#pragma once

#include "engine/ref.h"

namespace dill::engine::cpython {

// PyDict_SetDefault: the value that the dict now has, borrowed; null with an exception. Python 3.13 returns `value` and
// leaves the exception, and the dict counts an item that it has not, where there was no memory for the item: adding
// another one would crash.
inline PyObject* set_default(PyObject* dict, PyObject* key, PyObject* value) {
  PyObject* const kept = PyDict_SetDefault(dict, key, value);
#if PY_VERSION_HEX >= 0x030D0000
  if (PyErr_Occurred() != nullptr) [[unlikely]]
    return nullptr;
#endif
  return kept;
}

}  // namespace dill::engine::cpython
