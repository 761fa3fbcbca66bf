// Opcodes for numbers, texts and bytes, and those with a decimal number as text.
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "engine/cpython/new_scalars.h"
#include "engine/unpickler/load_machine.h"
#include "engine/unpickler/load_runtime.h"
#include "engine/unpickler/text.h"

namespace dill::engine {
namespace {

bool keeps_bytes(const LoadOptions& options) { return std::strcmp(options.encoding, "bytes") == 0; }

// The number in a line; negative with an exception if there is none that fits.
Py_ssize_t number_of_line(const std::string& line) {
  const Ref number = Ref::steal(PyLong_FromString(line.c_str(), nullptr, 10));
  return number ? PyLong_AsSsize_t(number.get()) : -1;
}

}  // namespace

bool LoadMachine::read_length(std::size_t length_size, std::size_t& length, const char* what) {
  if (!input_.need(length_size)) return false;
  length = 0;
  std::memcpy(&length, input_.cursor, length_size);
  input_.cursor += length_size;
  if (length <= static_cast<std::size_t>(PY_SSIZE_T_MAX)) return true;
  PyErr_Format(PyExc_OverflowError, "%s exceeds system's maximum size of %zd bytes", what, PY_SSIZE_T_MAX);
  return false;
}

bool LoadMachine::load_int_text() {
  if (!input_.read_line(line_)) return false;
  if (line_.size() < 2) return PickleInput::truncated();
  char* stop;
  errno = 0;
  const long value = std::strtol(line_.c_str(), &stop, 0);
  if (errno == 0 && (*stop == '\n' || *stop == '\0')) {
    // "00" and "01" are how protocol 0 writes False and True.
    const bool is_bool = line_.size() == 3 && (value == 0 || value == 1);
    return push_checked(is_bool ? PyBool_FromLong(value) : PyLong_FromLong(value));
  }
  PyObject* const large = PyLong_FromString(line_.c_str(), nullptr, 0);
  if (large == nullptr) PyErr_SetString(PyExc_ValueError, "could not convert string to int");
  return push_checked(large);
}

bool LoadMachine::load_long_text() {
  if (!input_.read_line(line_)) return false;
  if (line_.size() < 2) return PickleInput::truncated();
  if (line_[line_.size() - 2] == 'L') line_.resize(line_.size() - 2);
  return push_checked(PyLong_FromString(line_.c_str(), nullptr, 0));
}

bool LoadMachine::load_long(std::size_t length_size) {
  if (!input_.need(length_size)) return false;
  std::int32_t size = 0;
  std::memcpy(&size, input_.cursor, length_size);
  input_.cursor += length_size;
  if (size < 0) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "LONG pickle has negative byte count");
    return false;
  }
  const auto bytes = static_cast<std::size_t>(size);
  if (!input_.need(bytes)) return false;
  PyObject* const number = cpython::new_int(input_.cursor, bytes);
  input_.cursor += bytes;
  return push_checked(number);
}

bool LoadMachine::load_float_text() {
  if (!input_.read_line(line_)) return false;
  if (line_.size() < 2) return PickleInput::truncated();
  char* stop;
  const double value = PyOS_string_to_double(line_.c_str(), &stop, PyExc_OverflowError);
  if (value == -1.0 && PyErr_Occurred()) return false;
  if (*stop != '\n' && *stop != '\0') {
    PyErr_SetString(PyExc_ValueError, "could not convert string to float");
    return false;
  }
  return push_checked(PyFloat_FromDouble(value));
}

bool LoadMachine::load_string_text() {
  if (!input_.read_line(line_)) return false;
  line_.pop_back();
  if (line_.size() < 2 || line_.front() != line_.back() || (line_.front() != '\'' && line_.front() != '"')) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "the STRING opcode argument must be quoted");
    return false;
  }
  // Decoding may warn about escapes, or look a codec up: Python code.
  leave();
  Ref text = Ref::steal(
      PyBytes_DecodeEscape(line_.data() + 1, static_cast<Py_ssize_t>(line_.size() - 2), nullptr, 0, nullptr));
  if (text && !keeps_bytes(options_))
    text = Ref::steal(PyUnicode_FromEncodedObject(text.get(), options_.encoding, options_.errors));
  enter();
  return push_checked(text.release());
}

bool LoadMachine::load_byte_string(std::size_t length_size) {
  std::size_t size;
  if (!read_length(length_size, size, "BINSTRING") || !input_.need(size)) return false;
  const char* const text = reinterpret_cast<const char*>(input_.cursor);
  input_.cursor += size;
  const auto length = static_cast<Py_ssize_t>(size);
  if (keeps_bytes(options_)) return push_checked(PyBytes_FromStringAndSize(text, length));
  leave();  // the codec may be Python code
  PyObject* const decoded = PyUnicode_Decode(text, length, options_.encoding, options_.errors);
  enter();
  return push_checked(decoded);
}

bool LoadMachine::load_unicode_text() {
  if (!input_.read_line(line_)) return false;
  leave();
  PyObject* const text =
      PyUnicode_DecodeRawUnicodeEscape(line_.data(), static_cast<Py_ssize_t>(line_.size() - 1), nullptr);
  enter();
  return push_checked(text);
}

bool LoadMachine::load_unicode(std::size_t length_size) {
  std::size_t size;
  if (!read_length(length_size, size, "BINUNICODE") || !input_.need(size)) return false;
  PyObject* const text = new_text(input_.cursor, size);
  input_.cursor += size;
  return push_checked(text);
}

bool LoadMachine::load_bytes(std::size_t length_size) {
  std::size_t size;
  return read_length(length_size, size, "BINBYTES") && push_checked(input_.read_bytes(size));
}

bool LoadMachine::load_bytearray() {
  std::size_t size;
  if (!read_length(8, size, "BYTEARRAY8")) return false;
  PyObject* made;
  if (input_.available() >= size || !input_.is_file()) {
    if (!input_.need(size)) return false;
    made = PyByteArray_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
    if (made == nullptr) return false;
    prepare_large(PyByteArray_AS_STRING(made), size);
    std::memcpy(PyByteArray_AS_STRING(made), input_.cursor, size);
    input_.cursor += size;
  } else {
    const Ref bytes = Ref::steal(input_.read_bytes(size));
    if (!bytes) return false;
    made = PyByteArray_FromStringAndSize(PyBytes_AS_STRING(bytes.get()), static_cast<Py_ssize_t>(size));
  }
  return push_checked(made);
}

bool LoadMachine::load_get_text() {
  if (!input_.read_line(line_)) return false;
  if (line_.size() < 2) return PickleInput::truncated();
  const Py_ssize_t index = number_of_line(line_);
  if (index < 0 && PyErr_Occurred()) return false;
  return push_memo(static_cast<std::size_t>(index));
}

bool LoadMachine::load_put_text() {
  if (!input_.read_line(line_)) return false;
  if (line_.size() < 2) return PickleInput::truncated();
  if (!has(1)) return false;
  const Py_ssize_t index = number_of_line(line_);
  if (index < 0) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "negative PUT argument");
    return false;
  }
  return put_memo(static_cast<std::size_t>(index));
}

}  // namespace dill::engine
