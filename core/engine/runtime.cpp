#include "engine/runtime.h"

#include "engine/type_table.h"

namespace dill::engine {
namespace {

bool import_attribute(Ref& to, const char* module, const char* name) {
  const Ref owner = Ref::steal(PyImport_ImportModule(module));
  if (!owner) return false;
  to = Ref::steal(PyObject_GetAttrString(owner.get(), name));
  return static_cast<bool>(to);
}

}  // namespace

PerInterpreter<Runtime> runtimes;

Runtime::~Runtime() {
#define DILL_ENGINE_NAME(member, text) Py_XDECREF(names.member);
  DILL_ENGINE_NAMES(DILL_ENGINE_NAME)
#undef DILL_ENGINE_NAME
}

bool Runtime::is_bound() const {
  if (dill) return true;
  PyErr_SetString(PyExc_RuntimeError, "dill is not ready in this interpreter, or not any more");
  return false;
}

int Runtime::better() const {
  PyObject* const compat = PyDict_GetItemWithError(settings.get(), names.compat);
  if (compat == nullptr) return PyErr_Occurred() != nullptr ? -1 : 0;
  if (PyUnicode_Check(compat)) {
    if (PyUnicode_CompareWithASCIIString(compat, "upstream") == 0) return 0;
    if (PyUnicode_CompareWithASCIIString(compat, "better") == 0) return 1;
  }
  PyErr_Format(PyExc_ValueError, "settings['compat'] is 'upstream' or 'better', not %R", compat);
  return -1;
}

Ref Runtime::of_dill(Helper helper) const {
  const Definition& definition = helpers[static_cast<std::size_t>(helper)];
  Ref found = Ref::borrow(PyDict_GetItemWithError(dill_dict, definition.name.get()));
  if (!found && !PyErr_Occurred())
    PyErr_Format(PyExc_AttributeError, "dill._dill has no attribute '%U' any more", definition.name.get());
  return found;
}

bool Runtime::replaced(Helper helper) const {
  const Definition& definition = helpers[static_cast<std::size_t>(helper)];
  PyObject* const found = PyDict_GetItemWithError(dill_dict, definition.name.get());
  if (found == nullptr) PyErr_Clear();
  return found != definition.ours.get();
}

bool bind(PyObject* dill_module) {
  Runtime& rt = runtime();
#define DILL_ENGINE_NAME(member, text)                \
  Py_XDECREF(rt.names.member);                        \
  rt.names.member = PyUnicode_InternFromString(text); \
  if (rt.names.member == nullptr) return false;
  DILL_ENGINE_NAMES(DILL_ENGINE_NAME)
#undef DILL_ENGINE_NAME
  rt.dill = Ref::borrow(dill_module);
  rt.dill_dict = PyModule_GetDict(dill_module);
  std::size_t i = 0;
#define DILL_ENGINE_HELPER(text) rt.helpers[i++].name = Ref::steal(PyUnicode_InternFromString(#text));
  DILL_ENGINE_HELPERS(DILL_ENGINE_HELPER)
#undef DILL_ENGINE_HELPER
  for (Runtime::Definition& definition : rt.helpers) {
    if (!definition.name) return false;
    definition.ours = Ref::borrow(PyDict_GetItemWithError(rt.dill_dict, definition.name.get()));
    if (!definition.ours && PyErr_Occurred()) return false;
  }
  rt.settings = rt.of_dill("settings");
  rt.dispatch_type = rt.of_dill("MetaCatchingDict");
  const Ref builtins = Ref::steal(PyImport_ImportModule("builtins"));
  if (!builtins) return false;
  rt.builtins = Ref::borrow(PyModule_GetDict(builtins.get()));
  if (!import_attribute(rt.setattr, "builtins", "setattr")) return false;
  rt.empty_tuple = Ref::steal(PyTuple_New(0));
  rt.sys_modules = Ref::borrow(PyImport_GetModuleDict());
  if (!import_attribute(rt.dispatch_table, "copyreg", "dispatch_table") ||
      !import_attribute(rt.extension_registry, "copyreg", "_extension_registry") ||
      !import_attribute(rt.newobj, "copyreg", "__newobj__") ||
      !import_attribute(rt.newobj_ex, "copyreg", "__newobj_ex__") ||
      !import_attribute(rt.slotnames, "copyreg", "_slotnames") ||
      !import_attribute(rt.pickling_error, "pickle", "PicklingError") ||
      !import_attribute(rt.abc_meta, "abc", "ABCMeta") || !import_attribute(rt.enum_meta, "enum", "EnumMeta") ||
      !import_attribute(rt.new_class, "types", "new_class") || !import_attribute(rt.partial, "functools", "partial") ||
      !import_attribute(rt.except_hook_args, "threading", "ExceptHookArgs") ||
      !import_attribute(rt.bytes_io, "io", "BytesIO") || !import_attribute(rt.file_io, "io", "FileIO") ||
      !import_attribute(rt.buffered_writer, "io", "BufferedWriter") ||
      !import_attribute(rt.buffered_random, "io", "BufferedRandom") ||
      !import_attribute(rt.raw_io_base, "io", "RawIOBase"))
    return false;
  if (!import_attribute(rt.abc_get_dump, "_abc", "_get_dump")) PyErr_Clear();
  rt.pickling_warning = rt.of_dill("PicklingWarning");
  if (!import_attribute(rt.setattr_shim, "dill._shims", "_setattr") ||
      !import_attribute(rt.delattr_shim, "dill._shims", "_delattr") ||
      !import_attribute(rt.cell_empty, "dill._shims", "_CELL_EMPTY"))
    return false;
  rt.setitems = rt.of_dill("_setitems");
  return rt.settings && rt.dispatch_type && rt.pickling_warning && rt.setitems;
}

}  // namespace dill::engine
