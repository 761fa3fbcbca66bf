#include "engine/type_table.h"

#include <cstring>

#include "engine/runtime.h"

namespace dill::engine {
namespace {

struct Known {
  Action action;
  const NamedReducer* reducer;
};

// Saver function -> what it stands for. The functions are module attributes that live as long as the interpreter;
// the map owns a reference so that an address is never taken for another function's.
std::unordered_map<PyObject*, Known>& known_savers() {
  static auto* const map = new std::unordered_map<PyObject*, Known>;
  return *map;
}

const struct {
  const char* name;
  Action action;
} kStock[] = {
    {"save_none", Action::None},
    {"save_bool", Action::Bool},
    {"save_long", Action::Int},
    {"save_float", Action::Float},
    {"save_str", Action::Str},
    {"save_bytes", Action::Bytes},
    {"save_bytearray", Action::ByteArray},
    {"save_tuple", Action::Tuple},
    {"save_list", Action::List},
    {"save_set", Action::Set},
    {"save_frozenset", Action::FrozenSet},
    {"save_picklebuffer", Action::PickleBuffer},
};

// A user may have given a stock saver to any type. What is native here reads the memory of exactly these types.
bool writes(Action action, PyTypeObject* type) {
  switch (action) {
    case Action::None:
      return type == Py_TYPE(Py_None);
    case Action::Bool:
      return type == &PyBool_Type;
    case Action::Int:
      return type == &PyLong_Type;
    case Action::Float:
      return type == &PyFloat_Type;
    case Action::Str:
      return type == &PyUnicode_Type;
    case Action::Bytes:
      return type == &PyBytes_Type;
    case Action::ByteArray:
      return type == &PyByteArray_Type;
    case Action::Tuple:
      return type == &PyTuple_Type;
    case Action::List:
      return type == &PyList_Type;
    case Action::Dict:
      return type == &PyDict_Type;
    case Action::Set:
      return type == &PySet_Type;
    case Action::FrozenSet:
      return type == &PyFrozenSet_Type;
    case Action::PickleBuffer:
      return type == &PyPickleBuffer_Type;
    default:
      return true;
  }
}

// object.__reduce_ex__ would be called and does what the driver can do itself: no hook of the type's own, no state of
// a builtin base.
bool is_default_instance([[maybe_unused]] PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030B0000
  // Before 3.11 an empty __dict__ is written as well; object.__reduce_ex__ knows.
  return false;
#else
  // __class__ too: a class may lie about it, and then the stock pickler refuses its instances.
  const Names& names = runtime().names;
  for (PyObject* name :
       {names.reduce_ex, names.reduce, names.getstate, names.class_, names.getnewargs_ex, names.getnewargs})
    if (_PyType_Lookup(type, name) != _PyType_Lookup(&PyBaseObject_Type, name)) return false;
  if (type->tp_getattro != PyObject_GenericGetAttr) return false;
  if (type->tp_itemsize != 0 || PyType_FastSubclass(type, Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS))
    return false;
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || type->tp_new == nullptr) return false;
  // Plain Python classes only: all state in __dict__, nothing in slots or in a C base. What a class statement makes has
  // a deallocator of its own, which no type defined in C shares.
  const destructor python_class = reinterpret_cast<PyTypeObject*>(runtime().pickling_warning.get())->tp_dealloc;
  for (PyTypeObject* base = type; base != &PyBaseObject_Type; base = base->tp_base)
    if (base->tp_dealloc != python_class) return false;
  return true;
#endif
}

// Arrays and universal functions of numpy get their savers when the first object of their type is met.
bool is_of_numpy(PyTypeObject* type) {
  if (type->tp_mro == nullptr) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); ++i) {
    const auto* const base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(type->tp_mro, i));
    for (const char* name : {"numpy.ndarray", "numpy.ufunc"})
      if (std::strcmp(base->tp_name, name) == 0) return true;
  }
  return false;
}

}  // namespace

bool register_savers(PyObject* savers) {
  auto& known = known_savers();
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(savers, &position, &key, &value)) {
    const char* name = PyUnicode_AsUTF8(key);
    if (name == nullptr) return false;
    for (const auto& stock : kStock)
      if (std::strcmp(stock.name, name) == 0 && known.emplace(value, Known{stock.action, nullptr}).second)
        Py_INCREF(value);
    for (const NamedReducer* reducer = kReducers; reducer->saver != nullptr; ++reducer)
      if (std::strcmp(reducer->saver, name) == 0) {
        const Action action = reducer->reduce == reduce_module_dict ? Action::Dict : Action::ByReducer;
        if (known.emplace(value, Known{action, reducer}).second) Py_INCREF(value);
      }
  }
  return true;
}

std::unique_ptr<TypeTable> TypeTable::make(PyObject* dispatch, PyObject* dispatch_table) {
  auto table = std::unique_ptr<TypeTable>(new TypeTable);
  table->dispatch_ = Ref::borrow(dispatch);
  table->dispatch_table_ = Ref::borrow(dispatch_table);
  const struct {
    PyTypeObject* type;
    Action action;
  } builtins[] = {
      {Py_TYPE(Py_None), Action::None}, {&PyBool_Type, Action::Bool},           {&PyLong_Type, Action::Int},
      {&PyFloat_Type, Action::Float},   {&PyUnicode_Type, Action::Str},         {&PyBytes_Type, Action::Bytes},
      {&PyTuple_Type, Action::Tuple},   {&PyList_Type, Action::List},           {&PyDict_Type, Action::Dict},
      {&PySet_Type, Action::Set},       {&PyFrozenSet_Type, Action::FrozenSet},
  };
  for (const auto& builtin : builtins) {
    const TypeInfo* info = table->find(builtin.type);
    if (info == nullptr) return nullptr;
    if (info->action != builtin.action) table->stock_ = false;
  }
  return table;
}

const TypeInfo* TypeTable::find(PyTypeObject* type) {
  const auto found = types_.find(type);
  if (found != types_.end()) return found->second.get();
  auto info = std::make_unique<TypeInfo>();
  info->type = Ref::borrow(reinterpret_cast<PyObject*>(type));
  if (!classify(type, *info)) return nullptr;
  return types_.emplace(type, std::move(info)).first->second.get();
}

bool TypeTable::classify(PyTypeObject* type, TypeInfo& info) {
  static PyObject* const get = PyUnicode_InternFromString("get");
  auto* const object = reinterpret_cast<PyObject*>(type);
  Ref saver = Ref::steal(PyObject_CallMethodObjArgs(dispatch_.get(), get, object, nullptr));
  if (saver.get() == Py_None && is_of_numpy(type)) {
    const Ref learn = runtime().of_dill(Helper::_register_numpy);
    const Ref learnt = learn ? Ref::steal(PyObject_CallOneArg(learn.get(), object)) : Ref();
    if (!learnt) return false;
    saver = Ref::steal(PyObject_CallMethodObjArgs(dispatch_.get(), get, object, nullptr));
  }
  if (!saver) return false;
  if (saver.get() != Py_None) {
    const auto known = known_savers().find(saver.get());
    if (known != known_savers().end() && writes(known->second.action, type) &&
        (known->second.reducer == nullptr || known->second.reducer->takes(type))) {
      info.action = known->second.action;
      if (known->second.reducer != nullptr) info.reducer = known->second.reducer->reduce;
    } else {
      info.action = Action::Saver;
      info.callable = saver;
    }
    return true;
  }
  const Ref table = Ref::steal(PyObject_CallMethodObjArgs(dispatch_table_.get(), get, object, nullptr));
  if (!table) return false;
  if (table.get() != Py_None) {
    info.action = Action::Table;
    info.callable = table;
    return true;
  }
  if (PyType_IsSubtype(type, &PyType_Type)) {
    info.action = Action::ByReducer;
    info.reducer = reduce_type;
    return true;
  }
  info.action = is_default_instance(type) ? Action::Instance : Action::ReduceEx;
  if (info.action == Action::Instance) {
    // The first reduction of an instance leaves the slot names on the class, where a later pickle of the class has them.
    const Ref slots = Ref::steal(PyObject_CallOneArg(runtime().slotnames.get(), object));
    if (!slots) return false;
    if (!PyList_Check(slots.get()) || PyList_GET_SIZE(slots.get()) != 0) info.action = Action::ReduceEx;
  }
  return true;
}

}  // namespace dill::engine
