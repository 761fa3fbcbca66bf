#include "engine/locate.h"

#include "engine/runtime.h"

namespace dill::engine {

Ref attribute_or_null(PyObject* object, PyObject* name, bool& failed) {
  PyObject* value = PyObject_GetAttr(object, name);
  failed = false;
  if (value == nullptr) {
    if (PyErr_ExceptionMatches(PyExc_AttributeError))
      PyErr_Clear();
    else
      failed = true;
  }
  return Ref::steal(value);
}

Ref find_module(Context& context, PyObject* name) {
  Runtime& rt = runtime();
  PyObject* module = PyDict_Check(rt.sys_modules.get()) ? PyDict_GetItemWithError(rt.sys_modules.get(), name) : nullptr;
  if (module != nullptr && module != Py_None) return Ref::borrow(module);
  if (PyErr_Occurred()) return {};
  Ref& missing = context.missing_modules;
  const int known = missing ? PySet_Contains(missing.get(), name) : 0;
  if (known != 0) return known < 0 ? Ref() : Ref::borrow(Py_None);
  const Ref import = rt.of_dill(Helper::_import_module);
  if (!import) return {};
  Ref found = Ref::steal(PyObject_CallFunctionObjArgs(import.get(), name, Py_True, nullptr));
  if (found.get() != Py_None) return found;
  // The search in the file system takes longer than all else that is done for a function.
  if (!missing) missing = Ref::steal(PySet_New(nullptr));
  return missing && PySet_Add(missing.get(), name) == 0 ? std::move(found) : Ref();
}

Ref qualified_name(PyObject* object) {
  const Names& names = runtime().names;
  for (PyObject* attribute : {names.qualname, names.name}) {
    bool failed;
    Ref value = attribute_or_null(object, attribute, failed);
    if (value || failed) return value;
  }
  return Ref::borrow(Py_None);
}

Ref walk(PyObject* object, PyObject* dotted_name) {
  Ref found = Ref::borrow(object);
  if (!PyUnicode_Check(dotted_name)) {
    PyErr_SetString(PyExc_AttributeError, "the qualified name is not a string");
    return {};
  }
  if (PyUnicode_FindChar(dotted_name, '.', 0, PyUnicode_GET_LENGTH(dotted_name), 1) < 0) {
    if (PyUnicode_CompareWithASCIIString(dotted_name, "<locals>") == 0) {
      PyErr_SetString(PyExc_AttributeError, "<locals>");
      return {};
    }
    return Ref::steal(PyObject_GetAttr(object, dotted_name));
  }
  const Ref dot = Ref::steal(PyUnicode_FromString("."));
  const Ref parts = Ref::steal(dot ? PyUnicode_Split(dotted_name, dot.get(), -1) : nullptr);
  if (!parts) return {};
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts.get()); ++i) {
    PyObject* part = PyList_GET_ITEM(parts.get(), i);
    if (PyUnicode_CompareWithASCIIString(part, "<locals>") == 0) {
      PyErr_SetString(PyExc_AttributeError, "<locals>");
      return {};
    }
    found = Ref::steal(PyObject_GetAttr(found.get(), part));
    if (!found) return {};
  }
  return found;
}

// For those who have put a function of their own in the place of one of ours.
static int located_by_python(Context& context, PyObject* object) {
  const Ref locate = runtime().of_dill(Helper::_locate_function);
  if (!locate) return -1;
  PyObject* pickler = context.pickler();
  if (pickler == nullptr && PyErr_Occurred()) return -1;
  if (pickler == nullptr) pickler = Py_None;
  const Ref answer = Ref::steal(PyObject_CallFunctionObjArgs(locate.get(), object, pickler, nullptr));
  return answer ? PyObject_IsTrue(answer.get()) : -1;
}

int located(Context& context, PyObject* object) {
  const Runtime& rt = runtime();
  const Names& names = rt.names;
  for (const Helper helper : {Helper::_locate_function, Helper::_import_module, Helper::_getattribute})
    if (rt.replaced(helper)) return located_by_python(context, object);
  bool failed = false;
  const Ref module_name = PyFunction_Check(object)
                              ? Ref::borrow(reinterpret_cast<PyFunctionObject*>(object)->func_module)
                              : attribute_or_null(object, names.module, failed);
  if (failed) return -1;
  if (!module_name || module_name.get() == Py_None || module_name.get() == names.main) return 0;
  if (PyUnicode_Check(module_name.get()) && PyUnicode_Compare(module_name.get(), names.main) == 0) return 0;
  if (!PyUnicode_Check(module_name.get()) || PyUnicode_GET_LENGTH(module_name.get()) == 0) return 0;
  if (context.is_dill_main && context.session && context.main) {
    const Ref main_name = attribute_or_null(context.main.get(), names.name, failed);
    if (failed) return -1;
    if (main_name) {
      const int same = PyObject_RichCompareBool(module_name.get(), main_name.get(), Py_EQ);
      if (same != 0) return same < 0 ? -1 : 0;
    }
  }
  const Ref module = find_module(context, module_name.get());
  if (!module) return -1;
  const Ref path = qualified_name(object);
  if (!path) return -1;
  if (module.get() == Py_None || path.get() == Py_None) return 0;
  const Ref found = walk(module.get(), path.get());
  if (!found) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
    PyErr_Clear();
    return 0;
  }
  return found.get() == object;
}

}  // namespace dill::engine
