// Where a function, code object, generator or class was defined, as the objects themselves say. No user code runs, and
// no file is read.
#pragma once

#include <cstdint>

#include "engine/ref.h"

namespace dill::engine {

struct Definition {
  PyObject* file = nullptr;  // borrowed from the object, an exact str; null if the place is not known
  std::uint32_t line = 0;    // from 1, decorators included
  bool in_class = false;     // the line is that of the first method: Python keeps a class's own line from 3.13 on
};

// Functions, code objects, generators, coroutines and classes made by a class statement have one; nothing else has.
Definition definition_of(PyObject* object);

}  // namespace dill::engine
