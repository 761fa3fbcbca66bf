// Methods, descriptors, properties, slices, views: objects rebuilt by one call on parts that are all visible.
#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

const Shape kMethod = {true,
                       {{EdgeKind::Bound, "__func__", Show::Node, {}}, {EdgeKind::Bound, "__self__", Show::Node, {}}}};
const Shape kDescriptor = {true,
                           {{EdgeKind::Bound, "__objclass__", Show::Node, {}},
                            {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}},
                            {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};
const Shape kProperty = {true,
                         {{EdgeKind::Bound, "fget", Show::Node, {}},
                          {EdgeKind::Bound, "fset", Show::Node, {}},
                          {EdgeKind::Bound, "fdel", Show::Node, {}},
                          {EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};
const Shape kWrapped = {true, {{EdgeKind::Bound, "__func__", Show::Node, {}}}};
const Shape kSuper = {
    true, {{EdgeKind::Bound, "__thisclass__", Show::Node, {}}, {EdgeKind::Bound, "__self__", Show::Node, {}}}};
const Shape kSlice = {true,
                      {{EdgeKind::Bound, "start", Show::Node, {}},
                       {EdgeKind::Bound, "stop", Show::Node, {}},
                       {EdgeKind::Bound, "step", Show::Node, {}}}};
const Shape kHidden = {true, {{EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};
const Shape kProxy = {true, {{EdgeKind::ReduceArgument, nullptr, Show::Node, {}}}};
const Shape kCache = {true, {{EdgeKind::Bound, "__wrapped__", Show::Node, {}}}};

Ref own_type(PyObject* object) { return Ref::borrow(type_object(*Py_TYPE(object))); }

}  // namespace

bool reduce_method(Context&, PyObject* method, Reduced& out) {
  return reduce_to(out, Ref::borrow(type_object(PyMethod_Type)),
                   {PyMethod_GET_FUNCTION(method), PyMethod_GET_SELF(method)}, &kMethod);
}

bool reduce_descriptor(Context&, PyObject* descriptor, Reduced& out) {
  const Ref owner = Ref::steal(PyObject_GetAttr(descriptor, runtime().names.objclass));
  if (!owner) return false;
  const Ref name = Ref::steal(PyObject_GetAttr(descriptor, runtime().names.name));
  if (!name) return false;
  const Ref repr = Ref::steal(PyObject_Repr(descriptor));
  if (!repr) return false;
  return reduce_to(out, runtime().of_dill(Helper::_getattr), {owner.get(), name.get(), repr.get()}, &kDescriptor);
}

bool reduce_property(Context&, PyObject* property, Reduced& out) {
  const Ref get = Ref::steal(PyObject_GetAttr(property, runtime().names.fget));
  if (!get) return false;
  const Ref set = Ref::steal(PyObject_GetAttr(property, runtime().names.fset));
  if (!set) return false;
  const Ref del = Ref::steal(PyObject_GetAttr(property, runtime().names.fdel));
  if (!del) return false;
  const Ref doc = Ref::steal(PyObject_GetAttr(property, runtime().names.doc));
  if (!doc) return false;
  return reduce_to(out, own_type(property), {get.get(), set.get(), del.get(), doc.get()}, &kProperty);
}

bool reduce_wrapped_method(Context&, PyObject* wrapper, Reduced& out) {
  const Ref function = Ref::steal(PyObject_GetAttr(wrapper, runtime().names.func));
  if (!function) return false;
  return reduce_to(out, own_type(wrapper), {function.get()}, &kWrapped);
}

bool reduce_super(Context&, PyObject* object, Reduced& out) {
  const Ref cls = attribute(object, "__thisclass__");
  if (!cls) return false;
  const Ref self = Ref::steal(PyObject_GetAttr(object, runtime().names.self_));
  if (!self) return false;
  return reduce_to(out, Ref::borrow(type_object(PySuper_Type)), {cls.get(), self.get()}, &kSuper);
}

bool reduce_slice(Context&, PyObject* slice, Reduced& out) {
  const auto* const parts = reinterpret_cast<PySliceObject*>(slice);
  return reduce_to(out, Ref::borrow(type_object(PySlice_Type)), {parts->start, parts->stop, parts->step}, &kSlice);
}

bool reduce_by_repr(Context&, PyObject* object, Reduced& out) {
  const Ref repr = Ref::steal(PyObject_Repr(object));
  if (!repr) return false;
  return reduce_to(out, runtime().of_dill(Helper::_eval_repr), {repr.get()}, &kHidden);
}

bool reduce_mappingproxy(Context&, PyObject* proxy, Reduced& out) {
  const Ref mapping_of = runtime().of_dill(Helper::_mapping_of_proxy);
  if (!mapping_of) return false;
  const Ref mapping = Ref::steal(PyObject_CallOneArg(mapping_of.get(), proxy));
  if (!mapping) return false;
  return reduce_to(out, Ref::borrow(type_object(PyDictProxy_Type)), {mapping.get()}, &kProxy);
}

bool reduce_dict_view(Context&, PyObject* view, Reduced& out) {
  const Ref parts_of = runtime().of_dill(Helper::_parts_of_dict_view);
  if (!parts_of) return false;
  const Ref parts = Ref::steal(PyObject_CallOneArg(parts_of.get(), view));
  if (!parts) return false;
  return reduce_to(out, Ref::borrow(PyTuple_GET_ITEM(parts.get(), 0)), {PyTuple_GET_ITEM(parts.get(), 1)}, &kProxy);
}

bool reduce_lru_cache(Context& context, PyObject* cached, Reduced& out) {
  if (context.better) {
    const Ref attributes_of = runtime().of_dill(Helper::_attributes_beside_wrapped);
    const Ref attributes = attributes_of ? Ref::steal(PyObject_CallOneArg(attributes_of.get(), cached)) : Ref();
    if (!attributes) return false;
    if (attributes.get() != Py_None) out.state = attributes;
  }
  const Ref callable_of = runtime().of_dill(Helper::_lru_cache_like);
  if (!callable_of) return false;
  const Ref wrapped = Ref::steal(PyObject_GetAttr(cached, runtime().names.wrapped));
  if (!wrapped) return false;
  return reduce_to(out, Ref::steal(PyObject_CallOneArg(callable_of.get(), cached)), {wrapped.get()}, &kCache);
}

bool reduce_generic_alias(Context& context, PyObject* alias, Reduced& out) {
  const Ref value_of = runtime().of_dill(Helper::_reduce_generic_alias);
  if (!value_of) return false;
  const Ref number = Ref::steal(PyLong_FromLong(context.protocol));
  if (!number) return false;
  const Ref value = Ref::steal(PyObject_CallFunctionObjArgs(value_of.get(), alias, number.get(), nullptr));
  if (!value) return false;
  if (PyUnicode_Check(value.get())) {
    out.kind = Reduced::Kind::Global;
    out.name = value;
    return true;
  }
  if (!PyTuple_Check(value.get()) || PyTuple_GET_SIZE(value.get()) != 2) {
    PyErr_Format(runtime().pickling_error.get(), "the alias %R does not reduce to a callable and its arguments", alias);
    return false;
  }
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.callable = Ref::borrow(PyTuple_GET_ITEM(value.get(), 0));
  out.arguments = Ref::borrow(PyTuple_GET_ITEM(value.get(), 1));
  return true;
}

bool reduce_type_variable(Context&, PyObject* variable, Reduced& out) {
  const Ref value_of = runtime().of_dill(Helper::_reduce_type_variable);
  const Ref value = value_of ? Ref::steal(PyObject_CallOneArg(value_of.get(), variable)) : Ref();
  if (!value) return false;
  if (PyUnicode_Check(value.get())) {
    out.kind = Reduced::Kind::Global;
    out.name = value;
    return true;
  }
  PyObject *callable, *arguments, *state;
  if (!PyArg_ParseTuple(value.get(), "OO!O", &callable, &PyTuple_Type, &arguments, &state)) return false;
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.callable = Ref::borrow(callable);
  out.arguments = Ref::borrow(arguments);
  out.state = Ref::borrow(state);
  return true;
}

// Sentinels of dataclasses: globals, but not memoized.
namespace {

bool reduce_to_global_of_dataclasses(Reduced& out, std::string_view name) {
  out.kind = Reduced::Kind::Raw;
  out.raw.assign("cdataclasses\n").append(name).append("\n");
  return true;
}

}  // namespace

bool reduce_default_factory_marker(Context&, PyObject*, Reduced& out) {
  return reduce_to_global_of_dataclasses(out, "_HAS_DEFAULT_FACTORY");
}

bool reduce_missing_marker(Context&, PyObject*, Reduced& out) {
  return reduce_to_global_of_dataclasses(out, "MISSING");
}

bool reduce_keyword_only_marker(Context&, PyObject*, Reduced& out) {
  return reduce_to_global_of_dataclasses(out, "KW_ONLY");
}

bool reduce_field_kind(Context&, PyObject* kind, Reduced& out) {
  const Ref name = Ref::steal(PyObject_GetAttr(kind, runtime().names.name_));
  Py_ssize_t size;
  const char* const text = name ? PyUnicode_AsUTF8AndSize(name.get(), &size) : nullptr;
  return text != nullptr && reduce_to_global_of_dataclasses(out, {text, static_cast<std::size_t>(size)});
}

}  // namespace dill::engine
