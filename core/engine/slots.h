// Where the objects of a class keep what __slots__ names.
#pragma once

#include <vector>

#include "engine/type_table.h"

namespace dill::engine {

// Adds the slot `name` of the type; false, and nothing is added, if it is not an ordinary slot of its own.
bool add_slot(PyTypeObject* type, PyObject* name, std::vector<Slot>& slots);

}  // namespace dill::engine
