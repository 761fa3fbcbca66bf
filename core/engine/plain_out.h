// Writes the scalars of a plain walk: only for the files that implement it.
#pragma once

#include <bit>
#include <cstring>

#include "engine/cpython/compact_int.h"
#include "engine/plain_walk.h"

namespace dill::engine {

// Small copies without a call.
inline void copy_bytes(unsigned char* to, const char* from, std::size_t n) {
  if (n > 16) {
    std::memcpy(to, from, n);
  } else if (n >= 8) {
    std::uint64_t head, tail;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + n - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + n - 8, &tail, 8);
  } else if (n >= 4) {
    std::uint32_t head, tail;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + n - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + n - 4, &tail, 4);
  } else {
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<unsigned char>(from[i]);
  }
}

// Where opcodes are written, in registers: between two calls of things that write themselves.
struct PlainWalk::Out {
  explicit Out(pickle::Encoder& of) : encoder(of) { load(); }
  void load() {
    to = encoder.cursor();
    soft_limit = encoder.soft_limit();
  }
  void store() const { encoder.set_cursor(to); }
  // As Encoder::next_object.
  bool next_object() {
    if (to < soft_limit) [[likely]]
      return false;
    store();
    const bool committed = encoder.next_object();
    load();
    return committed;
  }
  void put(pickle::Opcode op) { *to++ = static_cast<unsigned char>(op); }
  void get(std::uint32_t index) {
    const bool near = index < 256;
    *to = static_cast<unsigned char>(near ? pickle::Opcode::BINGET : pickle::Opcode::LONG_BINGET);
    std::memcpy(to + 1, &index, sizeof index);
    to += near ? 2 : 5;
  }
  // A str or bytes of up to 255 bytes, and MEMOIZE.
  void counted(pickle::Opcode op, const char* data, std::size_t length) {
    to[0] = static_cast<unsigned char>(op);
    to[1] = static_cast<unsigned char>(length);
    copy_bytes(to + 2, data, length);
    to[length + 2] = static_cast<unsigned char>(pickle::Opcode::MEMOIZE);
    to += length + 3;
  }
  // An int of 32 bits: all three forms are the first bytes of the number.
  void integer(long value) {
    const auto digits = static_cast<std::int32_t>(value);
    const auto magnitude = static_cast<unsigned long>(value);
    const bool one = magnitude <= 0xFF;
    const bool two = magnitude <= 0xFFFF;
    *to = static_cast<unsigned char>(one   ? pickle::Opcode::BININT1
                                     : two ? pickle::Opcode::BININT2
                                           : pickle::Opcode::BININT);
    std::memcpy(to + 1, &digits, sizeof digits);
    to += one ? 2 : two ? 3 : 5;
  }
  void real(double value) {
    const std::uint64_t bits = __builtin_bswap64(std::bit_cast<std::uint64_t>(value));
    *to = static_cast<unsigned char>(pickle::Opcode::BINFLOAT);
    std::memcpy(to + 1, &bits, 8);
    to += 9;
  }

  pickle::Encoder& encoder;
  unsigned char* to;
  unsigned char* soft_limit;
};

// True if the object was a scalar that could be written here, or anything that is in the memo. `sole` false: its one
// reference may be reached in several ways.
[[gnu::always_inline]] inline bool PlainWalk::leaf(PyObject* object, Out& out, bool sole) {
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyUnicode_Type) {
    const bool alone = sole && is_alone(object);
    if (!alone) {
      const std::uint32_t known = memo_.find(object);
      if (known != Memo::kMissing) {
        out.get(known);
        return true;
      }
    }
    const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
    if (PyUnicode_IS_COMPACT_ASCII(object) && length <= 0xFF) [[likely]] {
      out.counted(pickle::Opcode::SHORT_BINUNICODE, static_cast<const char*>(PyUnicode_DATA(object)), length);
      note(object, alone);
      return true;
    }
    out.store();
    const bool done = PyUnicode_IS_COMPACT_ASCII(object) ? long_text(object, alone) : wide_text(object, alone);
    out.load();
    return done;
  }
  if (type == &PyLong_Type) {
    long value;
    if (cpython::compact_int(object, value)) [[likely]] {
      out.integer(value);
      return true;
    }
    out.store();
    const bool done = number(object);
    out.load();
    return done;
  }
  if (type == &PyFloat_Type) {
    out.real(PyFloat_AS_DOUBLE(object));
    return true;
  }
  if (object == Py_None) {
    out.put(pickle::Opcode::NONE);
    return true;
  }
  if (type == &PyBool_Type) {
    out.put(object == Py_True ? pickle::Opcode::NEWTRUE : pickle::Opcode::NEWFALSE);
    return true;
  }
  const bool alone = is_alone(object);
  if (!alone) {
    const std::uint32_t known = memo_.find(object);
    if (known != Memo::kMissing) {
      out.get(known);
      return true;
    }
  }
  if (type != &PyBytes_Type) return false;
  const auto length = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
  if (length <= 0xFF) {
    out.counted(pickle::Opcode::SHORT_BINBYTES, PyBytes_AS_STRING(object), length);
    note(object, alone);
    return true;
  }
  out.store();
  const bool done = long_bytes(object, alone);
  out.load();
  return done;
}

}  // namespace dill::engine
