// Which Python saver of dill._dill stands for which reducer.
#include "engine/reducer.h"

namespace dill::engine {

const NamedReducer kReducers[] = {
    {"save_function", reduce_function},
    {"save_code", reduce_code},
    {"save_cell", reduce_cell},
    {"save_type", reduce_type},
    {"save_module", reduce_module},
    {"save_module_dict", reduce_module_dict},
    {"save_instancemethod0", reduce_method},
    {"save_wrapper_descriptor", reduce_descriptor},
    {"save_property", reduce_property},
    {"save_classmethod", reduce_wrapped_method},
    {"save_super", reduce_super},
    {"save_slice", reduce_slice},
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
    {nullptr, nullptr},
};

}  // namespace dill::engine
