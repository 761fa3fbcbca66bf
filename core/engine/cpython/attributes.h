// Attribute look-ups that CPython has under different names.
#pragma once

#include "engine/ref.h"

namespace dill::engine::cpython {

// Looks `name` up: 1 and a new reference in `found`, 0 and null if there is no such attribute, -1 with an exception.
inline int optional_attribute(PyObject* object, PyObject* name, PyObject** found) {
#if PY_VERSION_HEX >= 0x030D0000
  return PyObject_GetOptionalAttr(object, name, found);
#else
  return _PyObject_LookupAttr(object, name, found);
#endif
}

// What a type or its bases have under `name`, without binding; borrowed, null without an exception if there is none.
inline PyObject* type_attribute(PyTypeObject* type, PyObject* name) { return _PyType_Lookup(type, name); }

// A number that no other state of any type has; 0 if the type has none (it was just changed).
inline unsigned version_of(PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030D0000
  if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG)) return 0;
#endif
  return type->tp_version_tag;
}

}  // namespace dill::engine::cpython
