#include "known_settings.h"

#include "engine/code_version.h"
#include "engine/cpython/versions.h"
#include "engine/runtime.h"

namespace dill::bindings {

const KnownSettings::Values* KnownSettings::get() {
  const std::uint64_t version = engine::cpython::dict_version(engine::runtime().settings.get());
  if (version != version_) {
    usable_ = read();
    PyObject* const source = PyDict_GetItemString(engine::runtime().settings.get(), "source");
    source_ = source != nullptr && PyObject_IsTrue(source) != 0;
    PyErr_Clear();
    version_ = version;
  }
  return usable_ ? &values_ : nullptr;
}

bool KnownSettings::read() {
  const engine::Runtime& rt = engine::runtime();
  const engine::Names& names = rt.names;
  const auto setting = [&](PyObject* name) {
    PyObject* const value = PyDict_GetItemWithError(rt.settings.get(), name);
    if (value == nullptr) PyErr_Clear();
    return value;
  };
  PyObject* const protocol = setting(names.protocol);
  PyObject* const byref = setting(names.byref);
  PyObject* const recurse = setting(names.recurse);
  PyObject* const fmode = setting(names.fmode);
  for (PyObject* const value : {protocol, byref, recurse, fmode})
    if (value == nullptr || !(PyLong_CheckExact(value) || PyBool_Check(value))) return false;
  const int better = rt.better();
  const long number = PyLong_AsLong(fmode);
  if (better < 0 || (number == -1 && PyErr_Occurred() != nullptr)) {
    PyErr_Clear();
    return false;
  }
  values_ = {engine::Ref::borrow(protocol), PyObject_IsTrue(byref) > 0, PyObject_IsTrue(recurse) > 0, better > 0,
             engine::wants_header(),        static_cast<int>(number)};
  return true;
}

}  // namespace dill::bindings
