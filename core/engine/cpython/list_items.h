// Appends to an exact list by moving references, without a second list in between. With DILL_PUBLIC_API_ONLY, by
// PyList_Append.
#pragma once

#include <cstring>

#include "engine/ref.h"

namespace dill::engine::cpython {

// Appends `count` (at least 1) objects and takes over the references. On failure (MemoryError set) nothing was taken
// and the list is as before.
inline bool append_stolen(PyObject* list, PyObject* const* items, Py_ssize_t count) {
#ifdef DILL_PUBLIC_API_ONLY
  const Py_ssize_t before = PyList_GET_SIZE(list);
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (PyList_Append(list, items[i]) == 0) continue;
    const Ref error = take_exception();
    PyList_SetSlice(list, before, PyList_GET_SIZE(list), nullptr);
    restore_exception(error);
    return false;
  }
  for (Py_ssize_t i = 0; i < count; ++i) Py_DECREF(items[i]);  // the list holds them
  return true;
#else
  auto* const to = reinterpret_cast<PyListObject*>(list);
  const Py_ssize_t size = PyList_GET_SIZE(list);
  if (size + count > to->allocated) {
    // What is filled in one batch fits exactly; lists of several batches grow by half.
    const Py_ssize_t room = size == 0 ? count : size + count + (size >> 1);
    auto* const grown =
        static_cast<PyObject**>(static_cast<std::size_t>(room) > PY_SSIZE_T_MAX / sizeof(PyObject*)
                                    ? nullptr
                                    : PyMem_Realloc(to->ob_item, static_cast<std::size_t>(room) * sizeof(PyObject*)));
    if (grown == nullptr) {
      PyErr_NoMemory();
      return false;
    }
    to->ob_item = grown;
    to->allocated = room;
  }
  std::memcpy(to->ob_item + size, items, static_cast<std::size_t>(count) * sizeof(PyObject*));
  Py_SET_SIZE(to, size + count);
  return true;
#endif
}

}  // namespace dill::engine::cpython
