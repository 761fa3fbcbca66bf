// The items of a set in its own order, without an iterator object.
#pragma once

#include "engine/ref.h"

#if PY_VERSION_HEX >= 0x030D0000 && !defined(DILL_PUBLIC_API_ONLY)
extern "C" int _PySet_NextEntry(PyObject* set, Py_ssize_t* position, PyObject** key, Py_hash_t* hash);
#endif

namespace dill::engine::cpython {

#if defined(DILL_PUBLIC_API_ONLY)
inline constexpr bool kSetEntries = false;
#else
inline constexpr bool kSetEntries = true;  // next_set_entry can be used
#endif

// The next item (borrowed) from `position`, which starts at 0; null at the end.
inline PyObject* next_set_entry([[maybe_unused]] PyObject* set, [[maybe_unused]] Py_ssize_t& position) {
#if defined(DILL_PUBLIC_API_ONLY)
  return nullptr;
#else
  PyObject* key;
  Py_hash_t hash;
  return _PySet_NextEntry(set, &position, &key, &hash) ? key : nullptr;
#endif
}

}  // namespace dill::engine::cpython
