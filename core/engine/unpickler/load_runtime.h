// The Python objects that loading needs all the time.
#pragma once

#include <vector>

#include "engine/per_interpreter.h"
#include "engine/ref.h"

namespace dill::engine {

struct LoadRuntime {
  Ref unpickling_error;                    // pickle.UnpicklingError
  Ref bytes_io;                            // io.BytesIO
  bool reads_bytes_io = false;             // its layout is known
  Ref extension_cache, inverted_registry;  // of copyreg
  Ref name_mapping, import_mapping;        // of _compat_pickle, Python 2 -> 3
  Ref empty_tuple;
  std::vector<Ref> kept;           // what the pointers below borrow
  PyObject* small_ints[262] = {};  // -5 ... 256
  PyObject *peek = nullptr, *readinto = nullptr, *read = nullptr, *readline = nullptr;  // interned names
  PyObject *find_class = nullptr, *persistent_load = nullptr, *setstate = nullptr, *dict = nullptr, *new_ = nullptr;
  PyObject *getinitargs = nullptr, *extend = nullptr, *append = nullptr, *add = nullptr, *spec = nullptr;
  PyObject *initializing = nullptr, *builtin = nullptr, *main = nullptr, *none_type = nullptr;
  PyObject *dill_dill = nullptr, *dill_dill_now = nullptr, *main_attribute = nullptr, *main_module = nullptr,
           *getattr = nullptr;
  getter dict_getter = nullptr;  // what reads __dict__ of an instance of an ordinary class
};

extern PerInterpreter<LoadRuntime> load_runtimes;

// Only after prepare_loading() succeeded.
inline const LoadRuntime& load_runtime() { return load_runtimes.get(); }

// Fills the interpreter's runtime once. False with a Python exception.
bool prepare_loading();

}  // namespace dill::engine
