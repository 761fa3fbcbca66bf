// Small steps that every reducer takes.
#pragma once

#include <initializer_list>

#include "engine/locate.h"
#include "engine/reducer.h"
#include "engine/runtime.h"

namespace dill::engine {

using graph::EdgeKind;
using Show = PartShape::Show;

// out = callable(*arguments), written with save_reduce. Null members mean that a call before has failed.
inline bool reduce_to(Reduced& out, Ref callable, std::initializer_list<PyObject*> arguments, const Shape* shape) {
  if (!callable) return false;
  Ref tuple = Ref::steal(PyTuple_New(static_cast<Py_ssize_t>(arguments.size())));
  if (!tuple) return false;
  Py_ssize_t i = 0;
  for (PyObject* argument : arguments) {
    if (argument == nullptr) return false;
    Py_INCREF(argument);
    PyTuple_SET_ITEM(tuple.get(), i++, argument);
  }
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.callable = std::move(callable);
  out.arguments = std::move(tuple);
  out.shape = shape;
  return true;
}

inline Ref attribute(PyObject* object, const char* name) { return Ref::steal(PyObject_GetAttrString(object, name)); }

inline PyObject* type_object(PyTypeObject& type) { return reinterpret_cast<PyObject*>(&type); }

}  // namespace dill::engine
