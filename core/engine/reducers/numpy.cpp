// Arrays and universal functions of numpy, without knowing numpy.
#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

const Shape kArray = {true,
                      {{EdgeKind::ReduceCallable, nullptr, Show::Hidden, {}},
                       {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                       {EdgeKind::State, "", Show::Node, {}},
                       {EdgeKind::Attribute, "", Show::Open, EdgeKind::Attribute}}};

}  // namespace

// As numpy itself reduces arrays: out of band where the protocol allows it, and with arrays that hold themselves.
static bool reduce_as_numpy(Context& context, PyObject* array, Reduced& out) {
  const Ref number = Ref::steal(PyLong_FromLong(context.protocol));
  const Ref value =
      number ? Ref::steal(PyObject_CallMethodOneArg(array, runtime().names.reduce_ex, number.get())) : Ref();
  if (!value) return false;
  if (!PyTuple_Check(value.get()) || PyTuple_GET_SIZE(value.get()) < 2) {
    PyErr_Format(runtime().pickling_error.get(), "%R does not reduce to a callable and its arguments", array);
    return false;
  }
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.callable = Ref::borrow(PyTuple_GET_ITEM(value.get(), 0));
  out.arguments = Ref::borrow(PyTuple_GET_ITEM(value.get(), 1));
  if (PyTuple_GET_SIZE(value.get()) > 2 && PyTuple_GET_ITEM(value.get(), 2) != Py_None)
    out.state = Ref::borrow(PyTuple_GET_ITEM(value.get(), 2));
  return true;
}

bool reduce_numpy_array(Context& context, PyObject* array, Reduced& out) {
  if (context.better) {
    // Attributes of a subclass are lost on numpy.
    bool failed;
    const Ref own = attribute_or_null(array, runtime().names.dict, failed);
    if (failed) return false;
    if (!own || !PyDict_Check(own.get()) || PyDict_GET_SIZE(own.get()) == 0)
      return reduce_as_numpy(context, array, out);
  }
  const Ref parts_of = runtime().of_dill(Helper::_reduce_array);
  if (!parts_of) return false;
  out.arguments = Ref::steal(PyObject_CallOneArg(parts_of.get(), array));
  if (!out.arguments) return false;
  out.callable = runtime().of_dill(Helper::_create_array);
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.shape = &kArray;
  return static_cast<bool>(out.callable);
}

bool reduce_numpy_ufunc(Context&, PyObject* function, Reduced& out) {
  out.kind = Reduced::Kind::Global;
  out.name = qualified_name(function);
  return static_cast<bool>(out.name);
}

}  // namespace dill::engine
