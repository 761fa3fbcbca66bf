// Opcodes that find globals, make objects and give them their state.
#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "engine/cpython/attributes.h"
#include "engine/cpython/new_scalars.h"
#include "engine/unpickler/find_global.h"
#include "engine/unpickler/known_reducers.h"
#include "engine/unpickler/load_machine.h"
#include "engine/unpickler/load_runtime.h"
#include "engine/unpickler/text.h"
#include "pickle/opcodes.h"

namespace dill::engine {
namespace {

// True if PyObject_GenericSetAttr(object, name) would set the entry of the instance's dict: no descriptor of the type is
// in the way.
bool sets_instance_dict(PyTypeObject* type, PyObject* name) {
  PyObject* const of_type = cpython::type_attribute(type, name);
  return of_type == nullptr || Py_TYPE(of_type)->tp_descr_set == nullptr;
}

// The name itself, or its twin among the interned strings. A new reference.
PyObject* interned(PyObject* name) {
  Py_INCREF(name);
  if (PyUnicode_CheckExact(name)) PyUnicode_InternInPlace(&name);
  return name;
}

// Makes what reduce_postponed() did not keep: the argument at an opcode with a length of one byte, or a tuple of it.
PyObject* make_argument(LoadMemo& memo, std::size_t before, const unsigned char* opcode, bool in_tuple) {
  const std::size_t size = opcode[1];
  const auto* const data = opcode + 2;
  Ref argument =
      Ref::steal(opcode[0] == static_cast<unsigned char>(pickle::Opcode::SHORT_BINBYTES)
                     ? PyBytes_FromStringAndSize(reinterpret_cast<const char*>(data), static_cast<Py_ssize_t>(size))
                     : new_text(data, size));
  if (!argument || !in_tuple) return argument.release();
  // The entry before is the argument itself, unless the pickle gave its number to something else.
  PyObject* const kept = memo.get(before);
  if (kept == nullptr && PyErr_Occurred()) return nullptr;
  if (kept != nullptr && Py_TYPE(kept) == Py_TYPE(argument.get()) &&
      PyObject_RichCompareBool(kept, argument.get(), Py_EQ) == 1)
    argument = Ref::borrow(kept);
  return PyTuple_Pack(1, argument.get());
}

// The unpickler of a session (dill/session.py) decides itself when a module gets its state: 1 if this one is for that, 0 if
// it has no opinion, -1 with an exception.
int set_module_state(PyObject* unpickler, PyObject* module, PyObject* state) {
  if (unpickler == nullptr) return 0;
  const Ref name = Ref::steal(PyUnicode_FromString("_set_module_state"));
  PyObject* found;
  if (!name || cpython::optional_attribute(unpickler, name.get(), &found) < 0) return -1;
  const Ref method = Ref::steal(found);
  if (!method) return 0;
  return Ref::steal(PyObject_CallFunctionObjArgs(method.get(), module, state, nullptr)) ? 1 : -1;
}

}  // namespace

const LoadMachine::KnownType& LoadMachine::known(PyTypeObject* type) {
  const std::size_t index = (reinterpret_cast<std::uintptr_t>(type) >> 6) % std::size(known_types_);
  KnownType& slot = known_types_[index];
  if ((types_filled_ >> index & 1) == 0) slot = {};
  types_filled_ |= 1u << index;
  if (slot.type == type && slot.version != 0 && slot.version == cpython::version_of(type)) return slot;
  const LoadRuntime& rt = load_runtime();
  PyObject* const setstate = cpython::type_attribute(type, rt.setstate);
  PyObject* const dict = cpython::type_attribute(type, rt.dict);
  slot.type = type;
  slot.plain_build = setstate == nullptr && type->tp_getattro == PyObject_GenericGetAttr &&
                     cpython::type_attribute(type, rt.getattr) == nullptr && dict != nullptr &&
                     Py_IS_TYPE(dict, &PyGetSetDescr_Type) && rt.dict_getter != nullptr &&
                     reinterpret_cast<PyGetSetDescrObject*>(dict)->d_getset->get == rt.dict_getter;
  slot.version = cpython::version_of(type);
  return slot;
}

bool LoadMachine::new_object(bool with_keywords) {
  if (!has(with_keywords ? 3 : 2)) return false;
  const Ref keywords = with_keywords ? Ref::steal(pop()) : Ref();
  PyObject* const arguments = top_[-1];
  PyObject* const given_type = top_[-2];
  const char* const name = with_keywords ? "NEWOBJ_EX" : "NEWOBJ";
  const auto refuse = [&](const char* text, const char* of) {
    leave();
    PyErr_Format(load_runtime().unpickling_error.get(), text, name, of);
    return false;
  };
  if (!PyType_Check(given_type))
    return refuse("%s class argument must be a type, not %.200s", Py_TYPE(given_type)->tp_name);
  auto* const type = reinterpret_cast<PyTypeObject*>(given_type);
  if (type->tp_new == nullptr) return refuse("%s class argument '%.200s' doesn't have __new__", type->tp_name);
  if (!PyTuple_Check(arguments))
    return refuse("%s args argument must be a tuple, not %.200s", Py_TYPE(arguments)->tp_name);
  if (keywords && !PyDict_Check(keywords.get()))
    return refuse("%s kwargs argument must be a dict, not %.200s", Py_TYPE(keywords.get())->tp_name);

  if (type->tp_new == PyBaseObject_Type.tp_new && type->tp_alloc == PyType_GenericAlloc && !with_keywords &&
      PyTuple_GET_SIZE(arguments) == 0 && !PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT)) {
    PyObject* const made = PyType_GenericAlloc(type, 0);
    if (made == nullptr) return false;
    top_ -= 2;
    memo_.retire(arguments);
    memo_.retire(given_type);
    *top_++ = made;
    try {
      while (!fresh_.empty() && fresh_.back().index >= depth() - 1) fresh_.pop_back();
      fresh_.push_back({depth() - 1, made, epoch_});
    } catch (const std::bad_alloc&) {
      PyErr_NoMemory();
      return false;
    }
    return true;
  }
  leave();
  PyObject* const made = type->tp_new(type, arguments, keywords.get());
  drop_above(depth() - 2);
  enter();
  return push_checked(made);
}

bool LoadMachine::reduce() {
  if (!has(2)) return false;
  leave();
  PyObject* made;
  if (!PyTuple_CheckExact(top_[-1]) || !call_known_reducer(top_[-2], top_[-1], &made))
    made = PyObject_CallObject(top_[-2], top_[-1]);
  if (made != nullptr) drop_above(depth() - 2);
  enter();
  return push_checked(made);
}

// TUPLE1, MEMOIZE and REDUCE in one, for a type that takes one text or bytes and runs no Python code. Neither the argument
// nor the tuple is kept: the memo can make them again. 1 if that was done, 0 if not, -1 with an exception.
int LoadMachine::reduce_postponed() {
  if (depth() < fence_ + 2 || Py_REFCNT(top_[-1]) != 1) return 0;
  PyObject* const argument = top_[-1];
  PyObject* const type = top_[-2];
  const Byte* data;
  std::ptrdiff_t size;
  Byte opcode;
  if (PyBytes_CheckExact(argument)) {
    data = reinterpret_cast<const Byte*>(PyBytes_AS_STRING(argument));
    size = PyBytes_GET_SIZE(argument);
    opcode = static_cast<Byte>(pickle::Opcode::SHORT_BINBYTES);
  } else if (PyUnicode_CheckExact(argument) && PyUnicode_IS_COMPACT_ASCII(argument)) {
    data = PyUnicode_1BYTE_DATA(argument);
    size = PyUnicode_GET_LENGTH(argument);
    opcode = static_cast<Byte>(pickle::Opcode::SHORT_BINUNICODE);
  } else {
    return 0;
  }
  // The opcode, the length, the argument, MEMOIZE, and TUPLE1, behind which the cursor is.
  if (size > 255 || input_.cursor - input_.begin < size + 4 || !is_quiet_type(type)) return 0;
  const Byte* const from = input_.cursor - size - 4;
  if (from[0] != opcode || from[1] != size || std::memcmp(from + 2, data, static_cast<std::size_t>(size)) != 0 ||
      from[size + 2] != static_cast<Byte>(pickle::Opcode::MEMOIZE))
    return 0;
  PyObject* const arguments = PyTuple_New(1);
  if (arguments == nullptr) return -1;
  if (!memo_.postpone_last(argument, from, make_argument)) {
    Py_DECREF(arguments);
    return 0;
  }
  input_.cursor += 2;
  PyTuple_SET_ITEM(arguments, 0, argument);
  top_ -= 2;
  PyObject* const made = PyObject_Call(type, arguments, nullptr);
  Py_DECREF(arguments);
  memo_.retire(type);
  return push_checked(made) ? 1 : -1;
}

bool LoadMachine::build() {
  if (!has(2)) return false;
  PyObject* const object = top_[-2];
  PyObject* const state = top_[-1];
  PyTypeObject* const type = Py_TYPE(object);

  bool is_fresh = false;
  while (!fresh_.empty() && fresh_.back().index >= depth() - 2) {
    const Fresh& last = fresh_.back();
    is_fresh = last.index == depth() - 2 && last.object == object && last.epoch == epoch_;
    fresh_.pop_back();
  }
  if (is_fresh && known(type).plain_build && PyDict_CheckExact(state)) {
    if (!set_instance_dict(object, state, true)) return false;
    memo_.retire(pop());
    return true;
  }
  leave();
  PyObject* method = nullptr;
  const int decides = PyModule_Check(object) ? set_module_state(options_.unpickler, object, state) : 0;
  bool done =
      decides > 0 || (decides == 0 && cpython::optional_attribute(object, load_runtime().setstate, &method) >= 0);
  const Ref setstate = Ref::steal(done ? method : nullptr);
  if (decides > 0) {
    // It has done what it wants.
  } else if (setstate) {
    done = static_cast<bool>(Ref::steal(PyObject_CallOneArg(setstate.get(), state)));
  } else if (done) {
    done = build_by_default(object, state);
  }
  if (done) drop_above(depth() - 1);
  enter();
  return done;
}

// Without a __setstate__: a dict of attributes, or a pair of that and the attributes of slots. Python code may run.
bool LoadMachine::build_by_default(PyObject* object, PyObject* state) {
  PyObject* slots = nullptr;
  if (PyTuple_Check(state) && PyTuple_GET_SIZE(state) == 2) {
    slots = PyTuple_GET_ITEM(state, 1);
    state = PyTuple_GET_ITEM(state, 0);
  }
  if (state != Py_None) {
    if (!PyDict_Check(state)) {
      PyErr_SetString(load_runtime().unpickling_error.get(), "state is not a dictionary");
      return false;
    }
    if (!set_instance_dict(object, state, false)) return false;
  }
  return slots == nullptr || set_slots(object, slots);
}

// Gives the instance the attributes in the dict `state`. With `is_fresh` (an instance without attributes, of a type with
// plain_build) no Python code runs and nothing is overwritten; else both may be.
bool LoadMachine::set_instance_dict(PyObject* object, PyObject* state, bool is_fresh) {
  PyObject *key, *value;
  Py_ssize_t position = 0;
  bool direct = is_fresh;
  if (direct) {
    PyTypeObject* const type = Py_TYPE(object);
    while (PyDict_Next(state, &position, &key, &value)) {
      direct = PyUnicode_CheckExact(key) && sets_instance_dict(type, key);
      if (!direct) break;
    }
    position = 0;
    while (direct && PyDict_Next(state, &position, &key, &value)) {
      const Ref name = Ref::steal(interned(key));
      if (PyObject_GenericSetAttr(object, name.get(), value) < 0) return false;
    }
    if (direct) return true;
    leave();
  }
  // Asking a function for its dict makes one.
  if (PyFunction_Check(object) && PyDict_GET_SIZE(state) == 0) return true;
  const Ref dict = Ref::steal(PyObject_GetAttr(object, load_runtime().dict));
  bool done = static_cast<bool>(dict);
  position = 0;
  while (done && PyDict_Next(state, &position, &key, &value)) {
    const Ref name = Ref::steal(interned(key));
    const Ref held = Ref::borrow(value);
    done = PyObject_SetItem(dict.get(), name.get(), held.get()) == 0;
  }
  if (is_fresh) enter();
  return done;
}

bool LoadMachine::set_slots(PyObject* object, PyObject* state) {
  if (!PyDict_Check(state)) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "slot state is not a dictionary");
    return false;
  }
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(state, &position, &key, &value)) {
    const Ref name = Ref::borrow(key);
    const Ref held = Ref::borrow(value);
    if (PyObject_SetAttr(object, name.get(), held.get()) < 0) return false;
  }
  return true;
}

// Replaces what is above `from` by an instance made of it, as protocol 0 does it. Takes no reference of the type.
bool LoadMachine::instantiate(PyObject* type, std::size_t from) {
  if (!make_tuple(from)) return false;
  const LoadRuntime& rt = load_runtime();
  leave();
  const Ref arguments = Ref::steal(pop());
  PyObject* made;
  PyObject* initargs = nullptr;
  const bool may_skip = PyTuple_GET_SIZE(arguments.get()) == 0 && PyType_Check(type);
  if (may_skip && cpython::optional_attribute(type, rt.getinitargs, &initargs) < 0) {
    made = nullptr;
  } else if (may_skip && initargs == nullptr) {
    made = PyObject_CallMethodOneArg(type, rt.new_, type);
  } else {
    Py_XDECREF(initargs);
    made = PyObject_CallObject(type, arguments.get());
  }
  enter();
  return push_checked(made);
}

bool LoadMachine::instance_of_mark() {
  std::size_t mark;
  if (!pop_mark(mark)) return false;
  if (depth() <= mark) return underflow();
  const Ref type = Ref::borrow(base_[mark]);
  if (!instantiate(type.get(), mark + 1)) return false;
  PyObject* const made = pop();
  memo_.retire(pop());
  return push(made);
}

bool LoadMachine::instance_of_names() {
  std::size_t mark;
  if (!pop_mark(mark)) return false;
  Ref names[2];
  for (Ref& name : names) {
    if (!input_.read_line(line_)) return false;
    if (line_.size() < 2) return PickleInput::truncated();
    leave();
    name = Ref::steal(PyUnicode_DecodeASCII(line_.data(), static_cast<Py_ssize_t>(line_.size() - 1), "strict"));
    enter();
    if (!name) return false;
  }
  if (!push_global(names[0].get(), names[1].get())) return false;
  const Ref type = Ref::steal(pop());
  return instantiate(type.get(), mark);
}

bool LoadMachine::push_global(PyObject* module, PyObject* name) {
  const LoadRuntime& rt = load_runtime();
  const bool map_names = protocol_ < 3 && options_.fix_imports;
  leave();
  PyObject* found = nullptr;
  if (options_.unpickler == nullptr) {
    found = find_dill_global(module, name, map_names, protocol_ >= 4, nullptr);
  } else if (const Ref method = Ref::steal(PyObject_GetAttr(options_.unpickler, rt.find_class))) {
    // The method of dill.Unpickler itself does what follows here, more slowly.
    const bool is_stock = PyMethod_Check(method.get()) && PyMethod_GET_FUNCTION(method.get()) == options_.stock_find &&
                          PyMethod_GET_SELF(method.get()) == options_.unpickler;
    if (is_stock) {
      const Ref main = Ref::steal(PyObject_GetAttr(options_.unpickler, rt.main_attribute));
      if (main) found = find_dill_global(module, name, map_names, protocol_ >= 4, main.get());
    } else {
      found = PyObject_CallFunctionObjArgs(method.get(), module, name, nullptr);
    }
  }
  enter();
  return push_checked(found);
}

bool LoadMachine::load_global_text() {
  // Each function that belongs to __main__ names it.
  static constexpr std::string_view kMain = "__builtin__\n__main__\n";
  if (options_.unpickler == nullptr && input_.available() >= kMain.size() &&
      std::memcmp(input_.cursor, kMain.data(), kMain.size()) == 0) {
    input_.cursor += kMain.size();
    leave();
    PyObject* const found = find_main_globals();
    enter();
    return push_checked(found);
  }
  constexpr std::size_t kLongName = 256;
  Ref names[2];
  for (Ref& name : names) {
    const auto* const newline =
        input_.available() == 0
            ? nullptr
            : static_cast<const Byte*>(std::memchr(input_.cursor, '\n', std::min(input_.available(), kLongName)));
    if (newline != nullptr && newline - input_.cursor >= 2) {
      const auto size = static_cast<std::size_t>(newline - input_.cursor);
      if (is_ascii(input_.cursor, size)) {
        name = Ref::steal(cpython::new_ascii(input_.cursor, size));
        if (!name) return false;
        input_.cursor = newline + 1;
        continue;
      }
    }
    if (!input_.read_line(line_)) return false;
    if (line_.size() < 2) return PickleInput::truncated();
    name = Ref::steal(PyUnicode_DecodeUTF8(line_.data(), static_cast<Py_ssize_t>(line_.size() - 1), "strict"));
    if (!name) return false;
  }
  return push_global(names[0].get(), names[1].get());
}

bool LoadMachine::load_stack_global() {
  if (!has(2)) return false;
  if (!PyUnicode_CheckExact(top_[-1]) || !PyUnicode_CheckExact(top_[-2])) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "STACK_GLOBAL requires str");
    return false;
  }
  const Ref name = Ref::borrow(pop());
  const Ref module = Ref::borrow(pop());
  // The references of the stack; the memo may know these strings.
  memo_.retire(name.get());
  memo_.retire(module.get());
  return push_global(module.get(), name.get());
}

bool LoadMachine::load_extension(std::size_t size) {
  const LoadRuntime& rt = load_runtime();
  if (!input_.need(size)) return false;
  std::int32_t code = 0;
  std::memcpy(&code, input_.cursor, size);
  input_.cursor += size;
  if (code <= 0) {
    PyErr_SetString(rt.unpickling_error.get(), "EXT specifies code <= 0");
    return false;
  }
  const Ref number = Ref::steal(PyLong_FromLong(code));
  if (!number) return false;
  // A find_class that is set on the instance may refuse what the cache has, and what it gives instead is nobody else's.
  bool use_cache = true;
  if (options_.unpickler != nullptr) {
    const Ref method = Ref::steal(PyObject_GetAttr(options_.unpickler, rt.find_class));
    if (!method) return false;
    use_cache = PyMethod_Check(method.get()) && PyMethod_GET_SELF(method.get()) == options_.unpickler;
  }
  if (PyObject* const cached = use_cache ? PyDict_GetItemWithError(rt.extension_cache.get(), number.get()) : nullptr) {
    Py_INCREF(cached);
    return push(cached);
  }
  PyObject* pair;
  if (PyErr_Occurred() || !find_extension(number.get(), &pair)) return false;
  const Ref module = Ref::borrow(PyTuple_GET_ITEM(pair, 0));
  const Ref name = Ref::borrow(PyTuple_GET_ITEM(pair, 1));
  if (!use_cache) return push_global(module.get(), name.get());
  return push_global(module.get(), name.get()) && PyDict_SetItem(rt.extension_cache.get(), number.get(), top_[-1]) == 0;
}

// PERSID and BINPERSID: the id is in the next line, or given; takes the reference.
bool LoadMachine::load_persistent(PyObject* id) {
  const LoadRuntime& rt = load_runtime();
  Ref given = Ref::steal(id);
  leave();
  PyObject* method = nullptr;
  if (options_.unpickler != nullptr && cpython::optional_attribute(options_.unpickler, rt.persistent_load, &method) < 0)
    return false;
  const Ref load = Ref::steal(method);
  if (!load) {
    PyErr_SetString(rt.unpickling_error.get(),
                    "A load persistent id instruction was encountered, but no persistent_load function was specified.");
    return false;
  }
  if (!given) {
    enter();
    if (!input_.read_line(line_)) return false;
    leave();
    given = Ref::steal(PyUnicode_DecodeASCII(line_.data(), static_cast<Py_ssize_t>(line_.size() - 1), "strict"));
    if (!given) {
      if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        PyErr_SetString(rt.unpickling_error.get(), "persistent IDs in protocol 0 must be ASCII strings");
      return false;
    }
  }
  PyObject* const found = PyObject_CallOneArg(load.get(), given.get());
  given = Ref();
  enter();
  return push_checked(found);
}

bool LoadMachine::load_next_buffer() {
  const LoadRuntime& rt = load_runtime();
  if (options_.buffers == nullptr) {
    PyErr_SetString(rt.unpickling_error.get(),
                    "pickle stream refers to out-of-band data but no *buffers* argument was given");
    return false;
  }
  leave();
  PyObject* const buffer = PyIter_Next(options_.buffers);
  if (buffer == nullptr && !PyErr_Occurred())
    PyErr_SetString(rt.unpickling_error.get(), "not enough out-of-band buffers");
  enter();
  return push_checked(buffer);
}

bool LoadMachine::make_buffer_readonly() {
  if (!has(1)) return false;
  leave();
  PyObject* const view = PyMemoryView_FromObject(top_[-1]);
  if (view != nullptr) {
    if (PyMemoryView_GET_BUFFER(view)->readonly) {
      Py_DECREF(view);
    } else {
      PyMemoryView_GET_BUFFER(view)->readonly = 1;
      PyObject* const before = top_[-1];
      top_[-1] = view;
      Py_DECREF(before);
    }
  }
  enter();
  return view != nullptr;
}

}  // namespace dill::engine
