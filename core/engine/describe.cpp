#include "engine/describe.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "engine/runtime.h"

namespace dill::engine {
namespace {

using graph::DetailKind;
using trace::Detail;

constexpr Py_ssize_t kLongestKey = 60;

// An entry of the type's own dict, found without descriptors or metaclasses.
PyObject* own_entry(PyTypeObject* type, PyObject* name) {
  return type->tp_dict != nullptr && PyDict_Check(type->tp_dict) ? PyDict_GetItem(type->tp_dict, name) : nullptr;
}

std::string place_of(PyCodeObject* code) {
  std::string file = utf8(code->co_filename);
  const std::size_t slash = file.rfind('/');
  if (slash != std::string::npos) file.erase(0, slash + 1);
  return file + ":" + std::to_string(code->co_firstlineno);
}

std::string quoted(PyObject* text) {
  const Ref repr = Ref::steal(PyObject_Repr(text));
  if (!repr) {
    PyErr_Clear();
    return {};
  }
  return utf8(repr.get());
}

Detail text(trace::Recorder& recorder, const std::string& of) {
  return {DetailKind::Text, recorder.strings().intern(of)};
}

// True if str() and repr() of the object run no Python code: builtin scalars and tuples of them.
bool has_plain_text(PyObject* object) {
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyTuple_Type) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i)
      if (!has_plain_text(PyTuple_GET_ITEM(object, i))) return false;
    return true;
  }
  return object == Py_None || type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type ||
         type == &PyBool_Type || type == &PyBytes_Type;
}

Detail length(Py_ssize_t of) { return {DetailKind::Length, static_cast<std::uint64_t>(of)}; }

}  // namespace

std::string utf8(PyObject* of) {
  if (of == nullptr || !PyUnicode_Check(of)) return {};
  Py_ssize_t size;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(of, &size)) return {bytes, static_cast<std::size_t>(size)};
  PyErr_Clear();
  const Ref encoded = Ref::steal(PyUnicode_AsEncodedString(of, "utf-8", "replace"));
  if (!encoded) {
    PyErr_Clear();
    return "?";
  }
  return {PyBytes_AS_STRING(encoded.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(encoded.get()))};
}

std::string type_name(PyTypeObject* type) {
  if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) == 0) return type->tp_name;
  const std::string name = utf8(reinterpret_cast<PyHeapTypeObject*>(type)->ht_qualname);
  const std::string module = utf8(own_entry(type, runtime().names.module));
  return module.empty() || module == "builtins" ? name : module + "." + name;
}

std::string callable_name(PyObject* callable) {
  if (callable == nullptr) return {};
  if (PyFunction_Check(callable)) {
    const auto* const function = reinterpret_cast<PyFunctionObject*>(callable);
    const std::string module = utf8(function->func_module);
    const std::string name = utf8(function->func_qualname);
    return module.empty() ? name : module + "." + name;
  }
  if (PyMethod_Check(callable)) return callable_name(PyMethod_GET_FUNCTION(callable));
  if (PyType_Check(callable)) return type_name(reinterpret_cast<PyTypeObject*>(callable));
  if (PyCFunction_Check(callable)) {
    PyObject* const self = PyCFunction_GET_SELF(callable);
    const std::string name = reinterpret_cast<PyCFunctionObject*>(callable)->m_ml->ml_name;
    // A method of object that was taken from an instance: say where it is defined, not whose it is.
    if (self != nullptr && !PyModule_Check(self))
      return name.starts_with("__reduce") ? std::string("object.").append(name) : name;
    const std::string module = utf8(reinterpret_cast<PyCFunctionObject*>(callable)->m_module);
    return module.empty() ? name : module + "." + name;
  }
  return type_name(Py_TYPE(callable));
}

Detail describe(PyObject* object, trace::Recorder& recorder) {
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyList_Type) return length(PyList_GET_SIZE(object));
  if (type == &PyTuple_Type) return length(PyTuple_GET_SIZE(object));
  if (type == &PyDict_Type) return length(PyDict_GET_SIZE(object));
  if (type == &PySet_Type || type == &PyFrozenSet_Type) return length(PySet_GET_SIZE(object));
  if (type == &PyByteArray_Type) return length(PyByteArray_GET_SIZE(object));
  if (type == &PyFunction_Type) {
    const auto* const function = reinterpret_cast<PyFunctionObject*>(object);
    return text(recorder, utf8(function->func_qualname) + " at " +
                              place_of(reinterpret_cast<PyCodeObject*>(function->func_code)));
  }
  if (type == &PyCode_Type) {
    auto* const code = reinterpret_cast<PyCodeObject*>(object);
    return text(recorder, utf8(code->co_name) + " at " + place_of(code));
  }
  if (PyType_Check(object)) return text(recorder, type_name(reinterpret_cast<PyTypeObject*>(object)));
  if (type == &PyModule_Type) {
    PyObject* const dict = PyModule_GetDict(object);
    return text(recorder, utf8(PyDict_GetItem(dict, runtime().names.name)));
  }
  if (type == &PyMethod_Type) return text(recorder, callable_name(PyMethod_GET_FUNCTION(object)));
  if (type == &PyCFunction_Type) return text(recorder, callable_name(object));
  return {};
}

Detail describe_scalar(PyObject* object, trace::Recorder& recorder) {
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyUnicode_Type) {
    if (PyUnicode_IS_COMPACT_ASCII(object))
      return recorder.text_detail(
          DetailKind::Str,
          {static_cast<const char*>(PyUnicode_DATA(object)), static_cast<std::size_t>(PyUnicode_GET_LENGTH(object))},
          static_cast<std::uint64_t>(PyUnicode_GET_LENGTH(object)));
    // Only the beginning is shown, so only the beginning is encoded.
    const Py_ssize_t characters = PyUnicode_GET_LENGTH(object);
    const Ref beginning = Ref::steal(
        PyUnicode_Substring(object, 0, std::min<Py_ssize_t>(characters, static_cast<Py_ssize_t>(graph::kDetailBytes))));
    if (!beginning) {
      PyErr_Clear();
      return {};
    }
    return recorder.text_detail(DetailKind::Str, utf8(beginning.get()), static_cast<std::uint64_t>(characters));
  }
  if (type == &PyBytes_Type)
    return recorder.text_detail(DetailKind::Bytes,
                                {PyBytes_AS_STRING(object), static_cast<std::size_t>(PyBytes_GET_SIZE(object))},
                                static_cast<std::uint64_t>(PyBytes_GET_SIZE(object)));
  if (type == &PyBool_Type) return {DetailKind::Bool, object == Py_True ? 1u : 0u};
  if (type == &PyFloat_Type) return {DetailKind::Float, std::bit_cast<std::uint64_t>(PyFloat_AS_DOUBLE(object))};
  if (type == &PyLong_Type) {
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) return {DetailKind::Int, static_cast<std::uint64_t>(value)};
    return text(recorder, "about 2**" + std::to_string(_PyLong_NumBits(object)));
  }
  return {};
}

std::string literal(PyObject* key) {
  if (PyUnicode_CheckExact(key)) return PyUnicode_GET_LENGTH(key) <= kLongestKey ? quoted(key) : std::string();
  if (PyLong_CheckExact(key) && _PyLong_NumBits(key) > 256) return {};
  if (PyBytes_CheckExact(key) && PyBytes_GET_SIZE(key) > kLongestKey) return {};
  if (PyFloat_CheckExact(key) && !std::isfinite(PyFloat_AS_DOUBLE(key))) return {};
  if (PyLong_CheckExact(key) || PyBool_Check(key) || key == Py_None || PyBytes_CheckExact(key) ||
      PyFloat_CheckExact(key))
    return quoted(key);
  if (!PyTuple_CheckExact(key) || PyTuple_GET_SIZE(key) > 4) return {};
  std::string all = "(";
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i) {
    PyObject* const item = PyTuple_GET_ITEM(key, i);
    const std::string part = PyTuple_CheckExact(item) ? std::string() : literal(item);
    if (part.empty()) return {};
    if (i != 0) all += ", ";
    all += part;
  }
  return all + (PyTuple_GET_SIZE(key) == 1 ? ",)" : ")");
}

std::string exception_message(PyObject* exception) {
  PyTypeObject* const type = Py_TYPE(exception);
  PyObject* const method = _PyType_Lookup(type, runtime().names.str);
  PyObject* const arguments = reinterpret_cast<PyBaseExceptionObject*>(exception)->args;
  const Py_ssize_t count = arguments != nullptr ? PyTuple_GET_SIZE(arguments) : 0;
  if (method != nullptr && Py_TYPE(method) != &PyWrapperDescr_Type) {
    if (count > 0 && PyUnicode_Check(PyTuple_GET_ITEM(arguments, 0))) return utf8(PyTuple_GET_ITEM(arguments, 0));
    return "(its text is made by a __str__ of its own, which was not called)";
  }
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const argument = PyTuple_GET_ITEM(arguments, i);
    if (has_plain_text(argument)) continue;
    if (PyUnicode_Check(PyTuple_GET_ITEM(arguments, 0))) return utf8(PyTuple_GET_ITEM(arguments, 0));
    return "(its text is that of a " + type_name(Py_TYPE(argument)) + ", which was not asked for it)";
  }
  const Ref message = Ref::steal(PyObject_Str(exception));
  if (!message) {
    PyErr_Clear();
    return {};
  }
  return utf8(message.get());
}

}  // namespace dill::engine
