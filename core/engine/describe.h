// What a recording says of an object: its type and a short description, from exact builtin types alone. No user code
// runs: no __repr__, no property, no metaclass attribute look-up.
#pragma once

#include <string>

#include "engine/ref.h"
#include "trace/recorder.h"

namespace dill::engine {

// "module.QualName", without the module for builtins.
std::string type_name(PyTypeObject* type);

// Name of a callable for people: "dill._dill.save_function", "object.__reduce_ex__".
std::string callable_name(PyObject* callable);

// Description of anything but a scalar; DetailKind::None if there is nothing to say.
trace::Detail describe(PyObject* object, trace::Recorder& recorder);

// Description of a None, bool, int, float, str or bytes of exactly this type.
trace::Detail describe_scalar(PyObject* object, trace::Recorder& recorder);

// A dict key as a Python literal ("'db'", "3"); "" where it has none.
std::string literal(PyObject* key);

// str() of an exception without running user code: a __str__ of Python code is not called.
std::string exception_message(PyObject* exception);

// UTF-8 of a str, unpaired surrogates replaced by "?".
std::string utf8(PyObject* text);

}  // namespace dill::engine
