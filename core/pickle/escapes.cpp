#include "pickle/escapes.h"

#include <cstring>

namespace dill::pickle {

namespace {

int hex_digit(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads exactly `digits` hexadecimal digits at `position`; -1 if there are fewer.
std::int64_t read_hex(std::span<const unsigned char> text, std::size_t position, std::size_t digits) {
  if (text.size() - position < digits) return -1;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_digit(text[position + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// The byte that a one-letter escape stands for; -1 for all others.
int simple_escape(unsigned char c) {
  switch (c) {
    case '\\':
    case '\'':
    case '"':
      return c;
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return -1;
  }
}

// Length of the UTF-8 sequence at the beginning of `text` (not empty); 0 if it is malformed.
std::size_t sequence_length(std::span<const unsigned char> text, Surrogates surrogates) {
  const auto continues = [&](std::size_t i) { return i < text.size() && (text[i] & 0xC0) == 0x80; };
  const unsigned char lead = text[0];
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && text[1] < 0xA0) return 0;  // overlong
    if (lead == 0xED && text[1] >= 0xA0 && surrogates == Surrogates::Refuse) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && text[1] < 0x90) return 0;  // overlong
    if (lead == 0xF4 && text[1] > 0x8F) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::span<const unsigned char> text, Surrogates surrogates) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8) {  // most text is ASCII: eight bytes at a time
      std::uint64_t word;
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        i += 8;
        continue;
      }
    }
    const std::size_t length = sequence_length(text.subspan(i), surrogates);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

tl::expected<std::string, EscapeError> unescape_string(std::span<const unsigned char> text) {
  std::string result;
  result.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned char c = text[i];
    if (c != '\\') {
      result.push_back(static_cast<char>(c));
      ++i;
      continue;
    }
    if (i + 1 == text.size()) return tl::unexpected(EscapeError{i, "backslash at the end of the string"});
    const unsigned char letter = text[i + 1];
    if (letter == '\n') {  // an escaped newline stands for nothing
      i += 2;
    } else if (const int byte = simple_escape(letter); byte >= 0) {
      result.push_back(static_cast<char>(byte));
      i += 2;
    } else if (letter >= '0' && letter <= '7') {
      unsigned value = 0;
      std::size_t end = i + 1;
      while (end < text.size() && end < i + 4 && text[end] >= '0' && text[end] <= '7')
        value = value * 8 + text[end++] - '0';
      result.push_back(static_cast<char>(value & 0xFF));
      i = end;
    } else if (letter == 'x') {
      const std::int64_t value = read_hex(text, i + 2, 2);
      if (value < 0) return tl::unexpected(EscapeError{i, "\\x needs two hexadecimal digits"});
      result.push_back(static_cast<char>(value));
      i += 4;
    } else {
      result.push_back('\\');
      result.push_back(static_cast<char>(letter));
      i += 2;
    }
  }
  return result;
}

tl::expected<std::string, EscapeError> unescape_unicode(std::span<const unsigned char> text) {
  std::string result;
  result.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      append_utf8(result, text[i++]);
      continue;
    }
    const unsigned char letter = text[i + 1];
    if (letter != 'u' && letter != 'U') {  // also a second backslash, which takes the u behind it its meaning
      append_utf8(result, text[i]);
      append_utf8(result, letter);
      i += 2;
      continue;
    }
    const std::size_t digits = letter == 'u' ? 4 : 8;
    const std::int64_t value = read_hex(text, i + 2, digits);
    if (value < 0) {
      return tl::unexpected(
          EscapeError{i, letter == 'u' ? "\\u needs four hexadecimal digits" : "\\U needs eight hexadecimal digits"});
    }
    if (value > 0x10FFFF) return tl::unexpected(EscapeError{i, "\\U is above 10FFFF, the last code point"});
    append_utf8(result, static_cast<std::uint32_t>(value));
    i += 2 + digits;
  }
  return result;
}

}  // namespace dill::pickle
