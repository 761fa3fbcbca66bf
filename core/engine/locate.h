// By value or by reference: where the pickler looks an object up by its name.
#pragma once

#include "engine/reducer.h"

namespace dill::engine {

// The module that dill._dill._import_module(name, safe=True) finds: sys.modules first, so that nothing is imported
// that is there already, and each missing module is looked for once a dump. None if there is none; null with an
// exception set on other errors.
Ref find_module(Context& context, PyObject* name);

// dill._dill._locate_function: 1 if `object` is found under its __module__ and __qualname__, 0 if not (then it goes by
// value), -1 with an exception.
int located(Context& context, PyObject* object);

// obj.__qualname__, else obj.__name__, else None.
Ref qualified_name(PyObject* object);

// getattr(object, name), or null without an exception if it has no such attribute; `failed` tells other errors.
Ref attribute_or_null(PyObject* object, PyObject* name, bool& failed);

// Walks a dotted name; null with AttributeError if a part is missing or is "<locals>".
Ref walk(PyObject* object, PyObject* dotted_name);

}  // namespace dill::engine
