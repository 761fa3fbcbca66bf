#include "engine/unpickler/text.h"

namespace dill::engine {
namespace {

bool continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

struct Measure {
  std::size_t characters = 0;
  std::uint32_t highest = 0;  // at least as high as every character, in the same width
};

// False if the text is not UTF-8. Surrogates are taken.
bool measure(const unsigned char* text, const unsigned char* end, Measure& found) {
  std::uint32_t highest = 0;
  std::size_t characters = 0;
  while (text < end) {
    const unsigned char first = *text;
    const std::ptrdiff_t rest = end - text;
    std::uint32_t code;
    if (first < 0x80) {
      code = first;
      text += 1;
    } else if (first < 0xE0) {
      if (first < 0xC2 || rest < 2 || !continues(text[1])) return false;
      code = (first & 0x1Fu) << 6 | (text[1] & 0x3Fu);
      text += 2;
    } else if (first < 0xF0) {
      if (rest < 3 || !continues(text[1]) || !continues(text[2])) return false;
      code = (first & 0x0Fu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
      if (code < 0x800) return false;
      text += 3;
    } else {
      if (rest < 4 || !continues(text[1]) || !continues(text[2]) || !continues(text[3])) return false;
      code = (first & 0x07u) << 18 | (text[1] & 0x3Fu) << 12 | (text[2] & 0x3Fu) << 6 | (text[3] & 0x3Fu);
      if (first > 0xF4 || code < 0x10000 || code > 0x10FFFF) return false;
      text += 4;
    }
    highest |= code;
    ++characters;
  }
  found = {characters, highest};
  return true;
}

// The text was measured: it is right, and every character fits.
template <class Unit>
void decode(const unsigned char* text, const unsigned char* end, Unit* to) {
  while (text < end) {
    const unsigned char first = *text;
    if (first < 0x80) {
      *to++ = static_cast<Unit>(first);
      text += 1;
    } else if (first < 0xE0) {
      *to++ = static_cast<Unit>((first & 0x1Fu) << 6 | (text[1] & 0x3Fu));
      text += 2;
    } else if (first < 0xF0) {
      *to++ = static_cast<Unit>((first & 0x0Fu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu));
      text += 3;
    } else {
      *to++ = static_cast<Unit>((first & 0x07u) << 18 | (text[1] & 0x3Fu) << 12 | (text[2] & 0x3Fu) << 6 |
                                (text[3] & 0x3Fu));
      text += 4;
    }
  }
}

}  // namespace

PyObject* new_other_text(const unsigned char* text, std::size_t size) {
  if (size == 1 && *text < 0x80) return PyUnicode_FromOrdinal(*text);
  Measure found;
  // One character or none: shared by all of Python. Not UTF-8: CPython tells what is wrong.
  if (!measure(text, text + size, found) || found.characters < 2)
    return PyUnicode_DecodeUTF8(reinterpret_cast<const char*>(text), static_cast<Py_ssize_t>(size), "surrogatepass");
  // The highest of each width stands for all of it.
  const Py_UCS4 limit = found.highest < 0x80      ? 0x7F
                        : found.highest < 0x100   ? 0xFF
                        : found.highest < 0x10000 ? 0xFFFF
                                                  : 0x10FFFF;
  PyObject* const made = PyUnicode_New(static_cast<Py_ssize_t>(found.characters), limit);
  if (made == nullptr) return nullptr;
  if (limit <= 0xFF) {
    decode(text, text + size, PyUnicode_1BYTE_DATA(made));
  } else if (limit == 0xFFFF) {
    decode(text, text + size, PyUnicode_2BYTE_DATA(made));
  } else {
    decode(text, text + size, PyUnicode_4BYTE_DATA(made));
  }
  return made;
}

}  // namespace dill::engine
