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
bool reduce_with(Reduced& out, Helper creator, Helper arguments_of, PyObject* object, const Shape* shape) {
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

Ref referent(PyObject* reference) {
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* target;
  const int found = PyWeakref_GetRef(reference, &target);
  if (found < 0) return {};
  return found > 0 ? Ref::steal(target) : Ref::borrow(Py_None);
#else
  return Ref::borrow(PyWeakref_GetObject(reference));
#endif
}

bool reduce_lock(Context&, PyObject* lock, Reduced& out) {
  return reduce_with(out, Helper::_create_lock, Helper::_arguments_of_lock, lock, &kHidden);
}

bool reduce_rlock(Context&, PyObject* lock, Reduced& out) {
  return reduce_with(out, Helper::_create_rlock, Helper::_arguments_of_rlock, lock, &kHidden);
}

bool reduce_thread_handle(Context&, PyObject* handle, Reduced& out) {
  return reduce_with(out, Helper::_create_thread_handle, Helper::_arguments_of_thread_handle, handle, &kHidden);
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
  const Ref target = referent(reference);
  return target && reduce_to(out, runtime().of_dill(Helper::_create_weakref), {target.get()}, &kReferent);
}

bool reduce_weakproxy(Context&, PyObject* proxy, Reduced& out) {
  const Runtime& rt = runtime();
  Ref target;
  if (rt.replaced(Helper::_proxy_helper) || rt.replaced(Helper::_locate_object)) {
    const Ref address_of = rt.of_dill(Helper::_proxy_helper);
    const Ref address = address_of ? Ref::steal(PyObject_CallOneArg(address_of.get(), proxy)) : Ref();
    const Ref locate = address ? rt.of_dill(Helper::_locate_object) : Ref();
    if (locate) target = Ref::steal(PyObject_CallOneArg(locate.get(), address.get()));
  } else {
    target = referent(proxy);
  }
  PyObject* const callable = Py_TYPE(proxy) == &_PyWeakref_CallableProxyType ? Py_True : Py_False;
  return target && reduce_to(out, rt.of_dill(Helper::_create_weakproxy), {target.get(), callable}, &kReferent);
}

bool reduce_file(Context& context, PyObject* file, Reduced& out) {
  if (runtime().replaced(Helper::_save_file)) {
    out.kind = Reduced::Kind::Saver;
    out.callable = runtime().of_dill(Helper::_save_by_save_file);
    return static_cast<bool>(out.callable);
  }
  const Ref function = runtime().of_dill(Helper::_arguments_of_file);
  if (!function) return false;
  const Ref mode = Ref::steal(PyLong_FromLong(context.is_dill ? context.fmode : 0));
  if (!mode) return false;
  out.arguments = Ref::steal(PyObject_CallFunctionObjArgs(function.get(), file, mode.get(), nullptr));
  if (!out.arguments) return false;
  out.callable = runtime().of_dill(Helper::_create_filehandle);
  if (!out.callable) return false;
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.shape = &kHidden;
  return true;
}

bool reduce_capsule(Context&, PyObject* capsule, Reduced& out) {
  const char* const name = PyCapsule_GetName(capsule);
  if (name == nullptr && PyErr_Occurred()) return false;
  void* const context = PyCapsule_GetContext(capsule);
  if (context == nullptr && PyErr_Occurred()) return false;
  void* const destructor = reinterpret_cast<void*>(PyCapsule_GetDestructor(capsule));
  if (destructor == nullptr && PyErr_Occurred()) return false;
  const auto number = [](void* pointer) {
    return pointer == nullptr ? Ref::borrow(Py_None) : Ref::steal(PyLong_FromVoidPtr(pointer));
  };
  const Ref pointer = number(PyCapsule_GetPointer(capsule, name));
  const Ref name_object = name == nullptr ? Ref::borrow(Py_None) : Ref::steal(PyBytes_FromString(name));
  return reduce_to(out, runtime().of_dill(Helper::_create_capsule),
                   {pointer.get(), name_object.get(), number(context).get(), number(destructor).get()}, &kHidden);
}

}  // namespace dill::engine
