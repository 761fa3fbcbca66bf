// Numbers that change when a type or a dict changes: what was found out about it is true as long as the number is.
#pragma once

#include <cstdint>

#include "engine/ref.h"

namespace dill::engine::cpython {

// 0 if the type has none now. A number is never given to another type.
inline unsigned type_version(PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030C0000
  if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG)) return 0;
#endif
  return type->tp_version_tag;
}

// The same, after giving it one if that is possible.
inline unsigned make_type_version(PyTypeObject* type, PyObject* any_name) {
  if (const unsigned version = type_version(type)) return version;
  (void)_PyType_Lookup(type, any_name);
  return type_version(type);
}

inline std::uint64_t dict_version(PyObject* dict) {
#if PY_VERSION_HEX >= 0x030C0000
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
  return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
#if PY_VERSION_HEX >= 0x030C0000
#pragma GCC diagnostic pop
#endif
}

}  // namespace dill::engine::cpython
