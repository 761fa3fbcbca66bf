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

bool reduce_numpy_array(Context&, PyObject* array, Reduced& out) {
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
