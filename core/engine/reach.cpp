#include "engine/reach.h"

#include <unordered_set>
#include <vector>

#include "engine/runtime.h"

namespace dill::engine {
namespace {

constexpr std::size_t kMost = 4096;

struct Search {
  std::vector<PyObject*> waiting;
  std::unordered_set<PyObject*> seen;
};

int note(PyObject* object, void* search) {
  auto* const state = static_cast<Search*>(search);
  if (object != nullptr && state->seen.size() < kMost && state->seen.insert(object).second)
    state->waiting.push_back(object);
  return 0;
}

// object.__reduce_ex__ with nothing of the class's own: the pickle holds the class and all attributes.
bool reduces_plainly(PyTypeObject* type) {
  const Names& names = runtime().names;
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || PyType_IsSubtype(type, &PyType_Type)) return false;
  for (PyObject* name : {names.reduce_ex, names.reduce, names.getstate, names.class_})
    if (_PyType_Lookup(type, name) != _PyType_Lookup(&PyBaseObject_Type, name)) return false;
  return true;
}

bool is_container(const Context& context, PyObject* object) {
  if (PyDict_CheckExact(object)) {
    // The __dict__ of a module is written by its name.
    PyObject* const main =
        context.main && PyModule_Check(context.main.get()) ? PyModule_GetDict(context.main.get()) : nullptr;
    PyObject* const named = PyDict_GetItemWithError(object, runtime().names.name);
    if (named == nullptr) PyErr_Clear();
    return object != main && named == nullptr;
  }
  return PyList_CheckExact(object) || PyTuple_CheckExact(object) || PySet_Check(object) || PyFrozenSet_Check(object);
}

}  // namespace

bool reaches(Context& context, PyObject* start, PyObject* target) {
  const bool of_class = PyType_Check(target);
  Search search;
  note(start, &search);
  while (!search.waiting.empty()) {
    PyObject* const object = search.waiting.back();
    search.waiting.pop_back();
    if (object == target) return true;
    if (context.written(object)) continue;
    if (PyType_Check(object)) {
      if (of_class &&
          PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(object), reinterpret_cast<PyTypeObject*>(target)))
        return true;
      continue;
    }
    PyTypeObject* const type = Py_TYPE(object);
    if (type->tp_traverse == nullptr || !PyObject_IS_GC(object)) continue;
    if (!is_container(context, object)) {
      if (!reduces_plainly(type)) continue;
      if (of_class && PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(target))) return true;
    }
    type->tp_traverse(object, &note, &search);
  }
  return false;
}

}  // namespace dill::engine
