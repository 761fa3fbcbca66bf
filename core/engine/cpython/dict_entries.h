// The entries of a dict in their order, as PyDict_Next gives them, without a call per entry.
#pragma once

#include <cstdint>

#include "engine/ref.h"

#if PY_VERSION_HEX >= 0x030B0000 && !defined(DILL_PUBLIC_API_ONLY)
#define DILL_DICT_KEYS 1
#endif

namespace dill::engine::cpython {

#if defined(DILL_DICT_KEYS)
struct DictKeys {  // struct _dictkeysobject, the same in 3.11, 3.12 and 3.13
  Py_ssize_t dk_refcnt;
  std::uint8_t dk_log2_size;
  std::uint8_t dk_log2_index_bytes;
  std::uint8_t dk_kind;  // 0: any keys; else all are str, and entries hold no hash
  std::uint32_t dk_version;
  Py_ssize_t dk_usable;
  Py_ssize_t dk_nentries;
  const char* indices() const { return reinterpret_cast<const char*>(this + 1); }

  static const DictKeys* of(PyObject* dict) {
    return reinterpret_cast<const DictKeys*>(reinterpret_cast<PyDictObject*>(dict)->ma_keys);
  }
  const void* entries() const { return indices() + (std::size_t{1} << dk_log2_index_bytes); }
};
#endif

// True if the keys of the dict are those of other instances' dicts too.
inline bool shares_keys(PyObject* dict) { return reinterpret_cast<PyDictObject*>(dict)->ma_values != nullptr; }

// True if every key is a str. False says nothing.
inline bool has_only_str_keys([[maybe_unused]] PyObject* dict) {
#if defined(DILL_DICT_KEYS)
  return DictKeys::of(dict)->dk_kind != 0;
#else
  return false;
#endif
}

// True if looking for a str in the dict compares it with nothing that has an __eq__ of its own.
inline bool is_safe_to_search(PyObject* dict) {
  if (has_only_str_keys(dict)) return true;
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value)) {
    PyTypeObject* const type = Py_TYPE(key);
    if (type != &PyUnicode_Type && type != &PyLong_Type && type != &PyFloat_Type && type != &PyBytes_Type &&
        type != &PyTuple_Type && type != &PyBool_Type && key != Py_None)
      return false;
  }
  return true;
}

// True if the dict surely has no such key: `name` is an exact str that was hashed. False says nothing.
inline bool surely_lacks([[maybe_unused]] PyObject* dict, [[maybe_unused]] PyObject* name) {
#if defined(DILL_DICT_KEYS)
  const DictKeys* const keys = DictKeys::of(dict);
  if (keys->dk_kind == 0 || keys->dk_log2_size >= 16) return false;
  const auto hash = static_cast<std::size_t>(reinterpret_cast<PyASCIIObject*>(name)->hash);
  const std::size_t slot = hash & ((std::size_t{1} << keys->dk_log2_size) - 1);
  return keys->dk_log2_size < 8 ? reinterpret_cast<const std::int8_t*>(keys->indices())[slot] == -1
                                : reinterpret_cast<const std::int16_t*>(keys->indices())[slot] == -1;
#else
  return false;
#endif
}

// Reads one dict while it does not change.
class DictEntries {
 public:
#if defined(DILL_DICT_KEYS)
  explicit DictEntries(PyObject* dict) : dict_(dict) {
    const DictKeys* const keys = DictKeys::of(dict);
    if (reinterpret_cast<PyDictObject*>(dict)->ma_values != nullptr) return;  // split: PyDict_Next knows
    entries_ = static_cast<PyObject* const*>(keys->entries());
    count_ = keys->dk_nentries;
    width_ = keys->dk_kind == 0 ? 3 : 2;
    if (keys->dk_kind == 0) ++entries_;  // behind the hash
  }

  // As PyDict_Next: `position` begins at 0 and is only to be kept. Borrowed.
  bool next(Py_ssize_t& position, PyObject*& key, PyObject*& value) const {
    if (entries_ == nullptr) [[unlikely]]
      return PyDict_Next(dict_, &position, &key, &value) != 0;
    while (position < count_) {
      PyObject* const* const entry = entries_ + width_ * position++;
      if (entry[1] == nullptr) continue;
      key = entry[0];
      value = entry[1];
      return true;
    }
    return false;
  }

 private:
  PyObject* dict_;
  PyObject* const* entries_ = nullptr;
  Py_ssize_t count_ = 0;
  Py_ssize_t width_ = 0;
#else
  explicit DictEntries(PyObject* dict) : dict_(dict) {}
  bool next(Py_ssize_t& position, PyObject*& key, PyObject*& value) const {
    return PyDict_Next(dict_, &position, &key, &value) != 0;
  }

 private:
  PyObject* dict_;
#endif
};

}  // namespace dill::engine::cpython
