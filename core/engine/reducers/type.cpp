// Classes: by name, by dill's type names, or by value (docs: stream format of dill, sections 3.3 and 3.9).
#include "engine/reach.h"
#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

const Shape kBuiltin = {true, {{EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};
const Shape kByValue = {true,
                        {{EdgeKind::Metaclass, nullptr, Show::Node, {}},
                         {EdgeKind::FunctionState, nullptr, Show::Hidden, {}},
                         {EdgeKind::ClassBase, "__bases__", Show::Open, EdgeKind::ClassBase},
                         {EdgeKind::ClassEntry, "__dict__", Show::Open, EdgeKind::ClassEntry}}};
const Shape kGeneric = {true,
                        {{EdgeKind::FunctionState, nullptr, Show::Hidden, {}},
                         {EdgeKind::ClassBase, "__orig_bases__", Show::Open, EdgeKind::ReduceArgument},
                         {EdgeKind::Metaclass, nullptr, Show::Open, EdgeKind::ReduceArgument},
                         {EdgeKind::ClassEntry, "__dict__", Show::Node, {}}}};
const Shape kNamedTuple = {true,
                           {{EdgeKind::FunctionState, nullptr, Show::Hidden, {}},
                            {EdgeKind::FunctionState, nullptr, Show::Hidden, {}},
                            {EdgeKind::FunctionState, nullptr, Show::Hidden, {}},
                            {EdgeKind::FunctionState, "_field_defaults", Show::Open, EdgeKind::ReduceArgument}}};

// The dict itself, not a proxy of it.
Ref dict_of_type(PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030C0000
  return Ref::steal(PyType_GetDict(type));
#else
  return Ref::borrow(type->tp_dict);
#endif
}

bool is_instance(const Ref& type, PyObject* object) {
  return PyType_Check(type.get()) && PyType_IsSubtype(Py_TYPE(object), reinterpret_cast<PyTypeObject*>(type.get()));
}

bool is_named_tuple(PyTypeObject* type) {
  if (type->tp_bases == nullptr || PyTuple_GET_SIZE(type->tp_bases) != 1 ||
      PyTuple_GET_ITEM(type->tp_bases, 0) != type_object(PyTuple_Type))
    return false;
  for (const char* name : {"_fields", "_asdict", "_make", "_replace"})
    if (!PyObject_HasAttrString(reinterpret_cast<PyObject*>(type), name)) return false;
  return true;
}

// setattr(cls, '__qualname__', qualname), to be done when the class exists.
bool add_qualname(PyObject* type, PyObject* qualname, Reduced& out) {
  Ref callable = runtime().setattr;
  Ref arguments = Ref::steal(PyTuple_Pack(3, type, runtime().names.qualname, qualname));
  if (!arguments) return false;
  out.post.push_back({std::move(callable), std::move(arguments)});
  return true;
}

// Methods, annotations and whatever else _create_namedtuple does not make; not for classes that are found by name.
bool add_named_tuple_entries(Context& context, PyObject* type, Reduced& out) {
  const int by_name = located(context, type);
  if (by_name != 0) return by_name > 0;
  const Ref function = runtime().of_dill(Helper::_named_tuple_entries);
  const Ref entries = function ? Ref::steal(PyObject_CallOneArg(function.get(), type)) : Ref();
  if (!entries) return false;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(entries.get(), &position, &key, &value);) {
    Ref arguments = Ref::steal(PyTuple_Pack(3, type, key, value));
    if (!arguments) return false;
    out.post.push_back({runtime().setattr, std::move(arguments)});
  }
  return true;
}

bool reduce_named_tuple(Context& context, PyObject* type, Reduced& out) {
  const Names& names = runtime().names;
  const Ref name = Ref::steal(PyObject_GetAttr(type, names.name));
  const Ref qualname = Ref::steal(PyObject_GetAttr(type, names.qualname));
  const Ref module = Ref::steal(PyObject_GetAttr(type, names.module));
  const Ref fields = Ref::steal(PyObject_GetAttr(type, names.fields));
  const Ref field_defaults = attribute(type, "_field_defaults");
  if (!name || !qualname || !module || !fields || !field_defaults) return false;
  const Ref create = runtime().of_dill(Helper::_create_namedtuple);
  const Py_ssize_t count = PyObject_Size(field_defaults.get());
  if (count < 0) return false;
  if (count != 0) {
    const Ref values = Ref::steal(PyMapping_Values(field_defaults.get()));
    if (!values || !reduce_to(out, create, {name.get(), fields.get(), module.get(), values.get()}, &kNamedTuple))
      return false;
  } else if (!reduce_to(out, create, {name.get(), fields.get(), module.get()}, &kNamedTuple)) {
    return false;
  }
  out.by_dill = true;
  if (context.better && !add_named_tuple_entries(context, type, out)) return false;
  const int renamed = PyObject_RichCompareBool(qualname.get(), name.get(), Py_NE);
  return renamed >= 0 && (renamed == 0 || add_qualname(type, qualname.get(), out));
}

bool remove(PyObject* dict, PyObject* key) {
  if (PyDict_GetItemWithError(dict, key) == nullptr) return !PyErr_Occurred();
  return PyDict_DelItem(dict, key) == 0;
}

// The entry that a class inherits from the first of its bases that has it itself; null if none has.
Ref inherited_entry(PyObject* bases, PyObject* key) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); ++i) {
    const Ref own = dict_of_type(reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(bases, i)));
    PyObject* const found = own ? PyDict_GetItemWithError(own.get(), key) : nullptr;
    if (found != nullptr) return Ref::borrow(found);
    if (PyErr_Occurred()) break;
  }
  return {};
}

// Entries that are the very objects of a base and know their qualified name come back with the base.
bool remove_inherited(PyTypeObject* type, PyObject* entries) {
  std::vector<Ref> same;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(entries, &position, &key, &value);) {
    const Ref inherited = inherited_entry(type->tp_bases, key);
    if (!inherited && PyErr_Occurred()) return false;
    if (inherited.get() == value && inherited) same.push_back(Ref::borrow(key));
  }
  for (const Ref& name : same) {
    PyObject* const entry = PyDict_GetItemWithError(entries, name.get());
    if (entry != nullptr && PyObject_HasAttr(entry, runtime().names.qualname) && !remove(entries, name.get()))
      return false;
  }
  return true;
}

// A private name as the class body mangled it.
Ref mangled(PyTypeObject* type, PyObject* name) {
  const char* text = PyUnicode_AsUTF8(name);
  if (text == nullptr) return {};
  const std::string_view view(text);
  if (!view.starts_with("__") || view.ends_with("__")) return Ref::borrow(name);
  const Ref of_class = Ref::steal(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), runtime().names.name));
  const char* class_name = of_class ? PyUnicode_AsUTF8(of_class.get()) : nullptr;
  if (class_name == nullptr) return {};
  while (*class_name == '_') ++class_name;
  return Ref::steal(PyUnicode_FromFormat(*class_name != 0 ? "_%s%U" : "%s%U", class_name, name));
}

// The member descriptors of __slots__ are made anew with the class.
bool remove_slots(PyTypeObject* type, PyObject* entries) {
  PyObject* const slots = PyDict_GetItemWithError(entries, runtime().names.slots);
  if (slots == nullptr) return !PyErr_Occurred();
  const Ref names = PyUnicode_Check(slots) ? Ref::steal(PyTuple_Pack(1, slots)) : Ref::steal(PySequence_Tuple(slots));
  if (!names) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names.get()); ++i) {
    PyObject* const name = PyTuple_GET_ITEM(names.get(), i);
    if (!PyUnicode_Check(name)) continue;
    const Ref private_name = mangled(type, name);
    if (!private_name || !remove(entries, private_name.get())) return false;
  }
  return true;
}

// Virtual subclasses of an ABC are registered again.
bool add_registrations(PyObject* type, PyObject* entries, Reduced& out) {
  const Runtime& rt = runtime();
  if (!is_instance(rt.abc_meta, type) || !rt.abc_get_dump) return true;
  if (!remove(entries, rt.names.abc_impl)) return false;
  const Ref dump = Ref::steal(PyObject_CallOneArg(rt.abc_get_dump.get(), type));
  const Ref registry = dump ? Ref::steal(PySequence_GetItem(dump.get(), 0)) : Ref();
  const Ref references = registry ? Ref::steal(PySequence_List(registry.get())) : Ref();
  if (!references) return false;
  const Ref add = Ref::steal(PyObject_GetAttr(type, rt.names.register_));
  if (!add) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(references.get()); ++i) {
    const Ref subclass = Ref::steal(PyObject_CallNoArgs(PyList_GET_ITEM(references.get(), i)));
    if (!subclass) return false;
    if (subclass.get() == Py_None) continue;
    Ref arguments = Ref::steal(PyTuple_Pack(1, subclass.get()));
    if (!arguments) return false;
    out.post.push_back({add, std::move(arguments)});
  }
  return true;
}

Ref partial_setitems(PyObject* source) {
  const Runtime& rt = runtime();
  const Ref arguments = Ref::steal(PyTuple_Pack(1, rt.setitems.get()));
  const Ref keywords = Ref::steal(PyDict_New());
  if (!arguments || !keywords || PyDict_SetItem(keywords.get(), rt.names.source, source) < 0) return {};
  return Ref::steal(PyObject_Call(rt.partial.get(), arguments.get(), keywords.get()));
}

// types.new_class(name, bases, {'metaclass': type(cls)}, filled with `entries`)
bool reduce_by_new_class(PyObject* type, PyObject* name, PyObject* bases, PyObject* entries, Reduced& out) {
  const Ref metaclass = Ref::steal(PyDict_New());
  if (!metaclass || PyDict_SetItem(metaclass.get(), runtime().names.metaclass, type_object(*Py_TYPE(type))) < 0)
    return false;
  const Ref body = PyDict_GET_SIZE(entries) != 0 ? partial_setitems(entries) : Ref::borrow(Py_None);
  return reduce_to(out, runtime().new_class, {name, bases, metaclass.get(), body.get()}, &kGeneric);
}

// An Enum by value: its members by value instead of by reference to the class itself, which upstream writes and cannot
// load back.
bool reduce_enum(PyObject* type, PyObject* name, PyObject* entries, Reduced& out) {
  const Ref members = attribute(type, "__members__");
  const Ref items = members ? Ref::steal(PyMapping_Items(members.get())) : Ref();
  const Ref made_by_enum = runtime().of_dill(Helper::_enum_entries_not_saved);
  const Ref source = Ref::steal(PyDict_New());
  if (!items || !made_by_enum || !source) return false;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(entries, &position, &key, &value);) {
    const int skip_name = PySequence_Contains(made_by_enum.get(), key);
    if (skip_name < 0) return false;
    const int member = PyMapping_HasKey(members.get(), key);
    if (!skip_name && !member && PyDict_SetItem(source.get(), key, value) < 0) return false;
  }
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.get()); ++i) {
    PyObject* const pair = PyList_GET_ITEM(items.get(), i);
    const Ref plain = attribute(PyTuple_GET_ITEM(pair, 1), "_value_");
    if (!plain || PyDict_SetItem(source.get(), PyTuple_GET_ITEM(pair, 0), plain.get()) < 0) return false;
  }
  return reduce_by_new_class(type, name, reinterpret_cast<PyTypeObject*>(type)->tp_bases, source.get(), out);
}

// The same by functions of dill._dill that others have put in the place of ours.
Ref entries_by_python(PyObject* type, Reduced& out) {
  const Runtime& rt = runtime();
  const Ref function = rt.of_dill(Helper::_class_entries);
  if (!function) return {};
  PyObject* const is_abstract = is_instance(rt.abc_meta, type) ? Py_True : Py_False;
  const Ref pair = Ref::steal(PyObject_CallFunctionObjArgs(function.get(), type, is_abstract, nullptr));
  if (!pair) return {};
  PyObject *entries, *calls;
  if (!PyArg_ParseTuple(pair.get(), "O!O!", &PyDict_Type, &entries, &PyList_Type, &calls)) return {};
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(calls); ++i) {
    PyObject *callable, *arguments;
    if (!PyArg_ParseTuple(PyList_GET_ITEM(calls, i), "OO!", &callable, &PyTuple_Type, &arguments)) return {};
    out.post.push_back({Ref::borrow(callable), Ref::borrow(arguments)});
  }
  return Ref::borrow(entries);
}

// What the class holds itself, without what comes back by itself when it is made again; ABC registrations go to `out`.
Ref entries_of(PyObject* object, Reduced& out) {
  const Runtime& rt = runtime();
  if (rt.replaced(Helper::_get_typedict_type) || rt.replaced(Helper::_get_typedict_abc))
    return entries_by_python(object, out);
  auto* const type = reinterpret_cast<PyTypeObject*>(object);
  const Ref own = dict_of_type(type);
  Ref entries = own ? Ref::steal(PyDict_Copy(own.get())) : Ref();
  if (!entries) return {};
  if (!remove_inherited(type, entries.get()) || !remove(entries.get(), rt.names.dict) ||
      !remove(entries.get(), rt.names.weakref) || !remove_slots(type, entries.get()) ||
      !add_registrations(object, entries.get(), out))
    return {};
  return entries;
}

// Upstream takes inherited ones for the class's own, and so loses the base that they come from.
bool has_original_bases(const Context& context, PyObject* object, PyObject* entries) {
  PyObject* const name = runtime().names.orig_bases;
  if (context.better) return PyDict_GetItemWithError(entries, name) != nullptr;
  PyTypeObject* const metaclass = Py_TYPE(object);
  if (metaclass->tp_getattro != PyType_Type.tp_getattro) return PyObject_HasAttr(object, name) != 0;
  return _PyType_Lookup(reinterpret_cast<PyTypeObject*>(object), name) != nullptr ||
         (_PyType_Lookup(metaclass, name) != nullptr && PyObject_HasAttr(object, name) != 0);
}

// Entries that hold the class itself, or instances of it, are set when it exists. Upstream refers to the class by name
// there, and that name leads nowhere.
bool defer_entries(Context& context, PyObject* type, PyObject* entries, Reduced& out) {
  std::vector<Ref> names;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(entries, &position, &key, &value);) {
    if (!PyUnicode_Check(key) || PyFunction_Check(value) || PyUnicode_Check(value) || value == Py_None) continue;
    if (reaches(context, value, type)) names.push_back(Ref::borrow(key));
  }
  for (const Ref& name : names) {
    Ref arguments = Ref::steal(PyTuple_Pack(3, type, name.get(), PyDict_GetItemWithError(entries, name.get())));
    if (!arguments || !remove(entries, name.get())) return false;
    out.post.push_back({runtime().setattr, std::move(arguments)});
  }
  return true;
}

bool reduce_by_value(Context& context, PyObject* object, Reduced& out) {
  const Names& names = runtime().names;
  auto* const type = reinterpret_cast<PyTypeObject*>(object);
  const Ref name = Ref::steal(PyObject_GetAttr(object, names.name));
  const Ref qualname = Ref::steal(PyObject_GetAttr(object, names.qualname));
  if (!name || !qualname) return false;
  const Ref entries = entries_of(object, out);
  if (!entries || !defer_entries(context, object, entries.get(), out)) return false;
  if (is_instance(runtime().enum_meta, object)) {
    if (!reduce_enum(object, name.get(), entries.get(), out)) return false;
  } else if (has_original_bases(context, object, entries.get())) {
    const Ref bases = Ref::steal(PyObject_GetAttr(object, names.orig_bases));
    if (!bases || !reduce_by_new_class(object, name.get(), bases.get(), entries.get(), out)) return false;
  } else if (!reduce_to(out, runtime().of_dill(Helper::_create_type),
                        {type_object(*Py_TYPE(object)), name.get(), type->tp_bases, entries.get()}, &kByValue)) {
    return false;
  }
  out.by_dill = true;
  return add_qualname(object, qualname.get(), out);
}

bool warn(PyObject* type, const char* format) {
  const Ref text = Ref::steal(PyUnicode_FromFormat(format, type));
  const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  return utf8 != nullptr && PyErr_WarnEx(runtime().pickling_warning.get(), utf8, 3) == 0;
}

bool reduce_raw(Reduced& out, const char* line) {
  out.kind = Reduced::Kind::Raw;
  out.raw = line;
  return true;
}

}  // namespace

bool reduce_type(Context& context, PyObject* object, Reduced& out) {
  const Runtime& rt = runtime();
  const Ref type_names = rt.of_dill(Helper::_typemap);
  if (!type_names) return false;
  PyObject* const known = PyDict_Check(type_names.get()) ? PyDict_GetItemWithError(type_names.get(), object) : nullptr;
  if (known != nullptr) return reduce_to(out, rt.of_dill(Helper::_load_type), {known}, &kBuiltin);
  if (PyErr_Occurred()) {
    // A class whose metaclass is not hashable is in no table.
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
    PyErr_Clear();
  }
  if (is_named_tuple(reinterpret_cast<PyTypeObject*>(object))) return reduce_named_tuple(context, object, out);
  if (object == type_object(*Py_TYPE(Py_None))) return reduce_raw(out, "c__builtin__\nNoneType\n");
  if (object == rt.enum_meta.get()) return reduce_raw(out, "cenum\nEnumMeta\n");
  if (object == rt.except_hook_args.get()) return reduce_raw(out, "cthreading\nExceptHookArgs\n");
  for (PyObject* singleton : {Py_NotImplemented, Py_Ellipsis})
    if (object == type_object(*Py_TYPE(singleton)))
      return reduce_to(out, Ref::borrow(type_object(PyType_Type)), {singleton}, &kBuiltin);

  const bool recursive = context.construction_of(object) >= 0;
  const int by_name = located(context, object);
  if (by_name < 0) return false;
  if (!context.byref && !recursive && by_name == 0) return reduce_by_value(context, object, out);
  out.kind = Reduced::Kind::Global;
  out.name = qualified_name(object);
  if (!out.name) return false;
  if (by_name == 0) {
    if (recursive && !context.byref) {
      const Ref module = Ref::steal(PyObject_GetAttr(object, rt.names.module));
      if (!module) return false;
      const Ref text = Ref::steal(
          PyUnicode_FromFormat("Cannot pickle %R: %S.%S has recursive self-references that trigger a RecursionError.",
                               object, module.get(), out.name.get()));
      const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
      return utf8 != nullptr && PyErr_WarnEx(rt.pickling_warning.get(), utf8, 3) == 0;
    }
    return warn(object, "Cannot locate reference to %R.");
  }
  return true;
}

}  // namespace dill::engine
