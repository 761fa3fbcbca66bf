// None, bool, int, float, str, bytes, bytearray and PickleBuffer: objects written by one opcode.
#include <cmath>
#include <cstring>

#include "engine/buffer_view.h"
#include "engine/driver.h"
#include "engine/runtime.h"
#include "pickle/large_pages.h"

namespace dill::engine {

using pickle::Opcode;

namespace {

// A length of more than four bytes can be written from protocol 4 on.
bool fits(std::size_t length, int protocol) {
  if (protocol >= 4 || length <= 0xFFFF'FFFF) return true;
  PyErr_SetString(PyExc_OverflowError, "more than 4 GiB in one object need protocol 4 or newer");
  return false;
}

}  // namespace

bool Driver::write_leaf(PyObject* object, std::uint32_t* memo, bool* hit) {
  *memo = Memo::kMissing;
  *hit = false;
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyUnicode_Type || type == &PyBytes_Type) {
    const std::uint32_t known = memo_.find(object);
    if (known != Memo::kMissing) {
      put_get(known);
      *memo = known;
      *hit = true;
      return true;
    }
    Ref memoized;
    if (type == &PyUnicode_Type) {
      if (!write_str(object, memoized)) return false;
    } else if (protocol < 3) {
      if (!write_bytes_by_call(object)) return false;
      *memo = memo_.find(object);
      return true;
    } else {
      if (!fits(static_cast<std::size_t>(PyBytes_GET_SIZE(object)), protocol)) return false;
      encoder_.put_bytes({reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(object)),
                          static_cast<std::size_t>(PyBytes_GET_SIZE(object))});
    }
    *memo = memo_.add(memoized ? memoized.get() : object);
    put_memoize(*memo);
    return true;
  }
  if (object == Py_None) {
    encoder_.put(Opcode::NONE);
    return true;
  }
  if (type == &PyBool_Type) {
    write_bool(object);
    return true;
  }
  return type == &PyFloat_Type ? write_float(object) : write_int(object);
}

void Driver::write_bool(PyObject* object) {
  const bool value = object == Py_True;
  if (protocol < 2)
    encoder_.put_line(Opcode::INT, value ? "01" : "00");
  else
    encoder_.put(value ? Opcode::NEWTRUE : Opcode::NEWFALSE);
}

bool Driver::write_float(PyObject* object) {
  const double value = PyFloat_AS_DOUBLE(object);
  if (protocol != 0) {
    encoder_.put_float(value);
    return true;
  }
  char* const text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
  if (text == nullptr) return false;
  encoder_.put_line(Opcode::FLOAT, text);
  PyMem_Free(text);
  return true;
}

// `memoized` is set where the stock pickler puts another object into the memo.
bool Driver::write_str(PyObject* object, Ref& memoized) {
  if (protocol == 0) return write_text_line(object, memoized);
  const auto put = [&](const char* utf8, Py_ssize_t length) {
    const std::string_view text(utf8, static_cast<std::size_t>(length));
    if (!fits(text.size(), protocol)) return false;
    if (protocol < 4)
      encoder_.put_long_unicode(text);
    else
      encoder_.put_unicode(text);
    return true;
  };
  if (PyUnicode_IS_READY(object) && PyUnicode_IS_COMPACT_ASCII(object))
    return put(static_cast<const char*>(PyUnicode_DATA(object)), PyUnicode_GET_LENGTH(object));
  const Ref utf8 = Ref::steal(PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass"));
  return utf8 && put(PyBytes_AS_STRING(utf8.get()), PyBytes_GET_SIZE(utf8.get()));
}

bool Driver::write_int(PyObject* object) {
  int overflow;
  const long value = PyLong_AsLongAndOverflow(object, &overflow);
  if (overflow == 0 && value >= -0x8000'0000L && value <= 0x7FFF'FFFFL) {
    if (value == -1 && PyErr_Occurred()) return false;
    if (protocol == 0)
      encoder_.put_number_line(Opcode::INT, value);
    else
      encoder_.put_int(static_cast<std::int32_t>(value));
    return true;
  }
  if (protocol < 2) return write_long_line(object);
  // The shortest two's complement form, as pickle.encode_long gives it.
  const std::size_t bits = _PyLong_NumBits(object);
  if (bits == static_cast<std::size_t>(-1) && PyErr_Occurred()) return false;
  std::vector<unsigned char> digits(bits / 8 + 1);
#if PY_VERSION_HEX >= 0x030D0000
  const int failed =
      _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(object), digits.data(), digits.size(), 1, 1, 1);
#else
  const int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(object), digits.data(), digits.size(), 1, 1);
#endif
  if (failed < 0) return false;
  const bool negative = overflow != 0 ? overflow < 0 : value < 0;
  if (negative && digits.size() > 1 && digits.back() == 0xFF && (digits[digits.size() - 2] & 0x80) != 0)
    digits.pop_back();
  encoder_.put_long(digits);
  return true;
}

bool Driver::start_bytearray(PyObject* object) {
  if (protocol >= 5) {
    const BufferView view(object, PyBUF_SIMPLE);
    if (!view) return false;
    encoder_.put_bytearray(view.bytes());
#if PY_VERSION_HEX >= 0x030A0000  // the stock pickler of 3.9 does not memoize them
    memoize(object, node_);
#endif
    if (reporting()) observer_->reduced(node_, graph::Reduction::Builtin, nullptr);
    return true;
  }
  Reduced reduced;
  reduced.kind = Reduced::Kind::Reduce;
  reduced.by_dill = false;
  reduced.callable = Ref::borrow(reinterpret_cast<PyObject*>(&PyByteArray_Type));
  if (PyByteArray_GET_SIZE(object) == 0) {
    reduced.arguments = runtime().empty_tuple;
  } else {
    const BufferView view(object, PyBUF_SIMPLE);
    const Ref bytes = view ? Ref::steal(PyBytes_FromStringAndSize(nullptr, view.get().len)) : Ref();
    if (!bytes) return false;
    pickle::ask_for_large_pages(PyBytes_AS_STRING(bytes.get()), view.bytes().size());
    std::memcpy(PyBytes_AS_STRING(bytes.get()), view.bytes().data(), view.bytes().size());
    reduced.arguments = Ref::steal(PyTuple_Pack(1, bytes.get()));
    if (!reduced.arguments) return false;
  }
  if (reporting()) observer_->reduced(node_, graph::Reduction::Builtin, nullptr);
  return start_reduced(object, std::move(reduced));
}

bool Driver::start_picklebuffer(PyObject* object) {
  if (protocol < 5) {
    PyErr_SetString(runtime().pickling_error.get(), "PickleBuffer can only be pickled with protocol >= 5");
    return false;
  }
  const BufferView view(object, PyBUF_FULL_RO);  // its own: the callback may release the PickleBuffer
  if (!view) return false;
  if (!PyBuffer_IsContiguous(&view.get(), 'A')) {
    PyErr_SetString(runtime().pickling_error.get(),
                    "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
    return false;
  }
  bool in_band = true;
  if (hooks_.buffer_callback) {
    const Ref answer = Ref::steal(PyObject_CallOneArg(hooks_.buffer_callback.get(), object));
    if (!answer) return false;
    const int truth = PyObject_IsTrue(answer.get());
    if (truth < 0) return false;
    in_band = truth != 0;
  }
  if (reporting()) observer_->reduced(node_, graph::Reduction::Builtin, nullptr);
  if (in_band) {
    if (view.get().readonly)
      encoder_.put_bytes(view.bytes());
    else
      encoder_.put_bytearray(view.bytes());
      // The stock pickler memoizes the bytes object it copies the buffer to, which nothing can refer to again.
#if PY_VERSION_HEX < 0x030A0000
    if (!view.get().readonly) return true;
#endif
    const Ref copy = Ref::steal(PyBytes_FromStringAndSize(nullptr, 16));
    if (!copy) return false;
    memoize(copy.get(), graph::kNoNode);
    return true;
  }
  encoder_.put(Opcode::NEXT_BUFFER);
  if (view.get().readonly) encoder_.put(Opcode::READONLY_BUFFER);
  return true;
}

}  // namespace dill::engine
