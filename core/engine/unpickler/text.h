// Strings of UTF-8.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/cpython/new_scalars.h"

namespace dill::engine {

// True if all of `text` is ASCII.
inline bool is_ascii(const unsigned char* text, std::size_t size) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t word, seen = 0;
  if (size < 8) {
    for (std::size_t i = 0; i < size; ++i) seen |= text[i];
    return seen < 0x80;
  }
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    std::memcpy(&word, text + i, 8);
    seen |= word;
  }
  std::memcpy(&word, text + size - 8, 8);
  return ((seen | word) & kHighBits) == 0;
}

// new_text() for what is not ASCII, or shorter than two characters.
PyObject* new_other_text(const unsigned char* text, std::size_t size);

// A str of UTF-8 text, lone surrogates allowed. Null with UnicodeDecodeError or MemoryError.
inline PyObject* new_text(const unsigned char* text, std::size_t size) {
  return size >= 2 && is_ascii(text, size) ? cpython::new_ascii(text, size) : new_other_text(text, size);
}

}  // namespace dill::engine
