#include "engine/unpickler/known_reducers.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "engine/code_version.h"
#include "engine/cpython/set_default.h"
#include "engine/runtime.h"

namespace dill::engine {
namespace {

constexpr std::size_t kQuietTypes = 4;

struct Known {
  Ref create_code, create_function, create_cell, create_type, load_type, setattr;
  Ref builtins, cell_empty, reverse_typemap, cell_contents;  // interned names
  std::array<Ref, kQuietTypes> quiet_types;
};

PerInterpreter<Known> all_known;

Known& known() { return all_known.get(); }

PyObject* of_dill(PyObject* name) { return PyDict_GetItemWithError(PyModule_GetDict(runtime().dill.get()), name); }

bool are_bytes(PyObject* arguments, Py_ssize_t first, std::span<const Py_ssize_t> fields) {
  return std::all_of(fields.begin(), fields.end(),
                     [&](Py_ssize_t i) { return PyBytes_CheckExact(PyTuple_GET_ITEM(arguments, first + i)); });
}

// The fields of this Python's constructor, perhaps after a line table that only other Pythons need.
bool call_create_code(PyObject* arguments, PyObject** made) {
#if PY_VERSION_HEX >= 0x030B0000
  constexpr Py_ssize_t kFields = 18;
  constexpr std::array<Py_ssize_t, 3> kBytes{6, 14, 15};
#else
  constexpr Py_ssize_t kFields = 16;
  constexpr std::array<Py_ssize_t, 2> kBytes{6, 13};
#endif
  const Py_ssize_t first = PyTuple_GET_SIZE(arguments) - kFields;
  if (first != 0 && first != 1) return false;
  if (first == 1) {
    PyObject* const table = PyTuple_GET_ITEM(arguments, 0);
    if (!PyBytes_CheckExact(table)) return false;
#if PY_VERSION_HEX < 0x030A0000
    if (PyBytes_GET_SIZE(table) != 0) return false;
#endif
  }
  if (!PyLong_CheckExact(PyTuple_GET_ITEM(arguments, first)) || !are_bytes(arguments, first, kBytes)) return false;
  const auto field = [&](Py_ssize_t i) { return PyTuple_GET_ITEM(arguments, first + i); };
  CodeParts parts{field(6), field(7), field(8), field(9), field(kFields - 1), field(kFields - 2)};
  if (kFields == 16) parts.lines = field(13);
  if (!check_code(parts, field(11))) {
    *made = nullptr;
    return true;
  }
  const Ref fields = Ref::steal(PyTuple_GetSlice(arguments, first, first + kFields));
  *made = fields ? PyObject_Call(reinterpret_cast<PyObject*>(&PyCode_Type), fields.get(), nullptr) : nullptr;
  return true;
}

bool call_create_function(PyObject* arguments, PyObject** made) {
  const Py_ssize_t count = PyTuple_GET_SIZE(arguments);
  if (count < 2 || count > 5 || !PyDict_CheckExact(PyTuple_GET_ITEM(arguments, 1))) return false;
  PyObject* given[5] = {nullptr, nullptr, Py_None, Py_None, Py_None};
  for (Py_ssize_t i = 0; i < count; ++i) given[i] = PyTuple_GET_ITEM(arguments, i);
  const Ref globals = PyDict_GET_SIZE(given[1]) == 0 ? Ref::steal(PyDict_New()) : Ref::borrow(given[1]);
  *made = nullptr;
  if (!globals) return true;
  given[1] = globals.get();
  Ref function = Ref::steal(PyObject_Vectorcall(reinterpret_cast<PyObject*>(&PyFunction_Type), given, 5, nullptr));
  if (!function) return true;
  const Known& all = known();
  PyObject* const builtins =
      PyDict_GetItemWithError(PyFunction_GET_GLOBALS(all.create_function.get()), all.builtins.get());
  if (builtins == nullptr || cpython::set_default(globals.get(), all.builtins.get(), builtins) == nullptr) return true;
  *made = function.release();
  return true;
}

}  // namespace

bool bind_known_reducers(PyObject* functions) {
  Known& all = known();
  const std::pair<Ref*, const char*> wanted[] = {{&all.create_code, "_create_code"},
                                                 {&all.create_function, "_create_function"},
                                                 {&all.create_cell, "_create_cell"},
                                                 {&all.create_type, "_create_type"},
                                                 {&all.load_type, "_load_type"}};
  for (const auto& [function, name] : wanted) {
    PyObject* const found = PyMapping_GetItemString(functions, name);
    if (found == nullptr) return false;
    *function = Ref::steal(found);
  }
  all.setattr = Ref::borrow(PyDict_GetItemString(PyEval_GetBuiltins(), "setattr"));
  const std::pair<Ref*, const char*> names[] = {{&all.builtins, "__builtins__"},
                                                {&all.cell_empty, "_CELL_EMPTY"},
                                                {&all.reverse_typemap, "_reverse_typemap"},
                                                {&all.cell_contents, "cell_contents"}};
  for (const auto& [name, text] : names)
    if (!(*name = Ref::steal(PyUnicode_InternFromString(text)))) return false;
  return true;
}

bool call_known_reducer(PyObject* callable, PyObject* arguments, PyObject** made) {
  const Known& all = known();
  if (!PyFunction_Check(callable)) {
    // How the cells of closures get their contents: always by this builtin.
    if (callable != all.setattr.get() || PyTuple_GET_SIZE(arguments) != 3) return false;
    PyObject* const cell = PyTuple_GET_ITEM(arguments, 0);
    PyObject* const name = PyTuple_GET_ITEM(arguments, 1);
    if (!PyCell_Check(cell) || !PyUnicode_CheckExact(name) || PyUnicode_Compare(name, all.cell_contents.get()) != 0)
      return false;
    PyCell_Set(cell, PyTuple_GET_ITEM(arguments, 2));
    Py_INCREF(Py_None);
    *made = Py_None;
    return true;
  }
  if (callable == all.create_code.get()) return call_create_code(arguments, made);
  if (callable == all.create_function.get()) return call_create_function(arguments, made);
  const Py_ssize_t count = PyTuple_GET_SIZE(arguments);
  if (callable == all.create_cell.get() && count == 1) {
    PyObject* const contents = PyTuple_GET_ITEM(arguments, 0);
    PyObject* const empty = of_dill(all.cell_empty.get());
    if (empty == nullptr) return PyErr_Clear(), false;
    *made = PyCell_New(contents == empty ? nullptr : contents);
    return true;
  }
  if (callable == all.load_type.get() && count == 1) {
    PyObject* const types = of_dill(all.reverse_typemap.get());
    PyObject* const found =
        types != nullptr && PyDict_CheckExact(types) && PyUnicode_CheckExact(PyTuple_GET_ITEM(arguments, 0))
            ? PyDict_GetItemWithError(types, PyTuple_GET_ITEM(arguments, 0))
            : nullptr;
    if (found == nullptr) return PyErr_Clear(), false;
    Py_INCREF(found);
    *made = found;
    return true;
  }
  if (callable == all.create_type.get() && count >= 1) {
    PyObject* const metaclass = PyTuple_GET_ITEM(arguments, 0);
    if (PyType_Check(metaclass) &&
        std::strcmp(reinterpret_cast<PyTypeObject*>(metaclass)->tp_name, "_TypedDictMeta") == 0)
      return false;  // the function in Python knows how
    const Ref rest = Ref::steal(PyTuple_GetSlice(arguments, 1, count));
    *made = rest ? PyObject_Call(PyTuple_GET_ITEM(arguments, 0), rest.get(), nullptr) : nullptr;
    return true;
  }
  return false;
}

bool is_quiet_type(PyObject* type) {
  Known& all = known();
  if (!PyType_Check(type)) return false;
  for (const Ref& quiet : all.quiet_types)
    if (type == quiet.get()) return true;
  // The module of the type was imported to find it, so that looking at it here imports nothing.
  const char* const name = reinterpret_cast<PyTypeObject*>(type)->tp_name;
  static constexpr std::array<const char*, kQuietTypes> kNames = {"datetime.datetime", "datetime.date", "datetime.time",
                                                                  "decimal.Decimal"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    // Of C, immutable, so the name is no lie; Python 3.12's _decimal has heap types that cannot be changed either.
    const bool fixed = !PyType_HasFeature(reinterpret_cast<PyTypeObject*>(type), Py_TPFLAGS_HEAPTYPE)
#if PY_VERSION_HEX >= 0x030A0000
                       || PyType_HasFeature(reinterpret_cast<PyTypeObject*>(type), Py_TPFLAGS_IMMUTABLETYPE)
#endif
        ;
    if (!fixed || std::strcmp(name, kNames[i]) != 0) continue;
    all.quiet_types[i] = Ref::borrow(type);
    return true;
  }
  return false;
}

}  // namespace dill::engine
