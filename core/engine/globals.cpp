#include "engine/globals.h"

#include <cstring>
#include <string_view>

#include "engine/runtime.h"

namespace dill::engine {
namespace {

constexpr int kDeepest = 500;  // functions that lead to each other; upstream ends with RecursionError long before
constexpr std::string_view kMark = "_GLOBAL";

// Opcodes by number, of the running Python.
struct Opcodes {
  bool is_global[256] = {};  // its name has _GLOBAL in it
  bool is_name[256] = {};    // LOAD_NAME, which class bodies use
  int extended_arg = -1;
  int load_global = -1;

  static const Opcodes* get() {
    static const Opcodes* const known = make();
    return known;
  }

 private:
  static const Opcodes* make() {
    const Ref module = Ref::steal(PyImport_ImportModule("opcode"));
    const Ref map = module ? Ref::steal(PyObject_GetAttrString(module.get(), "opmap")) : Ref();
    if (!map || !PyDict_Check(map.get())) return nullptr;
    auto* const opcodes = new Opcodes;
    PyObject *key, *value;
    for (Py_ssize_t position = 0; PyDict_Next(map.get(), &position, &key, &value);) {
      const char* const name = PyUnicode_AsUTF8(key);
      const long number = PyLong_AsLong(value);
      if (name == nullptr || number < 0 || number > 255) {
        PyErr_Clear();
        continue;
      }
      const std::string_view view(name);
      if (view.find(kMark) != std::string_view::npos) opcodes->is_global[number] = true;
      if (view == "LOAD_NAME") opcodes->is_name[number] = true;
      if (view == "EXTENDED_ARG") opcodes->extended_arg = static_cast<int>(number);
      if (view == "LOAD_GLOBAL") opcodes->load_global = static_cast<int>(number);
    }
    return opcodes;
  }
};

bool has_mark(std::string_view text) { return text.find(kMark) != std::string_view::npos; }

// True if a listing of the code may show the mark elsewhere than in the name of an opcode.
bool shows_mark(PyObject* constant) {
  if (PyUnicode_Check(constant)) {
    if (!PyUnicode_IS_ASCII(constant)) {
      Py_ssize_t size;
      const char* const text = PyUnicode_AsUTF8AndSize(constant, &size);
      if (text == nullptr) PyErr_Clear();
      return text == nullptr || has_mark({text, static_cast<std::size_t>(size)});
    }
    return has_mark(
        {static_cast<const char*>(PyUnicode_DATA(constant)), static_cast<std::size_t>(PyUnicode_GET_LENGTH(constant))});
  }
  if (PyBytes_Check(constant))
    return has_mark({PyBytes_AS_STRING(constant), static_cast<std::size_t>(PyBytes_GET_SIZE(constant))});
  if (PyTuple_Check(constant)) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constant); ++i)
      if (shows_mark(PyTuple_GET_ITEM(constant, i))) return true;
    return false;
  }
  if (PyFrozenSet_Check(constant)) {
    const Ref items = Ref::steal(PySequence_Tuple(constant));
    if (!items) PyErr_Clear();
    return !items || shows_mark(items.get());
  }
  if (PyCode_Check(constant)) {
    const auto* const code = reinterpret_cast<PyCodeObject*>(constant);
    return shows_mark(code->co_name) || shows_mark(code->co_filename);
  }
  return false;
}

template <typename Use>
bool each_global(PyCodeObject* code, bool names_of_classes, Use use) {
  const Opcodes* const opcodes = Opcodes::get();
  if (opcodes == nullptr) return false;
  const Ref bytes = Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(code), "co_code"));
  if (!bytes || !PyBytes_Check(bytes.get())) return false;
  const auto* const instructions = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(bytes.get()));
  const Py_ssize_t size = PyBytes_GET_SIZE(bytes.get());
  Py_ssize_t argument = 0;
  for (Py_ssize_t i = 0; i + 1 < size; i += 2) {
    const int opcode = instructions[i];
    argument = argument << 8 | instructions[i + 1];
    if (opcode == opcodes->extended_arg) continue;
    if (opcodes->is_global[opcode] || (names_of_classes && opcodes->is_name[opcode])) {
      Py_ssize_t index = argument;
#if PY_VERSION_HEX >= 0x030B0000
      if (opcode == opcodes->load_global) index >>= 1;  // the lowest bit says whether to push a NULL
#endif
      if (index < PyTuple_GET_SIZE(code->co_names) && !use(PyTuple_GET_ITEM(code->co_names, index))) return false;
    }
    argument = 0;
  }
  return true;
}

// In the order of a listing: a code object, then those among its constants, each with what is below it.
bool collect(PyCodeObject* code, PyObject* names, bool names_of_classes, bool& odd) {
  if (!names_of_classes) {
    odd = odd || shows_mark(code->co_names) || shows_mark(code->co_consts);
    for (const char* attribute : {"co_varnames", "co_freevars", "co_cellvars"}) {
      const Ref variables = Ref::steal(PyObject_GetAttrString(reinterpret_cast<PyObject*>(code), attribute));
      if (!variables) return false;
      odd = odd || shows_mark(variables.get());
    }
    if (odd) return true;
  }
  if (!each_global(code, names_of_classes, [&](PyObject* name) { return PySet_Add(names, name) == 0; })) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); ++i) {
    PyObject* const constant = PyTuple_GET_ITEM(code->co_consts, i);
    if (!PyCode_Check(constant)) continue;
    if (Py_EnterRecursiveCall(" while looking for globals") != 0) return false;
    const bool done = collect(reinterpret_cast<PyCodeObject*>(constant), names, names_of_classes, odd);
    Py_LeaveRecursiveCall();
    if (!done) return false;
    if (odd) return true;
  }
  return true;
}

Ref update(PyObject* set, PyObject* with) {
  return Ref::steal(PyObject_CallMethodObjArgs(set, runtime().names.update, with, nullptr));
}

PyObject* unwrapped(PyObject* object) { return PyMethod_Check(object) ? PyMethod_GET_FUNCTION(object) : object; }

// A string of its own, as upstream cuts it from a text: the pickle shows which strings are the same.
Ref own_string(PyObject* text) {
  return Ref::steal(PyUnicode_FromKindAndData(static_cast<int>(PyUnicode_KIND(text)), PyUnicode_DATA(text),
                                              PyUnicode_GET_LENGTH(text)));
}

}  // namespace

Ref nested_globals(PyObject* code) {
  const Ref names = Ref::steal(PySet_New(nullptr));
  bool odd = false;
  if (!names || !collect(reinterpret_cast<PyCodeObject*>(code), names.get(), false, odd)) return {};
  if (!odd) return Ref::steal(PySequence_List(names.get()));
  // Upstream searches the text of dis, and there the mark shows in more places: do as it does.
  const Ref detect = Ref::steal(PyImport_ImportModule("dill.detect"));
  const Ref read = detect ? Ref::steal(PyObject_GetAttrString(detect.get(), "_globals_in_listing")) : Ref();
  return read ? Ref::steal(PyObject_CallOneArg(read.get(), code)) : Ref();
}

Ref possible_globals(PyObject* code) {
  const Ref names = Ref::steal(PySet_New(nullptr));
  bool odd = false;
  if (!names || !collect(reinterpret_cast<PyCodeObject*>(code), names.get(), true, odd)) return {};
  return Ref::steal(PySequence_List(names.get()));
}

Ref GlobalsFinder::names_in(PyObject* code) {
  const auto known = codes_.find(code);
  if (known != codes_.end()) return known->second.second;
  Ref names = nested_globals(code);
  if (names) codes_.emplace(code, std::pair(Ref::borrow(code), names));
  return names;
}

GlobalsFinder::Answer GlobalsFinder::find(PyObject* function, Ref& found) {
  Ref shared;
  const Answer answer = visit(function, 0, shared);
  if (answer != Answer::Found) return answer;
  found = Ref::steal(PyDict_New());
  if (!found) return Answer::Error;
  if (!shared) return Answer::Found;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(shared.get(), &position, &key, &value);) {
    const Ref own = own_string(key);
    if (!own || PyDict_SetItem(found.get(), own.get(), value) < 0) return Answer::Error;
  }
  return Answer::Found;
}

void GlobalsFinder::clear() {
  // Dropping what is kept may run code of others, which must find this empty.
  decltype(functions_) functions;
  decltype(shared_) shared;
  decltype(codes_) codes;
  functions.swap(functions_);
  shared.swap(shared_);
  codes.swap(codes_);
}

// `found` stays null for what has no globals.
GlobalsFinder::Answer GlobalsFinder::visit(PyObject* object, int depth, Ref& found) {
  PyObject* const function = unwrapped(object);
  if (!PyFunction_Check(function) && !PyCode_Check(function)) return Answer::Found;
  const auto [at, added] = functions_.try_emplace(function);
  if (!added) {
    if (at->second.endless || !at->second.found) {
      at->second.endless = true;
      return Answer::Endless;
    }
    found = at->second.found;
    return Answer::Found;
  }
  at->second.function = Ref::borrow(function);
  Answer answer = depth < kDeepest ? look(function, depth, found) : Answer::Endless;
  if (answer == Answer::Error) {
    functions_.erase(function);
    return answer;
  }
  Entry& entry = functions_[function];
  entry.endless = answer == Answer::Endless;
  entry.found = found;
  return answer;
}

GlobalsFinder::Answer GlobalsFinder::look(PyObject* function, int depth, Ref& found) {
  PyObject* const copy = runtime().names.copy;
  const Ref names = Ref::steal(PySet_New(nullptr));
  if (!names) return Answer::Error;
  std::vector<Ref> of_closure;
  PyObject* code = function;
  PyObject* globals = nullptr;
  if (PyFunction_Check(function)) {
    const auto* const fields = reinterpret_cast<PyFunctionObject*>(function);
    code = fields->func_code;
    globals = fields->func_globals;
    const Ref closure = Ref::borrow(fields->func_closure);
    for (Py_ssize_t i = 0; closure && i < PyTuple_GET_SIZE(closure.get()); ++i) {
      const Ref contents = Ref::borrow(PyCell_GET(PyTuple_GET_ITEM(closure.get(), i)));
      if (!contents) continue;
      Ref inner;
      const Answer answer = visit(contents.get(), depth + 1, inner);
      if (answer != Answer::Found) return answer;
      if (!inner) continue;
      if (!update(names.get(), inner.get())) return Answer::Error;
      of_closure.push_back(std::move(inner));
    }
  }
  const auto value_of = [&](PyObject* name) -> Ref {
    Ref value = Ref::borrow(globals != nullptr ? PyDict_GetItemWithError(globals, name) : nullptr);
    for (std::size_t i = of_closure.size(); !value && i-- > 0 && !PyErr_Occurred();)
      value = Ref::borrow(PyDict_GetItemWithError(of_closure[i].get(), name));
    if (!value && !PyErr_Occurred()) value = Ref::borrow(PyDict_GetItemWithError(runtime().builtins.get(), name));
    return value;
  };
  const Ref own_names = names_in(code);
  if (!own_names || !update(names.get(), own_names.get())) return Answer::Error;
  const Ref first = Ref::steal(PyObject_CallMethodNoArgs(names.get(), copy));
  const Ref iterator = first ? Ref::steal(PyObject_GetIter(first.get())) : Ref();
  if (!iterator) return Answer::Error;
  while (const Ref name = Ref::steal(PyIter_Next(iterator.get()))) {
    const Ref value = value_of(name.get());
    if (!value) {
      if (PyErr_Occurred()) return Answer::Error;
      continue;
    }
    if (value.get() == function) continue;  // recursion under its own name is all that upstream knows of
    Ref inner;
    const Answer answer = visit(value.get(), depth + 1, inner);
    if (answer != Answer::Found) return answer;
    if (inner && !update(names.get(), inner.get())) return Answer::Error;
  }
  found = Ref::steal(PyDict_New());
  const Ref all = found ? Ref::steal(PyObject_GetIter(names.get())) : Ref();
  if (!all) return Answer::Error;
  while (const Ref name = Ref::steal(PyIter_Next(all.get()))) {
    const Ref value = value_of(name.get());
    if (!value && PyErr_Occurred()) return Answer::Error;
    if (value && PyDict_SetItem(found.get(), name.get(), value.get()) < 0) return Answer::Error;
  }
  return PyErr_Occurred() != nullptr ? Answer::Error : Answer::Found;
}

bool GlobalsFinder::share(PyObject* module, PyObject* code, PyObject* globals, bool recurse, Ref& shared, Ref& items) {
  const Names& names = runtime().names;
  const auto [at, added] = shared_.try_emplace(globals);
  Shared& known = at->second;
  if (added) {
    known.globals = Ref::borrow(globals);
    known.copy = Ref::steal(PyDict_New());
    known.names_done = Ref::steal(PySet_New(nullptr));
    if (!known.copy || !known.names_done || PyDict_SetItem(known.copy.get(), names.name, module) < 0) {
      shared_.erase(at);
      return false;
    }
  }
  shared = known.copy;
  items = Ref::steal(PyDict_New());
  if (!items || known.complete) return static_cast<bool>(items);
  if (!recurse) {
    known.complete = true;
    items = Ref::borrow(globals);
    return true;
  }
  const Ref wanted = possible_globals(code);
  if (!wanted) return false;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(wanted.get()); ++i) {
    PyObject* const name = PyList_GET_ITEM(wanted.get(), i);
    const int done = PySet_Contains(known.names_done.get(), name);
    if (done < 0 || (done == 0 && PySet_Add(known.names_done.get(), name) < 0)) return false;
    if (done != 0) continue;
    const Ref value = Ref::borrow(PyDict_GetItemWithError(globals, name));
    if (!value && PyErr_Occurred()) return false;
    if (value && PyDict_SetItem(items.get(), name, value.get()) < 0) return false;
  }
  return true;
}

}  // namespace dill::engine
