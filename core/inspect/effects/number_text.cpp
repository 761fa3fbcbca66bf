#include "inspect/effects/number_text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace dill::inspect {

namespace {

constexpr std::size_t kMaxDigits = 4300;
constexpr std::size_t kLongNumber = std::size_t{1} << 16;
constexpr Loaders kAll = kPlainLoaders | bit(Loader::Joblib) | bit(Loader::TorchLegacy);
constexpr Loaders kCMachines = kAll & static_cast<Loaders>(~kPythonLoaders);
constexpr Loaders kNew = kDecimalLoaders;

std::string_view text_of(std::span<const unsigned char> line) {
  return {reinterpret_cast<const char*>(line.data()), line.size()};
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What a C function sees of a line.
std::string_view c_string(std::string_view line) { return line.substr(0, line.find('\0')); }

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

// A number as Python's int(text, base) reads it: blanks around, a sign, a prefix (base 0), single underscores between
// digits.
struct Parsed {
  bool negative = false;
  bool big = false;  // the magnitude does not fit in 64 bits
  std::uint64_t magnitude = 0;
  std::size_t digits = 0;
  int base = 10;
};

// Takes one more digit; false if it is none of the base.
bool add_digit(Parsed& parsed, char c) {
  const int value = digit_value(c);
  if (value >= parsed.base) return false;
  ++parsed.digits;
  if (!parsed.big) {
    parsed.big = __builtin_mul_overflow(parsed.magnitude, static_cast<std::uint64_t>(parsed.base), &parsed.magnitude) ||
                 __builtin_add_overflow(parsed.magnitude, static_cast<std::uint64_t>(value), &parsed.magnitude);
  }
  return true;
}

std::optional<Parsed> parse_python(std::string_view text, bool any_base) {
  Parsed parsed;
  text = trimmed(text);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parsed.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  bool leading_zero = false;
  if (any_base && !text.empty() && text[0] == '0') {
    const char letter = text.size() > 1 ? static_cast<char>(text[1] | 0x20) : '\0';
    parsed.base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    if (parsed.base == 10) {
      leading_zero = true;
    } else {
      text.remove_prefix(2);
      if (!text.empty() && text[0] == '_') text.remove_prefix(1);
    }
  }
  if (text.empty() || text.front() == '_' || text.back() == '_') return std::nullopt;
  char before = '0';
  for (const char c : text) {
    if (c == '_') {
      if (before == '_') return std::nullopt;
    } else if (!add_digit(parsed, c)) {
      return std::nullopt;
    }
    before = c;
  }
  if (leading_zero && (parsed.big || parsed.magnitude != 0)) return std::nullopt;  // 010 is no Python number
  return parsed;
}

// strtol(text, &end, base) with the end at the end of the text. `big`: out of range, so that the caller tries Python's
// reading.
std::optional<Parsed> parse_strtol(std::string_view text, bool any_base) {
  Parsed parsed;
  if (text.empty()) return parsed;  // no digits, but the end pointer is where the caller looks for the end
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parsed.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (any_base && text.size() > 1 && text[0] == '0') {
    if ((text[1] | 0x20) == 'x' && text.size() > 2 && digit_value(text[2]) < 16) {
      parsed.base = 16;
      text.remove_prefix(2);
    } else {
      parsed.base = 8;
    }
  }
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (!add_digit(parsed, c)) return std::nullopt;
  }
  const std::uint64_t limit = (std::uint64_t{1} << 63) - (parsed.negative ? 0 : 1);
  if (parsed.magnitude > limit) parsed.big = true;
  return parsed;
}

// Whole numbers without blanks, prefixes and superfluous zeros are what every pickler writes, and read alike by all.
bool is_canonical(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  if (text.empty() || text.size() > 18 || (text[0] == '0' && text.size() > 1)) return false;
  return std::all_of(text.begin(), text.end(), is_digit);
}

struct Reading {
  Loaders who = kNoLoader;
  std::optional<Parsed> number;
};

NumberVerdict combine(std::initializer_list<Reading> readings) {
  NumberVerdict verdict;
  const Parsed* first = nullptr;
  for (const Reading& reading : readings) {
    if (!reading.number) continue;
    const Parsed& number = *reading.number;
    verdict.accept |= reading.who;
    if (number.digits > kMaxDigits && (number.base & (number.base - 1)) != 0) verdict.huge = true;
    if (first == nullptr) {
      first = &number;
    } else if (first->big != number.big ||
               (!number.big && (first->magnitude != number.magnitude ||
                                (number.magnitude != 0 && first->negative != number.negative)))) {
      verdict.same_value = false;
    }
  }
  return verdict;
}

std::optional<Parsed> c_int(std::string_view text, bool any_base) {
  // The newline is part of the line that strtol sees unless a NUL comes first; blanks at the end leave the end pointer
  // on a blank, and then Python's reading is tried.
  const auto parsed = parse_strtol(text, any_base);
  if (parsed && !parsed->big) return parsed;
  return parse_python(text, any_base);
}

}  // namespace

NumberVerdict judge_int(std::span<const unsigned char> line) {
  const std::string_view text = text_of(line);
  if (is_canonical(text) || text == "00" || text == "01") return {kAll, true, false};
  if (text.empty()) return {};
  const std::string_view seen = c_string(text);
  const auto old_c = c_int(seen, true);
  const auto new_c = c_int(seen, false);
  return combine({{static_cast<Loaders>(kCMachines & ~kNew), old_c},
                  {static_cast<Loaders>(kCMachines & kNew), new_c},
                  {static_cast<Loaders>(kPythonLoaders & ~kNew), parse_python(text, true)},
                  {static_cast<Loaders>(kPythonLoaders & kNew), parse_python(text, false)}});
}

NumberVerdict judge_long(std::span<const unsigned char> line) {
  std::string_view text = text_of(line);
  if (text.empty()) return {};
  if (text.back() == 'L') text.remove_suffix(1);
  if (is_canonical(text)) return {kAll, true, false};
  const std::string_view seen = c_string(text);
  return combine({{static_cast<Loaders>(kCMachines & ~kNew), parse_python(seen, true)},
                  {static_cast<Loaders>(kCMachines & kNew), parse_python(seen, false)},
                  {static_cast<Loaders>(kPythonLoaders & ~kNew), parse_python(text, true)},
                  {static_cast<Loaders>(kPythonLoaders & kNew), parse_python(text, false)}});
}

namespace {

struct FloatText {
  bool valid = false;
  bool overflows = false;
};

// A number as PyOS_string_to_double reads it: no blanks, no underscores.
FloatText parse_double(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty()) return {};
  std::string lower;
  if (text.size() <= 8) {
    for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    if (lower == "inf" || lower == "infinity" || lower == "nan") return {true, false};
  }
  std::size_t i = 0;
  std::size_t digits = 0;
  while (i < text.size() && is_digit(text[i])) ++i, ++digits;
  if (i < text.size() && text[i] == '.') {
    ++i;
    while (i < text.size() && is_digit(text[i])) ++i, ++digits;
  }
  if (digits == 0) return {};
  if (i < text.size() && (text[i] | 0x20) == 'e') {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    const std::size_t exponent = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    if (i == exponent) return {};
  }
  if (i != text.size()) return {};
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  // Out of range either way; too large unless the exponent is below zero or the number begins with zeros.
  const bool range = parsed.ec == std::errc::result_out_of_range;
  const std::size_t e = text.find_first_of("eE");
  const bool small = range && ((e != std::string_view::npos && text[e + 1] == '-') ||
                               (e == std::string_view::npos && (text[0] == '.' || text[0] == '0')));
  return {true, range && !small};
}

// Python's float() takes underscores between digits out first.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      result += text[i];
    } else if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return result;
}

}  // namespace

NumberVerdict judge_float(std::span<const unsigned char> line) {
  const std::string_view text = text_of(line);
  const FloatText plain = parse_double(text);
  if (plain.valid && !plain.overflows) return {kAll, true, false};
  NumberVerdict verdict;
  if (text.empty()) return verdict;
  const FloatText seen = parse_double(c_string(text));
  if (seen.valid && !seen.overflows) verdict.accept |= kCMachines;
  if (text.size() > kLongNumber) {  // not copied to find out: told as if the Python machine went on
    verdict.accept |= kPythonLoaders;
    return verdict;
  }
  const auto digits = without_underscores(trimmed(text));
  if (digits && parse_double(*digits).valid) verdict.accept |= kPythonLoaders;
  return verdict;
}

IndexVerdict judge_index(std::span<const unsigned char> line) {
  const std::string_view text = text_of(line);
  IndexVerdict verdict;
  if (!text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), is_digit)) {
    std::from_chars(text.data(), text.data() + text.size(), verdict.index);
    verdict.accept = kAll;
    return verdict;
  }
  const auto read = [&](std::string_view seen, Loaders who) {
    const auto number = parse_python(seen, false);
    if (!number) return;
    verdict.accept |= who;
    verdict.negative = number->negative && number->magnitude != 0;
    verdict.index = number->magnitude;
    if (number->big || number->magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      verdict.huge |= who;
  };
  if (!text.empty()) read(c_string(text), kCMachines);
  read(text, kPythonLoaders);
  return verdict;
}

}  // namespace dill::inspect
