#include "engine/type_table.h"

#include <cstring>

#include "engine/runtime.h"
#include "engine/slots.h"

namespace dill::engine {
namespace {

constexpr std::size_t kMostTypes = 4096;  // remembered between dumps: classes come and go

struct Known {
  Action action;
  const NamedReducer* reducer;
  Ref saver;  // so that its address is never taken for another function's
};

// Saver function -> what it stands for.
PerInterpreter<std::unordered_map<PyObject*, Known>> known_savers;

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
// a builtin base. `slots` is how many names __slotnames__ has.
bool is_default_instance(PyTypeObject* type, Py_ssize_t slots) {
  // Plain Python classes only, with all state in __dict__ and slots. What a class statement makes has a deallocator of
  // its own, which no type defined in C shares.
  const destructor python_class = reinterpret_cast<PyTypeObject*>(runtime().pickling_warning.get())->tp_dealloc;
  for (PyTypeObject* base = type; base != &PyBaseObject_Type; base = base->tp_base)
    if (base->tp_dealloc != python_class) return false;
  // The check of object.__reduce_ex__ for memory that neither explains.
  Py_ssize_t size = PyBaseObject_Type.tp_basicsize + slots * static_cast<Py_ssize_t>(sizeof(PyObject*));
  if (type->tp_dictoffset > 0) size += static_cast<Py_ssize_t>(sizeof(PyObject*));
  if (type->tp_weaklistoffset > 0) size += static_cast<Py_ssize_t>(sizeof(PyObject*));
  return type->tp_basicsize <= size;
}

bool has_default_methods(PyTypeObject* type) {
  // __class__ too: a class may lie about it, and then the stock pickler refuses its instances.
  const Names& names = runtime().names;
  for (PyObject* name :
       {names.reduce_ex, names.reduce, names.getstate, names.class_, names.getnewargs_ex, names.getnewargs})
    if (_PyType_Lookup(type, name) != _PyType_Lookup(&PyBaseObject_Type, name)) return false;
#if PY_VERSION_HEX < 0x030B0000  // later ones do not ask for the attribute
  PyObject* const dict = _PyType_Lookup(type, names.dict);
  if (dict != nullptr && Py_TYPE(dict) != &PyGetSetDescr_Type) return false;
#endif
  return type->tp_getattro == PyObject_GenericGetAttr && type->tp_itemsize == 0 &&
         !PyType_FastSubclass(type, Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS) &&
         PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && type->tp_new != nullptr;
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
  auto& known = known_savers.get();
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(savers, &position, &key, &value)) {
    const char* name = PyUnicode_AsUTF8(key);
    if (name == nullptr) return false;
    for (const auto& stock : kStock)
      if (std::strcmp(stock.name, name) == 0) known.emplace(value, Known{stock.action, nullptr, Ref::borrow(value)});
    for (const NamedReducer* reducer = kReducers; reducer->saver != nullptr; ++reducer)
      if (std::strcmp(reducer->saver, name) == 0) {
        const Action action = reducer->reduce == reduce_module_dict ? Action::Dict : Action::ByReducer;
        known.emplace(value, Known{action, reducer, Ref::borrow(value)});
      }
  }
  return true;
}

std::shared_ptr<TypeTable> TypeTable::make(PyObject* dispatch, PyObject* dispatch_table, int protocol) {
  auto& shared = runtime().type_tables;
  const bool by_copyreg = protocol < 2;
  for (std::size_t i = 0; i < shared.size(); ++i) {
    if (shared[i]->dispatch_.get() != dispatch || shared[i]->dispatch_table_.get() != dispatch_table ||
        shared[i]->by_copyreg_ != by_copyreg)
      continue;
    if (i != 0) std::swap(shared[i], shared[0]);
    std::shared_ptr<TypeTable> found = shared[0];
    if (!found->refresh()) return nullptr;
    if (found.use_count() == 2) {  // no walk but ours
      if (found->types_.size() > kMostTypes) found->forget();
      std::vector<std::unique_ptr<TypeInfo>>().swap(found->retired_);
    }
    return found;
  }
  auto table = std::shared_ptr<TypeTable>(new TypeTable);
  table->by_copyreg_ = by_copyreg;
  table->dispatch_ = Ref::borrow(dispatch);
  table->dispatch_table_ = Ref::borrow(dispatch_table);
  table->dispatch_is_dict_ =
      PyDict_CheckExact(dispatch) || reinterpret_cast<PyObject*>(Py_TYPE(dispatch)) == runtime().dispatch_type.get();
  table->table_is_dict_ = PyDict_CheckExact(dispatch_table);
  if (!table->read_builtins()) return nullptr;
  if (table->dispatch_is_dict_ && table->table_is_dict_) {
    constexpr std::size_t kShared = 4;
    if (shared.size() == kShared) shared.pop_back();
    shared.insert(shared.begin(), table);
  }
  return table;
}

void TypeTable::forget() {
  recent_.fill(nullptr);
  for (auto& [type, info] : types_) retired_.push_back(std::move(info));
  types_.clear();
}

bool TypeTable::is_current() const {
  return (!dispatch_is_dict_ || cpython::dict_version(dispatch_.get()) == dispatch_version_) &&
         (!table_is_dict_ || cpython::dict_version(dispatch_table_.get()) == table_version_) &&
         cpython::dict_version(runtime().dill_dict) == dill_version_;
}

bool TypeTable::read_builtins() {
  forget();
  // Before the look-ups: what changes meanwhile makes the next refresh() read again.
  if (dispatch_is_dict_) dispatch_version_ = cpython::dict_version(dispatch_.get());
  if (table_is_dict_) table_version_ = cpython::dict_version(dispatch_table_.get());
  dill_version_ = cpython::dict_version(runtime().dill_dict);
  const struct {
    PyTypeObject* type;
    Action action;
  } builtins[] = {
      {Py_TYPE(Py_None), Action::None}, {&PyBool_Type, Action::Bool},           {&PyLong_Type, Action::Int},
      {&PyFloat_Type, Action::Float},   {&PyUnicode_Type, Action::Str},         {&PyBytes_Type, Action::Bytes},
      {&PyTuple_Type, Action::Tuple},   {&PyList_Type, Action::List},           {&PyDict_Type, Action::Dict},
      {&PySet_Type, Action::Set},       {&PyFrozenSet_Type, Action::FrozenSet},
  };
  bool stock = true;
  for (const auto& builtin : builtins) {
    const TypeInfo* info = find(builtin.type);
    if (info == nullptr) return false;
    if (info->action != builtin.action) stock = false;
  }
  stock_ = stock;
  return true;
}

const TypeInfo* TypeTable::find(PyTypeObject* type) {
  if (const TypeInfo* const info = peek(type)) return info;
  const unsigned version = cpython::make_type_version(type, runtime().names.reduce_ex);
  if (const auto found = types_.find(type); found != types_.end()) {
    if (found->second->version == version && version != 0) return recent_[place(type)] = found->second.get();
  }
  auto info = std::make_unique<TypeInfo>();
  const Ref held = Ref::borrow(reinterpret_cast<PyObject*>(type));
  info->type = type;
  if (!classify(type, *info)) return nullptr;
  info->version = cpython::make_type_version(type, runtime().names.reduce_ex);  // classify may have changed the type
  std::unique_ptr<TypeInfo>& entry = types_[type];
  if (entry) retired_.push_back(std::move(entry));
  entry = std::move(info);
  return recent_[place(type)] = entry.get();
}

bool TypeTable::classify(PyTypeObject* type, TypeInfo& info) {
  PyObject* const get = runtime().names.get;
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
    const auto& savers = known_savers.get();
    const auto known = savers.find(saver.get());
    if (known != savers.end() && writes(known->second.action, type) &&
        (known->second.reducer == nullptr || known->second.reducer->takes(type))) {
      info.action = known->second.action;
      if (known->second.reducer != nullptr) info.reducer = known->second.reducer->reduce;
    } else {
      info.action = Action::Saver;
      info.callable = saver;
    }
    return true;
  }
  // A None in the table is no entry up to Python 3.12, and an entry that cannot be called from 3.13 on.
  PyObject* const no_entry = PY_VERSION_HEX >= 0x030D'0000 ? dispatch_table_.get() : Py_None;
  const Ref table = Ref::steal(PyObject_CallMethodObjArgs(dispatch_table_.get(), get, object, no_entry, nullptr));
  if (!table) return false;
  if (table.get() != no_entry) {
    info.action = Action::Table;
    info.callable = table;
    return true;
  }
  if (PyType_IsSubtype(type, &PyType_Type)) {
    info.action = Action::ByReducer;
    info.reducer = reduce_type;
    return true;
  }
  return classify_instance(type, info);
}

bool TypeTable::classify_instance(PyTypeObject* type, TypeInfo& info) {
  info.action = Action::ReduceEx;
  if (by_copyreg_) return true;
  if (type->tp_base == &PyTuple_Type && type->tp_dictoffset == 0) return classify_named_tuple(type, info);
  if (!classify_native(type, info)) return false;
  if (info.native != Native::None) return true;
  if (!has_default_methods(type) || !is_default_instance(type, PY_SSIZE_T_MAX / 64)) return true;
  // The first reduction of an instance leaves the slot names on the class, where a later pickle of the class has them:
  // object.__reduce_ex__ does that, unless an attribute of the instance hides what would ask for them.
  if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) return true;
  const Ref names = Ref::borrow(PyDict_GetItemWithError(type->tp_dict, runtime().names.slotnames));
  if (!names) return PyErr_Occurred() == nullptr;
  if (!PyList_CheckExact(names.get()) || !is_default_instance(type, PyList_GET_SIZE(names.get()))) return true;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names.get()); ++i) {
    PyObject* const name = PyList_GET_ITEM(names.get(), i);
    if (!add_slot(type, name, info.slots)) return true;
  }
  info.action = Action::Instance;
  return true;
}

}  // namespace dill::engine
