// The bytes of an object that has them, held so that they can neither move nor go away while they are written: a file's
// write() may run Python code, or let other threads run.
#pragma once

#include <span>

#include "engine/ref.h"

namespace dill::engine {

class BufferView {
 public:
  // `flags` as for PyObject_GetBuffer. On failure the view is false and a Python exception is set.
  BufferView(PyObject* object, int flags) : valid_(PyObject_GetBuffer(object, &view_, flags) == 0) {}
  ~BufferView() {
    if (valid_) PyBuffer_Release(&view_);
  }
  BufferView(const BufferView&) = delete;
  BufferView& operator=(const BufferView&) = delete;

  explicit operator bool() const { return valid_; }
  const Py_buffer& get() const { return view_; }
  std::span<const unsigned char> bytes() const {
    return {static_cast<const unsigned char*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_;
  bool valid_;
};

}  // namespace dill::engine
