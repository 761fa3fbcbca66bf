// The Python objects that the engine needs all the time: interned names, and what lives in pickle, copyreg and
// dill._dill. Set once by bind().
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/per_interpreter.h"
#include "engine/ref.h"

namespace dill::engine {

class TypeTable;

// clang-format off
#define DILL_ENGINE_NAMES(X)                                                                                      \
  X(dict, "__dict__") X(module, "__module__") X(name, "__name__") X(qualname, "__qualname__")                     \
  X(reduce_ex, "__reduce_ex__") X(reduce, "__reduce__") X(getstate, "__getstate__") X(setstate, "__setstate__")   \
  X(getnewargs, "__getnewargs__") X(getnewargs_ex, "__getnewargs_ex__") X(slots, "__slots__")                     \
  X(slotnames, "__slotnames__") X(new_, "__new__") X(class_, "__class__") X(doc, "__doc__")                       \
  X(kwdefaults, "__kwdefaults__") X(annotations, "__annotations__") X(builtins, "__builtins__")                   \
  X(loader, "__loader__") X(file, "__file__") X(bases, "__bases__") X(orig_bases, "__orig_bases__")               \
  X(abc_impl, "_abc_impl") X(weakref, "__weakref__") X(main, "__main__") X(cell_contents, "cell_contents")        \
  X(fields, "_fields") X(persistent_id, "persistent_id") X(reducer_override, "reducer_override")                  \
  X(dispatch, "dispatch") X(dispatch_table, "dispatch_table") X(func, "__func__") X(self_, "__self__")            \
  X(wrapped, "__wrapped__") X(objclass, "__objclass__") X(register_, "register") X(metaclass, "metaclass")        \
  X(source, "source") X(postproc, "_postproc") X(memo, "memo") X(protocol, "protocol") X(byref, "byref")         \
  X(fmode, "fmode") X(recurse, "recurse")                                 \
  X(default_factory, "default_factory") X(maxlen, "maxlen")                         \
  X(code, "__code__") X(globals, "__globals__")                                                                   \
  X(defaults, "__defaults__") X(closure, "__closure__") X(detect, "dill.detect") X(globalvars, "globalvars")         \
  X(nestedglobals, "nestedglobals") X(get, "get") X(update, "update") X(copy, "copy") X(str, "__str__") X(settings, "settings")   \
  X(ignore, "ignore") X(load, "load")              \
  X(firstlineno, "__firstlineno__") X(fget, "fget") X(fset, "fset") X(fdel, "fdel") X(name_, "name") X(compat, "compat") X(latin1, "latin1")
// clang-format on

// clang-format off
// Definitions of dill._dill that are looked up whenever they are needed, since others may assign to them.
#define DILL_ENGINE_HELPERS(X)                                                                                  \
  X(_arguments_of_file) X(_reduce_type_variable) X(_attributes_beside_wrapped) X(_named_tuple_entries) X(_arguments_of_lock) X(_arguments_of_rlock) X(_arguments_of_thread_handle)             \
  X(_class_entries) X(_create_array) X(_create_capsule) X(_create_cell)              \
  X(_create_code) X(_create_filehandle) X(_create_function) X(_create_lock) X(_create_namedtuple)               \
  X(_create_rlock) X(_create_thread_handle) X(_create_type) X(_create_weakproxy) X(_create_weakref)             \
  X(_enum_entries_not_saved) X(_eval_repr) X(_get_typedict_abc) X(_get_typedict_type) X(_getattr)               \
  X(_getattribute) X(_import_module) X(_is_builtin_module) X(_is_imported_module) X(_load_type)                 \
  X(_locate_function) X(_locate_object) X(_lru_cache_like) X(_main_module) X(_mapping_of_proxy)                 \
  X(_module_entries_not_saved) X(_parts_of_dict_view) X(_proxy_helper) X(_reduce_array)                         \
  X(_reduce_generic_alias) X(_register_numpy) X(_save_by_save_file) X(_save_file) X(_save_with_postproc)        \
  X(_typemap) X(is_dill)
// clang-format on

enum class Helper : std::uint8_t {
#define DILL_ENGINE_HELPER(name) name,
  DILL_ENGINE_HELPERS(DILL_ENGINE_HELPER)
#undef DILL_ENGINE_HELPER
      Count
};

struct Names {
#define DILL_ENGINE_NAME(member, text) PyObject* member = nullptr;
  DILL_ENGINE_NAMES(DILL_ENGINE_NAME)
#undef DILL_ENGINE_NAME
};

struct Runtime {
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  Names names;                     // owned
  Ref dill;                        // module dill._dill
  Ref dispatch_type;               // type(Pickler.dispatch): MetaCatchingDict
  Ref dispatch_table;              // copyreg.dispatch_table
  Ref extension_registry;          // copyreg._extension_registry
  Ref newobj, newobj_ex;           // copyreg.__newobj__, copyreg.__newobj_ex__
  Ref slotnames;                   // copyreg._slotnames
  Ref pickling_error;              // pickle.PicklingError
  Ref pickling_warning;            // dill._dill.PicklingWarning
  Ref setattr_shim, delattr_shim;  // how cells are filled and emptied in a stream
  Ref cell_empty;                  // the sentinel in an empty cell
  Ref setitems;                    // dill._dill._setitems: a post item that writes items
  Ref settings;                    // dill._dill.settings
  Ref empty_tuple;
  Ref sys_modules;
  Ref abc_get_dump;  // _abc._get_dump, or null
  Ref abc_meta, enum_meta, except_hook_args;
  Ref new_class, partial;
  Ref namedtuple_code;  // of the __getnewargs__ that collections.namedtuple makes; set when it is needed
  std::vector<std::shared_ptr<TypeTable>> type_tables;  // the latest in use, most recent first
  Ref builtins;                                         // the dict of the module
  Ref setattr;                                          // the builtin function
  // dill.detect.globalvars and nestedglobals as dill defines them; null until that module is imported.
  Ref globalvars, nestedglobals;
  Ref bytes_io, file_io, buffered_writer, buffered_random, raw_io_base;  // classes of the module io

  // How the stock Python pickler of this Python does what differs between patch releases: 1, 0, -1 if nobody asked yet.
  int memoizes_escaped_text = -1;  // a str that protocol 0 writes with escapes is memoized itself, not a copy of it
  int chains_getattr = -1;  // before protocol 4 a.b.c is getattr(getattr(a, 'b'), 'c'), else getattr(<object>, 'c')

  // settings['compat']: 1 if it is 'better', 0 if 'upstream', -1 with a ValueError if it is anything else.
  int better() const;
  // False with RuntimeError: bind() was not called, or the interpreter is about to end and has dropped all this.
  bool is_bound() const;
  // An attribute of dill._dill as it is now; null with an exception if it is missing.
  Ref of_dill(const char* name) const { return Ref::steal(PyObject_GetAttrString(dill.get(), name)); }
  Ref of_dill(Helper helper) const;
  // True if something else than our own definition stands in dill._dill.
  bool replaced(Helper helper) const;

  struct Definition {
    Ref name;
    Ref ours;  // null if dill._dill had none at first
  };
  std::array<Definition, static_cast<std::size_t>(Helper::Count)> helpers;
  PyObject* dill_dict = nullptr;  // borrowed from `dill`
};

extern PerInterpreter<Runtime> runtimes;

// The interpreter's runtime; bind() must have succeeded.
inline Runtime& runtime() { return runtimes.get(); }

// To be called by dill._dill when its definitions are complete. False with a Python exception on failure.
bool bind(PyObject* dill_module);

}  // namespace dill::engine
