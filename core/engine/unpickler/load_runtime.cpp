#include "engine/unpickler/load_runtime.h"

#include <utility>

#include "engine/cpython/attributes.h"
#include "engine/cpython/bytes_io.h"

namespace dill::engine {
namespace {

bool import_attribute(Ref& to, const char* module, const char* name) {
  const Ref owner = Ref::steal(PyImport_ImportModule(module));
  if (owner) to = Ref::steal(PyObject_GetAttrString(owner.get(), name));
  return static_cast<bool>(to);
}

bool find_dict_getter(getter& found) {
  const Ref plain = Ref::steal(PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyType_Type), "s(){}", "Plain"));
  if (!plain) return false;
  const Ref name = Ref::steal(PyUnicode_InternFromString("__dict__"));
  PyObject* const descriptor =
      name ? cpython::type_attribute(reinterpret_cast<PyTypeObject*>(plain.get()), name.get()) : nullptr;
  if (descriptor != nullptr && Py_IS_TYPE(descriptor, &PyGetSetDescr_Type))
    found = reinterpret_cast<PyGetSetDescrObject*>(descriptor)->d_getset->get;
  return true;
}

}  // namespace

PerInterpreter<LoadRuntime> load_runtimes;

bool prepare_loading() {
  LoadRuntime& rt = load_runtimes.get();
  if (rt.empty_tuple) return true;
  if (!import_attribute(rt.unpickling_error, "pickle", "UnpicklingError") ||
      !import_attribute(rt.bytes_io, "io", "BytesIO") ||
      !import_attribute(rt.extension_cache, "copyreg", "_extension_cache") ||
      !import_attribute(rt.inverted_registry, "copyreg", "_inverted_registry") ||
      !import_attribute(rt.name_mapping, "_compat_pickle", "NAME_MAPPING") ||
      !import_attribute(rt.import_mapping, "_compat_pickle", "IMPORT_MAPPING") || !find_dict_getter(rt.dict_getter))
    return false;
  const int knows_bytes_io = cpython::knows_bytes_io(rt.bytes_io.get());
  if (knows_bytes_io < 0) return false;
  rt.reads_bytes_io = knows_bytes_io > 0;
  const std::pair<PyObject**, const char*> names[] = {{&rt.peek, "peek"},
                                                      {&rt.readinto, "readinto"},
                                                      {&rt.read, "read"},
                                                      {&rt.readline, "readline"},
                                                      {&rt.find_class, "find_class"},
                                                      {&rt.persistent_load, "persistent_load"},
                                                      {&rt.setstate, "__setstate__"},
                                                      {&rt.dict, "__dict__"},
                                                      {&rt.new_, "__new__"},
                                                      {&rt.getinitargs, "__getinitargs__"},
                                                      {&rt.extend, "extend"},
                                                      {&rt.append, "append"},
                                                      {&rt.add, "add"},
                                                      {&rt.spec, "__spec__"},
                                                      {&rt.initializing, "_initializing"},
                                                      {&rt.builtin, "__builtin__"},
                                                      {&rt.main, "__main__"},
                                                      {&rt.none_type, "NoneType"},
                                                      {&rt.dill_dill, "dill.dill"},
                                                      {&rt.dill_dill_now, "dill._dill"},
                                                      {&rt.main_attribute, "_main"},
                                                      {&rt.main_module, "_main_module"},
                                                      {&rt.getattr, "__getattr__"}};
  const auto keep = [&](PyObject* object) { return rt.kept.emplace_back(Ref::steal(object)).get(); };
  for (const auto& [name, text] : names)
    if ((*name = keep(PyUnicode_InternFromString(text))) == nullptr) return false;
  for (int i = 0; i < 262; ++i)
    if ((rt.small_ints[i] = keep(PyLong_FromLong(i - 5))) == nullptr) return false;
  rt.empty_tuple = Ref::steal(PyTuple_New(0));
  return static_cast<bool>(rt.empty_tuple);
}

}  // namespace dill::engine
