// The text encodings of protocol 0, and checks of UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>

namespace dill::pickle {

struct EscapeError {
  std::uint64_t offset;  // of the backslash, in the text that was given
  std::string message;
};

// The bytes that the text between the quotes of a STRING argument means: Python's escapes \n \t \\ \' \" \xhh \ooo ...
// An unknown escape stands for itself, as in Python.
tl::expected<std::string, EscapeError> unescape_string(std::span<const unsigned char> text);

// The text that a UNICODE argument means (raw-unicode-escape: Latin-1 with \uhhhh and \Uhhhhhhhh after an odd number of
// backslashes), as UTF-8. Lone surrogates come out as three bytes, like Python's "surrogatepass".
tl::expected<std::string, EscapeError> unescape_unicode(std::span<const unsigned char> text);

enum class Surrogates : std::uint8_t { Refuse, Pass };

// Whether `text` is well-formed UTF-8; encoded surrogates (U+D800 to U+DFFF) are refused or passed.
bool is_utf8(std::span<const unsigned char> text, Surrogates surrogates);

// Appends a code point (at most 0x10FFFF) as UTF-8.
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace dill::pickle
