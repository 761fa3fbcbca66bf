// Locks, weak references and files: objects tied to this process, rebuilt from what can be told about them.
#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

const Shape kHidden = {true,
                       {{EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                        {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};
const Shape kReferent = {
    true,
    {{EdgeKind::ReduceArgument, "referent", Show::Node, {}}, {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};

// Asks a Python function of dill._dill for the arguments.
bool reduce_with(Reduced& out, const char* creator, const char* arguments_of, PyObject* object, const Shape* shape) {
  const Ref function = runtime().of_dill(arguments_of);
  if (!function) return false;
  out.arguments = Ref::steal(PyObject_CallOneArg(function.get(), object));
  if (!out.arguments) return false;
  out.callable = runtime().of_dill(creator);
  if (!out.callable) return false;
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.shape = shape;
  return true;
}

}  // namespace

bool reduce_lock(Context&, PyObject* lock, Reduced& out) {
  return reduce_with(out, "_create_lock", "_arguments_of_lock", lock, &kHidden);
}

bool reduce_rlock(Context&, PyObject* lock, Reduced& out) {
  return reduce_with(out, "_create_rlock", "_arguments_of_rlock", lock, &kHidden);
}

bool reduce_thread_handle(Context&, PyObject* handle, Reduced& out) {
  return reduce_with(out, "_create_thread_handle", "_arguments_of_thread_handle", handle, &kHidden);
}

bool reduce_context(Context&, PyObject* context, Reduced& out) {
  const Ref items = Ref::steal(PyMapping_Items(context));
  if (!items) return false;
  out.arguments = Ref::steal(PyList_AsTuple(items.get()));
  if (!out.arguments) return false;
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.callable = Ref::borrow(type_object(*Py_TYPE(context)));
  return true;
}

bool reduce_weakref(Context&, PyObject* reference, Reduced& out) {
  return reduce_with(out, "_create_weakref", "_arguments_of_weakref", reference, &kReferent);
}

bool reduce_weakproxy(Context&, PyObject* proxy, Reduced& out) {
  return reduce_with(out, "_create_weakproxy", "_arguments_of_weakproxy", proxy, &kReferent);
}

bool reduce_file(Context& context, PyObject* file, Reduced& out) {
  const Ref function = runtime().of_dill("_arguments_of_file");
  if (!function) return false;
  const Ref mode = Ref::steal(PyLong_FromLong(context.is_dill ? context.fmode : 0));
  if (!mode) return false;
  out.arguments = Ref::steal(PyObject_CallFunctionObjArgs(function.get(), file, mode.get(), nullptr));
  if (!out.arguments) return false;
  out.callable = runtime().of_dill("_create_filehandle");
  if (!out.callable) return false;
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.shape = &kHidden;
  return true;
}

}  // namespace dill::engine
