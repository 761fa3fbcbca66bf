#include "engine/definition.h"

#include <string_view>

#include "engine/runtime.h"

namespace dill::engine {
namespace {

Definition of_code(PyObject* object) {
  if (object == nullptr || !PyCode_Check(object)) return {};
  const auto* const code = reinterpret_cast<PyCodeObject*>(object);
  if (!PyUnicode_CheckExact(code->co_filename) || code->co_firstlineno <= 0) return {};
  return {code->co_filename, static_cast<std::uint32_t>(code->co_firstlineno)};
}

PyObject* code_of_generator(PyObject* generator) {
#if PY_VERSION_HEX >= 0x030C0000
  const Ref code = Ref::steal(reinterpret_cast<PyObject*>(PyGen_GetCode(reinterpret_cast<PyGenObject*>(generator))));
  return code.get();  // the generator holds it
#else
  return reinterpret_cast<PyObject*>(reinterpret_cast<PyGenObject*>(generator)->gi_code);
#endif
}

std::string_view text_of(PyObject* text) {
  if (text == nullptr || !PyUnicode_CheckExact(text)) return {};
  Py_ssize_t size;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(text, &size)) return {bytes, static_cast<std::size_t>(size)};
  PyErr_Clear();
  return {};
}

// True if the body of `entry` was written in the class: a wrapper that a decorator put there carries the class's name,
// but its code does not; and what dataclasses and the like generate belongs to no file.
bool written_in(std::string_view class_name, PyObject* entry) {
  const auto* const function = reinterpret_cast<PyFunctionObject*>(entry);
  if (!PyCode_Check(function->func_code)) return false;
  const auto* const code = reinterpret_cast<PyCodeObject*>(function->func_code);
  const std::string_view file = text_of(code->co_filename);
#if PY_VERSION_HEX >= 0x030B0000
  const std::string_view name = text_of(code->co_qualname);
#else
  const std::string_view name = text_of(function->func_qualname);
  if (!name.ends_with(text_of(code->co_name))) return false;
#endif
  return !file.empty() && !file.starts_with('<') && name.size() > class_name.size() + 1 &&
         name.starts_with(class_name) && name[class_name.size()] == '.';
}

#if PY_VERSION_HEX >= 0x030D0000
// __file__ of the module that the class says it is from.
PyObject* file_of_module(PyObject* class_dict) {
  PyObject* const name = PyDict_GetItem(class_dict, runtime().names.module);
  PyObject* const modules = runtime().sys_modules.get();
  if (name == nullptr || !PyUnicode_CheckExact(name) || !PyDict_CheckExact(modules)) return nullptr;
  PyObject* const module = PyDict_GetItem(modules, name);
  if (module == nullptr || !PyModule_CheckExact(module)) return nullptr;
  PyObject* const file = PyDict_GetItem(PyModule_GetDict(module), runtime().names.file);
  return file != nullptr && PyUnicode_CheckExact(file) ? file : nullptr;
}
#endif

Definition of_class(PyTypeObject* type) {
  PyObject* const dict = type->tp_dict;
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0 || dict == nullptr || !PyDict_CheckExact(dict)) return {};
  const std::string_view class_name = text_of(reinterpret_cast<PyHeapTypeObject*>(type)->ht_qualname);
  if (class_name.empty()) return {};
  Definition first;
  Py_ssize_t position = 0;
  PyObject *key, *entry;
  while (PyDict_Next(dict, &position, &key, &entry)) {
    if (Py_TYPE(entry) != &PyFunction_Type || !written_in(class_name, entry)) continue;
    const Definition method = of_code(reinterpret_cast<PyFunctionObject*>(entry)->func_code);
    if (method.file != nullptr && (first.file == nullptr || method.line < first.line)) first = method;
  }
  first.in_class = first.file != nullptr;
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* const number = PyDict_GetItem(dict, runtime().names.firstlineno);
  if (number == nullptr || !PyLong_CheckExact(number)) return first;
  int overflow;
  const long line = PyLong_AsLongAndOverflow(number, &overflow);
  PyObject* const file = first.file != nullptr ? first.file : file_of_module(dict);
  if (overflow != 0 || line <= 0 || line > 0x7FFF'FFFF || file == nullptr) return first;
  return {file, static_cast<std::uint32_t>(line)};
#else
  return first;
#endif
}

}  // namespace

Definition definition_of(PyObject* object) {
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyFunction_Type) return of_code(reinterpret_cast<PyFunctionObject*>(object)->func_code);
  if (type == &PyCode_Type) return of_code(object);
  if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type)
    return of_code(code_of_generator(object));
  if (PyType_Check(object)) return of_class(reinterpret_cast<PyTypeObject*>(object));
  return {};
}

}  // namespace dill::engine
