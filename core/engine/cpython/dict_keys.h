// What the keys of a dict are.
#pragma once

#include <cstdint>

#include "engine/ref.h"

namespace dill::engine::cpython {

// True if every key is a str. False says nothing.
inline bool has_only_str_keys([[maybe_unused]] PyObject* dict) {
#if PY_VERSION_HEX >= 0x030B0000 && !defined(DILL_PUBLIC_API_ONLY)
  struct Keys {  // the beginning of struct _dictkeysobject, the same in 3.11, 3.12 and 3.13
    Py_ssize_t dk_refcnt;
    std::uint8_t dk_log2_size;
    std::uint8_t dk_log2_index_bytes;
    std::uint8_t dk_kind;
  };
  return reinterpret_cast<const Keys*>(reinterpret_cast<PyDictObject*>(dict)->ma_keys)->dk_kind != 0;
#else
  return false;
#endif
}

// True if looking for a str in the dict compares it with nothing that has an __eq__ of its own.
inline bool is_safe_to_search(PyObject* dict) {
  if (has_only_str_keys(dict)) return true;
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value)) {
    PyTypeObject* const type = Py_TYPE(key);
    if (type != &PyUnicode_Type && type != &PyLong_Type && type != &PyFloat_Type && type != &PyBytes_Type &&
        type != &PyTuple_Type && type != &PyBool_Type && key != Py_None)
      return false;
  }
  return true;
}

}  // namespace dill::engine::cpython
