// Which types of the standard library the plain walk writes by itself: those whose reduction is the one that CPython
// ships. Whoever replaces a method of such a type gets the ordinary way.
#include <cstring>

#include "engine/runtime.h"
#include "engine/slots.h"
#include "engine/type_table.h"

#include <structmember.h>  // needs Python.h

namespace dill::engine {
namespace {

constexpr struct {
  const char *module, *name;
  bool in_c;           // a type in C, whose methods cannot be replaced
  const char* method;  // else the one method that makes the reduction
  Native native;
} kNatives[] = {
    {"datetime", "datetime", true, nullptr, Native::DateTime},
    {"datetime", "date", true, nullptr, Native::Date},
    {"datetime", "time", true, nullptr, Native::Time},
    {"datetime", "timedelta", true, nullptr, Native::TimeDelta},
    {"decimal", "Decimal", true, nullptr, Native::Decimal},
    {"collections", "OrderedDict", true, nullptr, Native::OrderedDict},
    {"collections", "defaultdict", true, nullptr, Native::DefaultDict},
    {"collections", "deque", true, nullptr, Native::Deque},
    {"collections", "Counter", false, "__reduce__", Native::Counter},
    {"uuid", "UUID", false, "__getstate__", Native::Uuid},
    {"pathlib", "PosixPath", false, "__reduce__", Native::Path},
    {"pathlib", "PurePosixPath", false, "__reduce__", Native::Path},
};

// Borrowed, from a module that is imported; null without an exception.
PyObject* definition(const char* module_name, const char* name) {
  PyObject* const modules = runtime().sys_modules.get();
  PyObject* const module = PyDict_Check(modules) ? PyDict_GetItemString(modules, module_name) : nullptr;
  return module != nullptr && PyModule_Check(module) ? PyDict_GetItemString(PyModule_GetDict(module), name) : nullptr;
}

// The last part of a type's name.
const char* short_name(PyTypeObject* type) {
  const char* const dot = std::strrchr(type->tp_name, '.');
  return dot == nullptr ? type->tp_name : dot + 1;
}

// The method of that name is a function that the module itself defines, and no other method has a say.
bool is_reduced_by(PyTypeObject* type, const char* method, const char* module) {
  const Names& names = runtime().names;
  for (PyObject* name :
       {names.reduce_ex, names.reduce, names.getstate, names.class_, names.getnewargs_ex, names.getnewargs}) {
    PyObject* const found = _PyType_Lookup(type, name);
    if (PyUnicode_CompareWithASCIIString(name, method) != 0) {
      if (found != _PyType_Lookup(&PyBaseObject_Type, name)) return false;
      continue;
    }
    if (found == nullptr || !PyFunction_Check(found)) return false;
    PyObject* const defined_in = PyDict_GetItemString(PyFunction_GET_GLOBALS(found), "__name__");
    const char* const text =
        defined_in != nullptr && PyUnicode_Check(defined_in) ? PyUnicode_AsUTF8(defined_in) : nullptr;
    const std::size_t length = std::strlen(module);  // pathlib, or pathlib._local
    if (text == nullptr || std::strncmp(text, module, length) != 0 || (text[length] != 0 && text[length] != '.'))
      return false;
  }
  return type->tp_getattro == PyObject_GenericGetAttr;
}

bool add_slot_named(PyTypeObject* type, const char* name, std::vector<Slot>& slots) {
  const Ref interned = Ref::steal(PyUnicode_InternFromString(name));
  if (!interned) {
    PyErr_Clear();
    return false;
  }
  return add_slot(type, interned.get(), slots);
}

// The slots that hold what is written.
bool add_parts(PyTypeObject* type, TypeInfo& info) {
  if (info.native == Native::Uuid) {
    PyObject* const safety = definition("uuid", "SafeUUID");
    if (safety == nullptr) return false;
    info.unknown_safety = Ref::steal(PyObject_GetAttrString(safety, "unknown"));
    if (!info.unknown_safety) PyErr_Clear();
    return info.unknown_safety && add_slot_named(type, "int", info.slots) &&
           add_slot_named(type, "is_safe", info.slots);
  }
#if PY_VERSION_HEX < 0x030C0000
  return add_slot_named(type, "_parts", info.slots);
#elif PY_VERSION_HEX >= 0x030D0000
  return add_slot_named(type, "_raw_paths", info.slots);
#else
  return false;  // 3.12 computes the parts
#endif
}

}  // namespace

bool add_slot(PyTypeObject* type, PyObject* name, std::vector<Slot>& slots) {
  PyObject* const member = PyUnicode_CheckExact(name) ? _PyType_Lookup(type, name) : nullptr;
  if (member == nullptr || Py_TYPE(member) != &PyMemberDescr_Type) return false;
  const auto* const descriptor = reinterpret_cast<PyMemberDescrObject*>(member);
  const PyMemberDef* const def = descriptor->d_member;
  if (def->type != T_OBJECT_EX || !PyType_IsSubtype(type, descriptor->d_common.d_type)) return false;
  slots.push_back({Ref::borrow(name), def->offset});
  return true;
}

bool TypeTable::classify_native(PyTypeObject* type, TypeInfo& info) {
  const destructor python_class = reinterpret_cast<PyTypeObject*>(runtime().pickling_warning.get())->tp_dealloc;
  const bool in_c = type->tp_dealloc != python_class;
  for (const auto& known : kNatives) {
    if (known.in_c != in_c || std::strcmp(short_name(type), known.name) != 0) continue;
    if (definition(known.module, known.name) != reinterpret_cast<PyObject*>(type)) continue;  // only of the same name
    if (!in_c && !is_reduced_by(type, known.method, known.module)) return true;
    info.native = known.native;
    if ((known.native == Native::Uuid || known.native == Native::Path) && !add_parts(type, info)) {
      info.native = Native::None;
      info.slots.clear();
    }
    return true;
  }
  return true;
}

// A class that collections.namedtuple made: pickled as its class and its items.
bool TypeTable::classify_named_tuple(PyTypeObject* type, TypeInfo& info) {
  const Names& names = runtime().names;
  for (PyObject* name : {names.reduce_ex, names.reduce, names.getstate, names.class_, names.getnewargs_ex})
    if (_PyType_Lookup(type, name) != _PyType_Lookup(&PyBaseObject_Type, name)) return true;
  if (type->tp_getattro != PyObject_GenericGetAttr) return true;
  PyObject* const method = _PyType_Lookup(type, names.getnewargs);
  if (method == nullptr || !PyFunction_Check(method)) return true;
  Ref& known = runtime().namedtuple_code;
  if (!known) {
    const Ref collections = Ref::steal(PyImport_ImportModule("collections"));
    if (!collections) return false;
    const Ref sample = Ref::steal(PyObject_CallMethod(collections.get(), "namedtuple", "s()", "sample"));
    if (!sample) return false;
    const Ref its_method = Ref::steal(PyObject_GetAttr(sample.get(), names.getnewargs));
    if (!its_method) return false;
    known = Ref::borrow(PyFunction_Check(its_method.get()) ? PyFunction_GET_CODE(its_method.get()) : Py_None);
  }
  PyObject* const closure = PyFunction_GET_CLOSURE(method);
  if (PyFunction_GET_CODE(method) != known.get() || closure == nullptr || PyTuple_GET_SIZE(closure) != 1 ||
      PyCell_GET(PyTuple_GET_ITEM(closure, 0)) != reinterpret_cast<PyObject*>(&PyTuple_Type))
    return true;
  // The stock reduction leaves this on the class.
  const Ref slots = Ref::steal(PyObject_CallOneArg(runtime().slotnames.get(), reinterpret_cast<PyObject*>(type)));
  if (!slots) return false;
  if (PyList_CheckExact(slots.get()) && PyList_GET_SIZE(slots.get()) == 0) info.native = Native::NamedTuple;
  return true;
}

}  // namespace dill::engine
