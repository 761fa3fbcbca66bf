// Which Python saver of dill._dill stands for which reducer.
#include "engine/reducer.h"

namespace dill::engine {

const NamedReducer kReducers[] = {
    {"save_function", reduce_function},
    {"save_code", reduce_code, &PyCode_Type},
    {"save_cell", reduce_cell, &PyCell_Type},
    {"save_type", reduce_type, &PyType_Type},
    {"save_module", reduce_module, &PyModule_Type},
    {"save_module_dict", reduce_module_dict, &PyDict_Type},
    {"save_instancemethod0", reduce_method, &PyMethod_Type},
    {"save_wrapper_descriptor", reduce_descriptor},
    {"save_property", reduce_property},
    {"save_classmethod", reduce_wrapped_method},
    {"save_super", reduce_super},
    {"save_slice", reduce_slice, &PySlice_Type},
    {"save_singleton", reduce_by_repr},
    {"save_dictproxy", reduce_mappingproxy},
    {"_save_dict_view", reduce_dict_view},
    {"save_lru_cache", reduce_lru_cache},
    {"save_generic_alias", reduce_generic_alias},
    {"save_lock", reduce_lock},
    {"save_rlock", reduce_rlock},
    {"save_thread_handle", reduce_thread_handle},
    {"save_context", reduce_context},
    {"save_weakref", reduce_weakref},
    {"save_weakproxy", reduce_weakproxy},
    {"save_file", reduce_file},
    {"_save_type_variable", reduce_type_variable},
    {"save_dataclasses_HAS_DEFAULT_FACTORY_CLASS", reduce_default_factory_marker},
    {"save_dataclasses_MISSING_TYPE", reduce_missing_marker},
    {"save_dataclasses_KW_ONLY_TYPE", reduce_keyword_only_marker},
    {"save_dataclasses_FIELD_BASE", reduce_field_kind},
    {"save_capsule", reduce_capsule, &PyCapsule_Type},
    {"save_numpy_array", reduce_numpy_array},
    {"save_numpy_ufunc", reduce_numpy_ufunc},
    {nullptr, nullptr},
};

const NamedReducer* find_reducer(std::string_view saver, PyObject* object) {
  const NamedReducer* known = kReducers;
  while (known->saver != nullptr && saver != known->saver) ++known;
  if (known->saver == nullptr) {
    PyErr_Format(PyExc_ValueError, "no reducer stands for %.100s", std::string(saver).c_str());
    return nullptr;
  }
  if (known->takes(Py_TYPE(object))) return known;
  PyErr_Format(PyExc_TypeError, "%s saves '%s' objects, not '%s'", known->saver, known->type->tp_name,
               Py_TYPE(object)->tp_name);
  return nullptr;
}

}  // namespace dill::engine
