#include "inspect/effects/escape_check.h"

#include <cstddef>
#include <cstdint>

namespace dill::inspect {

namespace {

int hex_digit(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const unsigned char lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The number of `count` digits at `at`; -1 if they are not all there.
std::int64_t hex(std::span<const unsigned char> text, std::size_t at, std::size_t count) {
  if (text.size() - at < count) return -1;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

bool is_octal(unsigned char c) { return c >= '0' && c <= '7'; }

}  // namespace

EscapeVerdict check_string_escapes(std::span<const unsigned char> text) {
  EscapeVerdict verdict;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= 0x80) verdict.ascii = false;
    if (text[i] != '\\') continue;
    if (++i == text.size()) return {false, verdict.ascii};
    if (text[i] == 'x') {
      const std::int64_t value = hex(text, i + 1, 2);
      if (value < 0) return {false, verdict.ascii};
      if (value >= 0x80) verdict.ascii = false;
      i += 2;
    } else if (is_octal(text[i])) {
      unsigned value = 0;
      std::size_t digits = 0;
      while (digits < 3 && i + digits < text.size() && is_octal(text[i + digits]))
        value = value * 8 + (text[i + digits++] - '0');
      if ((value & 0xFF) >= 0x80) verdict.ascii = false;
      i += digits - 1;
    } else if (text[i] >= 0x80) {
      verdict.ascii = false;
    }
  }
  return verdict;
}

EscapeVerdict check_unicode_escapes(std::span<const unsigned char> text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') continue;
    if (++i == text.size()) break;  // a backslash at the end stands for itself
    if (text[i] == 'u') {
      if (hex(text, i + 1, 4) < 0) return {false, true};
    } else if (text[i] == 'U') {
      const std::int64_t value = hex(text, i + 1, 8);
      if (value < 0 || value > 0x10FFFF) return {false, true};
    }
  }
  return {};
}

}  // namespace dill::inspect
