#include "engine/unpickler/find_global.h"

#include "engine/cpython/attributes.h"
#include "engine/runtime.h"
#include "engine/unpickler/load_runtime.h"

namespace dill::engine {
namespace {

bool is(PyObject* text, PyObject* interned) { return text == interned || PyUnicode_Compare(text, interned) == 0; }

// The name of today for one of Python 2. False with an exception.
bool map_to_python3(Ref& module, Ref& name) {
  const LoadRuntime& rt = load_runtime();
  const Ref key = Ref::steal(PyTuple_Pack(2, module.get(), name.get()));
  if (!key) return false;
  if (PyObject* const pair = PyDict_GetItemWithError(rt.name_mapping.get(), key.get())) {
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 || !PyUnicode_Check(PyTuple_GET_ITEM(pair, 0)) ||
        !PyUnicode_Check(PyTuple_GET_ITEM(pair, 1))) {
      PyErr_Format(PyExc_RuntimeError, "_compat_pickle.NAME_MAPPING values should be pairs of str, not %R", pair);
      return false;
    }
    module = Ref::borrow(PyTuple_GET_ITEM(pair, 0));
    name = Ref::borrow(PyTuple_GET_ITEM(pair, 1));
    return true;
  }
  if (PyErr_Occurred()) return false;
  if (PyObject* const renamed = PyDict_GetItemWithError(rt.import_mapping.get(), module.get())) {
    if (!PyUnicode_Check(renamed)) {
      PyErr_Format(PyExc_RuntimeError, "_compat_pickle.IMPORT_MAPPING values should be strings, not %.200s",
                   Py_TYPE(renamed)->tp_name);
      return false;
    }
    module = Ref::borrow(renamed);
  }
  return !PyErr_Occurred();
}

// A module that is imported already, or null: without an exception if it has to be imported, or is being imported.
Ref imported_module(PyObject* name) {
  const LoadRuntime& rt = load_runtime();
  // PyImport_GetModule() would look at the spec too, and wait if need be: so does importing.
  PyObject* const modules = PyImport_GetModuleDict();
  Ref module = modules != nullptr && PyDict_CheckExact(modules) ? Ref::borrow(PyDict_GetItemWithError(modules, name))
                                                                : Ref::steal(PyImport_GetModule(name));
  if (!module || !PyModule_Check(module.get())) return {};
  Ref spec;
  if (PyModule_CheckExact(module.get()))
    spec = Ref::borrow(PyDict_GetItemWithError(PyModule_GetDict(module.get()), rt.spec));
  if (!spec) {
    PyObject* found;
    if (PyErr_Occurred() || cpython::optional_attribute(module.get(), rt.spec, &found) < 0) return {};
    spec = Ref::steal(found);
  }
  if (!spec || spec.get() == Py_None) return module;
  PyObject* initializing;
  if (cpython::optional_attribute(spec.get(), rt.initializing, &initializing) < 0) return {};
  const Ref flag = Ref::steal(initializing);
  if (!flag || flag.get() == Py_False) return module;
  return {};
}

bool has_dot(PyObject* name) { return PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1) >= 0; }

PyObject* attribute(PyObject* module, PyObject* name, bool dotted) {
  Ref found = Ref::borrow(module);
  if (dotted && has_dot(name)) {
    const Ref dot = Ref::steal(PyUnicode_FromString("."));
    const Ref parts = dot ? Ref::steal(PyUnicode_Split(name, dot.get(), -1)) : Ref();
    if (!parts) return nullptr;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts.get()); ++i) {
      if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(parts.get(), i), "<locals>") != 0) continue;
      PyErr_Format(PyExc_AttributeError, "Can't get local attribute %R on %R", name, module);
      return nullptr;
    }
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(parts.get()); ++i) {
      PyObject* next;
      if (cpython::optional_attribute(found.get(), PyList_GET_ITEM(parts.get(), i), &next) < 0) return nullptr;
      found = Ref::steal(next);
    }
  } else {
    PyObject* next;
    if (cpython::optional_attribute(module, name, &next) < 0) return nullptr;
    found = Ref::steal(next);
  }
  if (!found) PyErr_Format(PyExc_AttributeError, "Can't get attribute %R on %R", name, module);
  return found.release();
}

}  // namespace

PyObject* find_global(PyObject* module, PyObject* name, bool map_names, bool dotted) {
  if (PySys_Audit("pickle.find_class", "OO", module, name) < 0) return nullptr;
  Ref module_name = Ref::borrow(module);
  Ref global_name = Ref::borrow(name);
  if (map_names && !map_to_python3(module_name, global_name)) return nullptr;
  Ref owner = imported_module(module_name.get());
  if (!owner) {
    if (PyErr_Occurred()) return nullptr;
    owner = Ref::steal(PyImport_Import(module_name.get()));
    if (!owner) return nullptr;
  }
  return attribute(owner.get(), global_name.get(), dotted);
}

PyObject* find_main_globals() {
  const LoadRuntime& rt = load_runtime();
  const Ref found = Ref::steal(PyObject_GetAttr(runtime().dill.get(), rt.main_module));
  return found ? PyObject_GetAttr(found.get(), rt.dict) : nullptr;
}

PyObject* find_dill_global(PyObject* module, PyObject* name, bool map_names, bool dotted, PyObject* main) {
  const LoadRuntime& rt = load_runtime();
  if (is(module, rt.builtin)) {
    if (is(name, rt.main)) return main != nullptr ? PyObject_GetAttr(main, rt.dict) : find_main_globals();
    if (is(name, rt.none_type)) {
      auto* const none_type = reinterpret_cast<PyObject*>(Py_TYPE(Py_None));
      Py_INCREF(none_type);
      return none_type;
    }
  }
  return find_global(is(module, rt.dill_dill) ? rt.dill_dill_now : module, name, map_names, dotted);
}

bool find_extension(PyObject* code, PyObject** pair) {
  *pair = PyDict_GetItemWithError(load_runtime().inverted_registry.get(), code);
  if (*pair == nullptr) {
    if (!PyErr_Occurred()) PyErr_Format(PyExc_ValueError, "unregistered extension code %S", code);
    return false;
  }
  if (PyTuple_Check(*pair) && PyTuple_GET_SIZE(*pair) == 2 && PyUnicode_Check(PyTuple_GET_ITEM(*pair, 0)) &&
      PyUnicode_Check(PyTuple_GET_ITEM(*pair, 1)))
    return true;
  PyErr_Format(PyExc_ValueError, "_inverted_registry[%S] isn't a 2-tuple of strings", code);
  return false;
}

}  // namespace dill::engine
