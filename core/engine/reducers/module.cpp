// Modules, and dicts that are the __dict__ of one.
#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

const Shape kByName = {true, {{EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}}};
const Shape kByValue = {true,
                        {{EdgeKind::ReduceArgument, nullptr, Show::Hidden, {}}},
                        {EdgeKind::ModuleEntry, "", Show::Open, EdgeKind::ModuleEntry}};

bool ask(Helper predicate, PyObject* module, bool& answer) {
  const Ref function = runtime().of_dill(predicate);
  if (!function) return false;
  const Ref result = Ref::steal(PyObject_CallOneArg(function.get(), module));
  if (!result) return false;
  const int truth = PyObject_IsTrue(result.get());
  answer = truth > 0;
  return truth >= 0;
}

PyObject* dict_of(const Ref& module) {
  return module && PyModule_Check(module.get()) ? PyModule_GetDict(module.get()) : nullptr;
}

PyObject* live_main() {
  PyObject* const modules = runtime().sys_modules.get();
  PyObject* const main = PyDict_Check(modules) ? PyDict_GetItemWithError(modules, runtime().names.main) : nullptr;
  return main != nullptr && PyModule_Check(main) ? PyModule_GetDict(main) : nullptr;
}

// dict == other, as Python says it; cheap unless they have the same number of entries.
int equal(PyObject* dict, PyObject* other, bool better) {
  if (other == nullptr) return 0;
  if (dict == other) return 1;
  if (better || PyDict_GET_SIZE(dict) != PyDict_GET_SIZE(other)) return 0;
  const int same = PyObject_RichCompareBool(dict, other, Py_EQ);
  // Values that cannot be compared are not the same objects, so it is another dict.
  if (same >= 0 || !PyErr_ExceptionMatches(PyExc_Exception)) return same;
  PyErr_Clear();
  return 0;
}

}  // namespace

bool reduce_module(Context& context, PyObject* module, Reduced& out) {
  const Names& names = runtime().names;
  const Ref name = Ref::steal(PyObject_GetAttr(module, names.name));
  if (!name) return false;
  bool builtin = false, imported = false;
  if (!ask(Helper::_is_builtin_module, module, builtin) || !ask(Helper::_is_imported_module, module, imported))
    return false;
  bool own = false;  // one of those that are always by name
  for (const char* special : {"builtins", "dill", "dill._dill"})
    own = own || (PyUnicode_Check(name.get()) && PyUnicode_CompareWithASCIIString(name.get(), special) == 0);
  const bool is_main = module == context.main.get();
  if (is_main || (!builtin && !own)) {
    const Ref state = Ref::steal(PyDict_Copy(PyModule_GetDict(module)));
    const Ref skipped = runtime().of_dill(Helper::_module_entries_not_saved);
    if (!state || !skipped) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(skipped.get()); ++i)
      if (PyDict_DelItem(state.get(), PyTuple_GET_ITEM(skipped.get(), i)) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) return false;
        PyErr_Clear();
      }
    const Ref stored_name = imported ? name : Ref::steal(PyUnicode_FromFormat("__runtime__.%S", name.get()));
    if (!reduce_to(out, runtime().of_dill(Helper::_import_module), {stored_name.get()}, &kByValue)) return false;
    out.state = state;
    return true;
  }
  if (PyUnicode_Check(name.get()) && PyUnicode_CompareWithASCIIString(name.get(), "dill._dill") == 0) {
    out.kind = Reduced::Kind::Global;
    out.name = Ref::steal(PyUnicode_InternFromString("_dill"));
    return static_cast<bool>(out.name);
  }
  return reduce_to(out, runtime().of_dill(Helper::_import_module), {name.get()}, &kByName);
}

bool is_ordinary_dict(Context& context, PyObject* dict) {
  if (context.session && context.is_dill_main && context.first_pass) return false;  // it may be the module's own
  const Py_ssize_t size = PyDict_GET_SIZE(dict);
  PyObject* const main = dict_of(context.main);
  if (main != nullptr && PyDict_GET_SIZE(main) == size) return false;
  if (!context.is_dill_main) {
    PyObject* const live = live_main();
    if (live != nullptr && PyDict_GET_SIZE(live) == size) return false;
  }
  if (context.session && !context.better) {
    const Ref interpreters = runtime().of_dill(Helper::_main_module);
    if (!interpreters) PyErr_Clear();
    PyObject* const its_dict = dict_of(interpreters);
    if (its_dict == nullptr || PyDict_GET_SIZE(its_dict) == size) return false;
  }
  const int named = PyDict_Contains(dict, runtime().names.name);
  if (named < 0) PyErr_Clear();
  return named == 0;
}

bool reduce_module_dict(Context& context, PyObject* dict, Reduced& out) {
  PyObject* const main = dict_of(context.main);
  const int is_main = equal(dict, main, context.better);
  if (is_main < 0) return false;
  if (context.is_dill_main && is_main && !(context.session && context.first_pass)) {
    out.kind = Reduced::Kind::Raw;
    out.raw = "c__builtin__\n__main__\n";
    return true;
  }
  if (!context.is_dill_main) {
    const int is_live_main = equal(dict, live_main(), context.better);
    if (is_live_main < 0) return false;
    if (is_live_main) {
      out.kind = Reduced::Kind::Raw;
      out.raw = "c__main__\n__dict__\n";
      return true;
    }
  }
  // Upstream asks about the main module it was imported under, whichever is saved.
  bool is_interpreters_main = is_main != 0;
  if (context.session && !context.better) {
    const Ref interpreters = runtime().of_dill(Helper::_main_module);
    if (!interpreters) return false;
    const int same = interpreters.get() == context.main.get() ? is_main : equal(dict, dict_of(interpreters), false);
    if (same < 0) return false;
    is_interpreters_main = same != 0;
  }
  if (!is_interpreters_main) {
    const Ref name = Ref::borrow(PyDict_GetItemWithError(dict, runtime().names.name));
    if (!name && PyErr_Occurred()) return false;
    if (name && PyUnicode_CheckExact(name.get())) {
      // A module that is not imported yet cannot own a dict that exists, so nothing is imported to find out.
      PyObject* const modules = runtime().sys_modules.get();
      const Ref module = Ref::borrow(PyDict_Check(modules) ? PyDict_GetItemWithError(modules, name.get()) : nullptr);
      if (!module && PyErr_Occurred()) return false;
      bool failed = false;
      const Ref own = module ? attribute_or_null(module.get(), runtime().names.dict, failed) : Ref();
      if (failed) return false;
      if (own.get() == dict) {
        const char* text = PyUnicode_AsUTF8(name.get());
        if (text == nullptr) return false;
        out.kind = Reduced::Kind::Raw;
        out.raw = "c" + std::string(text) + "\n__dict__\n";
        return true;
      }
    }
  }
  if (context.is_dill_main && context.session) context.first_pass = false;
  out.kind = Reduced::Kind::Dict;
  return true;
}

}  // namespace dill::engine
