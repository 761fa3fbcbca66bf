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

// Keeps the collector off over stretches that run no code of others. Whoever calls such code ends the stretch before and
// begins the next one after it, so that the collector is what the others made it. From Python 3.12 on a collection waits
// for the next bytecode anyway: nothing is to be done there.
class CollectorPause {
 public:
  CollectorPause() = default;
  CollectorPause(const CollectorPause&) = delete;
  CollectorPause& operator=(const CollectorPause&) = delete;
  ~CollectorPause() { end(); }

#if PY_VERSION_HEX < 0x030C0000
  bool is_on() const { return on_; }
  void begin() {
    if (!on_) was_enabled_ = disable_collector();
    on_ = true;
  }
  void end() {
    if (on_ && was_enabled_) enable_collector();
    on_ = false;
  }

 private:
  bool on_ = false, was_enabled_ = false;
#else
  bool is_on() const { return false; }
  void begin() {}
  void end() {}
#endif
};

// Ends a pause for as long as it lives, if it was on.
class CollectorResumed {
 public:
  explicit CollectorResumed(CollectorPause& pause) : pause_(pause), was_on_(pause.is_on()) { pause_.end(); }
  CollectorResumed(const CollectorResumed&) = delete;
  CollectorResumed& operator=(const CollectorResumed&) = delete;
  ~CollectorResumed() {
    if (was_on_) pause_.begin();
  }

 private:
  CollectorPause& pause_;
  bool was_on_;
};

}  // namespace dill::engine::cpython
