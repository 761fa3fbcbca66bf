// Scalars that are rare or long, and the memo entries of what was written.
#include <memory>

#include "engine/plain_out.h"

namespace dill::engine {

using pickle::Opcode;

namespace {

constexpr Py_ssize_t kLargeText = 16 * 1024;  // may fill a frame, whose end a file may have to see

// UTF-8 with surrogates passed through; returns the end. Room for four bytes a character.
template <class Character>
unsigned char* encode_utf8(const Character* text, Py_ssize_t length, unsigned char* to) {
  const auto put = [&](std::uint32_t byte) { *to++ = static_cast<unsigned char>(byte); };
  for (Py_ssize_t i = 0; i < length; ++i) {
    const std::uint32_t c = text[i];
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | c >> 6);
      put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      put(0xE0 | c >> 12);
      put(0x80 | (c >> 6 & 0x3F));
      put(0x80 | (c & 0x3F));
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
      put(0x80 | (c >> 6 & 0x3F));
      put(0x80 | (c & 0x3F));
    }
  }
  return to;
}

std::shared_ptr<void> owner_of(PyObject* object) {
  Py_INCREF(object);
  return {object, [](void* of) { Py_DECREF(static_cast<PyObject*>(of)); }};
}

}  // namespace

bool PlainWalk::lone_leaf(PyObject* object) {
  if (!direct_) return false;
  Out out(encoder_);
  const bool done = leaf(object, out);
  out.store();
  return done;
}

bool PlainWalk::long_text(PyObject* object, bool alone) {
  const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
  if (length >= kLargeText && encoder_.has_sink()) return false;
  encoder_.put_unicode({static_cast<const char*>(PyUnicode_DATA(object)), length},
                       length >= kLargeText ? owner_of(object) : nullptr);
  memoize(object, alone);
  return true;
}

bool PlainWalk::long_bytes(PyObject* object, bool alone) {
  const auto length = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
  if (length >= kLargeText && encoder_.has_sink()) return false;
  encoder_.put_bytes({reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(object)), length},
                     length >= kLargeText ? owner_of(object) : nullptr);
  memoize(object, alone);
  return true;
}

// False if it is too large to be encoded in place.
bool PlainWalk::wide_text(PyObject* object, bool alone) {
  if (!PyUnicode_IS_READY(object) || PyUnicode_GET_LENGTH(object) >= kLargeText) return false;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(object);
  constexpr std::size_t kHeader = 5;
  unsigned char* const to = encoder_.room(kHeader + static_cast<std::size_t>(length) * 4);
  unsigned char* const begin = to + kHeader;
  unsigned char* end = begin;
  switch (PyUnicode_KIND(object)) {
    case PyUnicode_1BYTE_KIND:
      end = encode_utf8(PyUnicode_1BYTE_DATA(object), length, begin);
      break;
    case PyUnicode_2BYTE_KIND:
      end = encode_utf8(PyUnicode_2BYTE_DATA(object), length, begin);
      break;
    default:
      end = encode_utf8(PyUnicode_4BYTE_DATA(object), length, begin);
  }
  const auto size = static_cast<std::size_t>(end - begin);
  if (size <= 0xFF) {
    to[0] = static_cast<unsigned char>(Opcode::SHORT_BINUNICODE);
    to[1] = static_cast<unsigned char>(size);
    std::memmove(to + 2, begin, size);
    encoder_.advance(2 + size);
  } else {
    const auto count = static_cast<std::uint32_t>(size);
    to[0] = static_cast<unsigned char>(Opcode::BINUNICODE);
    std::memcpy(to + 1, &count, sizeof count);
    encoder_.advance(kHeader + size);
  }
  memoize(object, alone);
  return true;
}

// An int of more than a digit; false if it has more than some hundred.
bool PlainWalk::number(PyObject* object) {
  int overflow;
  const long value = PyLong_AsLongAndOverflow(object, &overflow);
  if (overflow != 0) {
    unsigned char digits[256];
    const std::size_t size = cpython::int_bytes(object, digits);
    if (size != 0) encoder_.put_long({digits, size});
    return size != 0;
  }
  if (value >= -0x8000'0000L && value <= 0x7FFF'FFFFL) {
    encoder_.put_int(static_cast<std::int32_t>(value));
    return true;
  }
  unsigned char digits[sizeof value];
  std::memcpy(digits, &value, sizeof value);
  std::size_t n = 4;
  for (; n < sizeof value; ++n) {
    const int shift = static_cast<int>(64 - 8 * n);
    if (static_cast<long>(static_cast<unsigned long>(value) << shift) >> shift == value) break;
  }
  encoder_.put_long({digits, n});
  return true;
}

bool PlainWalk::memoize_temporary() {
  if (outermost_) {
    memo_.defer_temporary();
  } else {
    const Ref placeholder = Ref::steal(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type)));
    if (!placeholder) return false;
    memo_.add(placeholder.get());
  }
  put(Opcode::MEMOIZE);
  return true;
}

bool PlainWalk::reference_if_known(PyObject* object, bool alone) {
  if (alone) return false;
  const std::uint32_t known = memo_.find(object);
  if (known == Memo::kMissing) return false;
  encoder_.put_get(known);
  return true;
}

// The object has just been made, and may have been met below itself.
bool PlainWalk::memoize_new(PyObject* object, bool owned) {
  const std::uint32_t known = is_alone(object) ? Memo::kMissing : memo_.find(object);
  if (known != Memo::kMissing) {
    put(Opcode::POP);
    encoder_.put_get(known);
    return true;
  }
  if (owned) {  // others ran: only the memo may be left to keep it alive
    if (!memo_.pin()) return false;
    memo_.add(object);
  } else {
    note(object, is_alone(object));
  }
  put(Opcode::MEMOIZE);
  return true;
}

}  // namespace dill::engine
