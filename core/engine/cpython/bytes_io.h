// The insides of io.BytesIO, to look at its content and its position without a call.
#pragma once

#include "engine/ref.h"

namespace dill::engine::cpython {

// The layout since Python 3.5. `content` is null in a closed file, and may be longer than `size`.
struct BytesIo {
  PyObject ob_base;
  PyObject* content;  // bytes; a writer copies it first if somebody else has a reference
  Py_ssize_t position;
  Py_ssize_t size;
};

inline BytesIo* as_bytes_io(PyObject* file) { return reinterpret_cast<BytesIo*>(file); }

// 1 if this Python's io.BytesIO, `type`, has that layout; 0 if not; -1 with an exception.
inline int knows_bytes_io([[maybe_unused]] PyObject* type) {
#ifdef DILL_PUBLIC_API_ONLY
  return 0;
#else
  if (reinterpret_cast<PyTypeObject*>(type)->tp_basicsize < static_cast<Py_ssize_t>(sizeof(BytesIo))) return 0;
  const Ref content = Ref::steal(PyBytes_FromString("some content"));
  const Ref file = content ? Ref::steal(PyObject_CallOneArg(type, content.get())) : Ref();
  const Ref moved = file ? Ref::steal(PyObject_CallMethod(file.get(), "seek", "i", 5)) : Ref();
  if (!moved) return -1;
  const BytesIo* const io = as_bytes_io(file.get());
  return io->content == content.get() && io->position == 5 && io->size == PyBytes_GET_SIZE(content.get());
#endif
}

}  // namespace dill::engine::cpython
