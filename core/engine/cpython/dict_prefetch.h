// What entering many keys into a large dict will touch, fetched into the caches before: nearly all of the time of large
// dicts is waiting for memory. Without an effect on what the dict does.
#pragma once

#include "engine/cpython/dict_entries.h"

namespace dill::engine::cpython {

#if defined(DILL_DICT_KEYS)
class DictPrefetch {
 public:
  // A dict that fits the caches is not worth it.
  static bool pays(PyObject* dict) { return DictKeys::of(dict)->dk_log2_size >= 12; }

  explicit DictPrefetch(PyObject* dict) : dict_(dict) {}

  // To be called some keys ahead, in this order, each a few keys after the one before.
  void fetch_index(Py_hash_t hash) const { __builtin_prefetch(slot(DictKeys::of(dict_), hash)); }
  void fetch_entry(Py_hash_t hash) const {
    const void* const found = entry(hash);
    if (found != nullptr) __builtin_prefetch(found);
  }
  void fetch_key(Py_hash_t hash) const {
    const auto* const found = static_cast<PyObject* const*>(entry(hash));
    if (found != nullptr && *found != nullptr) __builtin_prefetch(*found, 0);
  }

 private:
  static const char* slot(const DictKeys* keys, Py_hash_t hash) {
    const std::size_t at = static_cast<std::size_t>(hash) & ((std::size_t{1} << keys->dk_log2_size) - 1);
    return keys->indices() + (at << (keys->dk_log2_index_bytes - keys->dk_log2_size));
  }

  // The entry where the search for the hash begins, if that place is taken and the dict has only str keys.
  const void* entry(Py_hash_t hash) const {
    const DictKeys* const keys = DictKeys::of(dict_);
    if (keys->dk_kind == 0) return nullptr;
    const char* const at = slot(keys, hash);
    Py_ssize_t index;
    switch (keys->dk_log2_index_bytes - keys->dk_log2_size) {
      case 1:
        index = *reinterpret_cast<const std::int16_t*>(at);
        break;
      case 2:
        index = *reinterpret_cast<const std::int32_t*>(at);
        break;
      default:
        return nullptr;
    }
    return index < 0 ? nullptr : static_cast<const char*>(keys->entries()) + index * 2 * Py_ssize_t{sizeof(void*)};
  }

  PyObject* dict_;
};
#else
class DictPrefetch {
 public:
  static bool pays(PyObject*) { return false; }
  explicit DictPrefetch(PyObject*) {}
  void fetch_index(Py_hash_t) const {}
  void fetch_entry(Py_hash_t) const {}
  void fetch_key(Py_hash_t) const {}
};
#endif

}  // namespace dill::engine::cpython
