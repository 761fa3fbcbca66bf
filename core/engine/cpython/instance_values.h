// The attributes of an instance that has no dict yet: CPython 3.11 and newer keep the values in an array, in the order
// of keys that all instances of the class share.
#pragma once

#include <cstdint>

#include "engine/ref.h"

#if PY_VERSION_HEX >= 0x030B0000 && !defined(DILL_PUBLIC_API_ONLY)
#define DILL_INSTANCE_VALUES 1
#endif

namespace dill::engine::cpython {

#if defined(DILL_PUBLIC_API_ONLY)
inline constexpr bool kInstanceAttributes = false;
#else
inline constexpr bool kInstanceAttributes = true;  // existing_dict and instance_values tell all there is
#endif

class InstanceValues {
 public:
  InstanceValues() = default;

  explicit operator bool() const { return values_ != nullptr; }
  Py_ssize_t size() const { return size_; }

#if defined(DILL_INSTANCE_VALUES)
  // The i-th attribute in the order of its assignment; borrowed.
  PyObject* key(Py_ssize_t i) const { return keys_[index(i)].key; }
  PyObject* value(Py_ssize_t i) const { return values_[index(i)]; }

  // Changes whenever the class's instances get an attribute they did not have.
  const void* shared_keys() const { return shared_; }
  Py_ssize_t shared_count() const { return shared_->dk_nentries; }
  PyObject* shared_key(Py_ssize_t i) const { return keys_[i].key; }

 private:
  struct Keys {  // struct _dictkeysobject, the same in 3.11, 3.12 and 3.13
    Py_ssize_t dk_refcnt;
    std::uint8_t dk_log2_size;
    std::uint8_t dk_log2_index_bytes;
    std::uint8_t dk_kind;
    std::uint32_t dk_version;
    Py_ssize_t dk_usable;
    Py_ssize_t dk_nentries;
    const char* indices() const { return reinterpret_cast<const char*>(this + 1); }
  };
  struct Entry {  // PyDictUnicodeEntry
    PyObject* key;
    PyObject* value;
  };

  Py_ssize_t index(Py_ssize_t i) const { return order_[i * step_]; }

  friend InstanceValues instance_values(PyObject* object);
  const Keys* shared_ = nullptr;
  const Entry* keys_ = nullptr;
  PyObject* const* values_ = nullptr;
  const std::uint8_t* order_ = nullptr;
  Py_ssize_t step_ = 1;
  Py_ssize_t size_ = 0;
#else
  PyObject* key(Py_ssize_t) const { return nullptr; }
  PyObject* value(Py_ssize_t) const { return nullptr; }
  const void* shared_keys() const { return nullptr; }
  Py_ssize_t shared_count() const { return 0; }
  PyObject* shared_key(Py_ssize_t) const { return nullptr; }

 private:
  void* values_ = nullptr;
  Py_ssize_t size_ = 0;
#endif
};

// What `object` has, or nothing if it has a dict (or can have none).
inline InstanceValues instance_values([[maybe_unused]] PyObject* object) {
  InstanceValues found;
#if defined(DILL_INSTANCE_VALUES)
  PyTypeObject* const type = Py_TYPE(object);
  if (!PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) return found;
#if PY_VERSION_HEX >= 0x030D0000
  struct Values {
    std::uint8_t capacity, size, embedded, valid;
    PyObject* values[1];
  };
  if (!PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES) || reinterpret_cast<PyObject**>(object)[-3] != nullptr)
    return found;
  const auto* const values = reinterpret_cast<const Values*>(reinterpret_cast<const char*>(object) + sizeof(PyObject));
  if (!values->valid) return found;
  found.values_ = values->values;
  found.order_ = reinterpret_cast<const std::uint8_t*>(&values->values[values->capacity]);
  found.size_ = values->size;
#else
#if PY_VERSION_HEX >= 0x030C0000
  const auto tagged = reinterpret_cast<const std::uintptr_t*>(object)[-3];
  if ((tagged & 1) == 0) return found;
  const std::uintptr_t at = tagged + 1;
#else
  const auto at = reinterpret_cast<const std::uintptr_t*>(object)[-4];
  if (at == 0) return found;
#endif
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(at);
  found.values_ = reinterpret_cast<PyObject* const*>(at);
  found.order_ = bytes - 3;
  found.step_ = -1;
  found.size_ = bytes[-2];
#endif
  const auto* const keys =
      reinterpret_cast<const InstanceValues::Keys*>(reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
  if (keys == nullptr) return {};
  found.shared_ = keys;
  found.keys_ =
      reinterpret_cast<const InstanceValues::Entry*>(keys->indices() + (std::size_t{1} << keys->dk_log2_index_bytes));
#endif
  return found;
}

// The __dict__ that `object` has already; borrowed, null if there is none (which may be because it has InstanceValues).
inline PyObject* existing_dict(PyObject* object) {
  PyTypeObject* const type = Py_TYPE(object);
#if PY_VERSION_HEX >= 0x030B0000
  if (PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
    PyObject* const held = reinterpret_cast<PyObject**>(object)[-3];
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
    if ((reinterpret_cast<std::uintptr_t>(held) & 1) != 0) return nullptr;
#endif
    return held;
  }
#endif
  if (type->tp_dictoffset <= 0) return nullptr;
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + type->tp_dictoffset);
}

}  // namespace dill::engine::cpython
