// What the name of a global in a stream stands for.
#pragma once

#include "engine/ref.h"

namespace dill::engine {

// As the find_class() of pickle's Unpickler: renames what Python 2 called otherwise if `map_names` (protocols below 3),
// imports the module, takes the attribute; `dotted` (protocol 4 on) follows the dots of a qualified name. Raises the audit
// event pickle.find_class. Returns a new reference, or null with an exception. May run Python code.
PyObject* find_global(PyObject* module, PyObject* name, bool map_names, bool dotted);

// The same with what dill adds: the names of its old modules, and the dict of `main` under (__builtin__, __main__);
// null for dill._dill._main_module.
PyObject* find_dill_global(PyObject* module, PyObject* name, bool map_names, bool dotted, PyObject* main);

// The dict of dill._dill._main_module, as find_dill_global() without a `main` finds it.
PyObject* find_main_globals();

// The object registered in copyreg for an extension code that has no entry in the cache: (module, name) in `pair`,
// borrowed. False with an exception.
bool find_extension(PyObject* code, PyObject** pair);

}  // namespace dill::engine
