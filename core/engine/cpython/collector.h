// Switching the cyclic garbage collector.
#pragma once

#include "engine/ref.h"

namespace dill::engine::cpython {

#if PY_VERSION_HEX < 0x030A0000
namespace detail {
// Python 3.9 has no C API for it. Never fails: the functions of module gc take no arguments.
inline bool call_gc(const char* name) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  static PyObject* const module = PyImport_ImportModule("gc");
  const Ref result = Ref::steal(module == nullptr ? nullptr : PyObject_CallMethod(module, name, nullptr));
  if (!result) PyErr_Clear();
  PyErr_Restore(type, value, traceback);
  return result.get() == Py_True;
}
}  // namespace detail
inline bool collector_is_enabled() { return detail::call_gc("isenabled"); }
inline void enable_collector() { detail::call_gc("enable"); }
// Switches it off and says whether it was on.
inline bool disable_collector() {
  const bool was_enabled = collector_is_enabled();
  if (was_enabled) detail::call_gc("disable");
  return was_enabled;
}
#else
inline bool collector_is_enabled() { return PyGC_IsEnabled() != 0; }
inline void enable_collector() { PyGC_Enable(); }
// Switches it off and says whether it was on.
inline bool disable_collector() { return PyGC_Disable() != 0; }
#endif

}  // namespace dill::engine::cpython
