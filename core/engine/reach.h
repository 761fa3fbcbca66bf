// Whether an object would be met again while a part of it is written.
#pragma once

#include "engine/reducer.h"

namespace dill::engine {

// True if writing `start` surely leads to `target`, a class or a function: through containers and plain instances, whose
// pickles hold all their attributes. Other objects may reduce to anything and are not looked into. Gives up after a
// few thousand objects. What is written already leads nowhere.
bool reaches(Context& context, PyObject* start, PyObject* target);

}  // namespace dill::engine
