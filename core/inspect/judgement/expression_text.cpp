#include "inspect/judgement/expression_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace dill::inspect {

namespace {

constexpr std::size_t kLongestExpression = 10'000;

constexpr std::array<std::string_view, 12> kConstants{"range",    "slice",          "xrange", "None", "True", "False",
                                                      "Ellipsis", "NotImplemented", "inf",    "nan",  "b",    "u"};

constexpr std::array<std::string_view, 16> kEncodings{
    "latin1", "latin-1",  "latin_1", "iso-8859-1", "iso8859-1", "utf-8",     "utf8",      "utf_8",
    "ascii",  "us-ascii", "utf-16",  "utf-32",     "cp1252",    "utf-16-le", "utf-16-be", "raw_unicode_escape"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Behind the literal whose first quote is at `at`; npos if it does not end.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    } else if (text[i] == '\n') {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

}  // namespace

bool is_plain_expression(std::string_view text) {
  if (text.size() > kLongestExpression) return false;
  bool after_value = false;  // a bracket here would call or index what comes before
  bool callable = false;     // ... which is range or slice
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (is_letter(c)) {
      std::size_t end = i;
      while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
      const std::string_view word = text.substr(i, end - i);
      if (after_value || std::find(kConstants.begin(), kConstants.end(), word) == kConstants.end()) return false;
      callable = word == "range" || word == "slice" || word == "xrange";
      // b'...' and u'...' are literals; without a quote they would be names.
      const bool prefix = word == "b" || word == "u";
      if (prefix && (end >= text.size() || (text[end] != '\'' && text[end] != '"'))) return false;
      after_value = !prefix;
      i = end;
    } else if (is_digit(c)) {
      if (after_value) return false;
      while (i < text.size() && (is_digit(text[i]) || text[i] == '.' || text[i] == '_' ||
                                 ((text[i] == '+' || text[i] == '-') && (text[i - 1] == 'e' || text[i - 1] == 'E')) ||
                                 text[i] == 'e' || text[i] == 'E' || text[i] == 'j')) {
        ++i;
      }
      after_value = true;
      callable = false;
    } else if (c == '\'' || c == '"') {
      if (after_value) return false;
      i = end_of_string(text, i);
      if (i == std::string_view::npos) return false;
      after_value = true;
      callable = false;
    } else if (c == '(') {
      if (after_value && !callable) return false;
      after_value = callable = false;
      ++i;
    } else if (c == '[' || c == '{') {
      if (after_value) return false;
      ++i;
    } else if (c == ')' || c == ']' || c == '}') {
      after_value = true;
      callable = false;
      ++i;
    } else if (c == ',' || c == ':' || c == '+' || c == '-') {
      after_value = callable = false;
      ++i;
    } else if (c == ' ') {
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

bool is_dotted_name(std::string_view text) {
  bool begins = true;
  for (const char c : text) {
    if (c == '.') {
      if (begins) return false;
      begins = true;
    } else if (is_letter(c) || (is_digit(c) && !begins)) {
      begins = false;
    } else {
      return false;
    }
  }
  return !begins;
}

bool is_plain_encoding(std::string_view name) {
  std::string lower(name.substr(0, 32));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return std::find(kEncodings.begin(), kEncodings.end(), lower) != kEncodings.end();
}

}  // namespace dill::inspect
