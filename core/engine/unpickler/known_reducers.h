// The functions that dill's own streams call most, without a Python frame: _create_code, _create_function and others of
// dill/_create.py. What is unusual about the arguments is left to the Python functions themselves.
#pragma once

#include "engine/ref.h"

namespace dill::engine {

// Tells which objects these functions are: `functions` maps their names to them. False with an exception.
bool bind_known_reducers(PyObject* functions);

// True if `callable` was one of them and took the arguments (an exact tuple): `made` is the result, or null with an
// exception. Otherwise nothing happened. May run Python code.
bool call_known_reducer(PyObject* callable, PyObject* arguments, PyObject** made);

// True if calling `type` with one exact str or bytes runs no Python code, whatever the text: datetimes, Decimal.
bool is_quiet_type(PyObject* type);

}  // namespace dill::engine
