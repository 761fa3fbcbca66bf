#include "engine/runtime.h"

namespace dill::engine {
namespace {

bool import_attribute(Ref& to, const char* module, const char* name) {
  const Ref owner = Ref::steal(PyImport_ImportModule(module));
  if (!owner) return false;
  to = Ref::steal(PyObject_GetAttrString(owner.get(), name));
  return static_cast<bool>(to);
}

}  // namespace

Runtime& runtime() {
  // Never destroyed: its references must not be dropped after the interpreter is gone.
  static auto* const instance = new Runtime;
  return *instance;
}

bool bind(PyObject* dill_module) {
  Runtime& rt = runtime();
#define DILL_ENGINE_NAME(member, text)                \
  rt.names.member = PyUnicode_InternFromString(text); \
  if (rt.names.member == nullptr) return false;
  DILL_ENGINE_NAMES(DILL_ENGINE_NAME)
#undef DILL_ENGINE_NAME
  rt.dill = Ref::borrow(dill_module);
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
      !import_attribute(rt.except_hook_args, "threading", "ExceptHookArgs"))
    return false;
  if (!import_attribute(rt.abc_get_dump, "_abc", "_get_dump")) PyErr_Clear();
  rt.pickling_warning = rt.of_dill("PicklingWarning");
  rt.setattr_shim = rt.of_dill("_setattr_shim");
  rt.delattr_shim = rt.of_dill("_delattr_shim");
  rt.cell_empty = rt.of_dill("_cell_empty_shim");
  rt.setitems = rt.of_dill("_setitems");
  return rt.pickling_warning && rt.setattr_shim && rt.delattr_shim && rt.cell_empty && rt.setitems;
}

}  // namespace dill::engine
