#include "inspect/judgement/neutral_names.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "graph/utf8.h"

namespace dill::inspect {

namespace {

struct Range {
  char32_t first, last;
};

// Characters that are not seen, or that change how their neighbours are seen.
constexpr std::array<Range, 22> kInvisible{
    {{0x0000, 0x001F}, {0x007F, 0x00A0},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C}, {0x115F, 0x1160},
     {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F}, {0x2800, 0x2800},
     {0x3000, 0x3000}, {0x3164, 0x3164},   {0xD800, 0xF8FF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
     {0xFFF0, 0xFFFB}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF}}};

// Scripts whose letters look like Latin ones.
enum class Script { None, Latin, Greek, Cyrillic, Armenian, Cherokee, Other };

constexpr bool within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

bool is_invisible(char32_t c) {
  for (const Range& range : kInvisible)
    if (within(c, range.first, range.last)) return true;
  return (c & 0xFFFEU) == 0xFFFEU;  // noncharacters
}

// Letters that are ASCII letters in another dress: fullwidth forms, mathematical alphabets, letterlike symbols.
bool is_disguised_ascii(char32_t c) {
  return within(c, 0xFF01, 0xFF5E) || within(c, 0x1D400, 0x1D7FF) || within(c, 0x2100, 0x214F) ||
         within(c, 0x24B6, 0x24E9) || within(c, 0x1F130, 0x1F189) || c == 0x2024 || c == 0xA60E;
}

Script script_of(char32_t c) {
  if (within(c, 'a', 'z') || within(c, 'A', 'Z') || within(c, 0x00C0, 0x024F) || within(c, 0x1E00, 0x1EFF))
    return Script::Latin;
  if (within(c, 0x0370, 0x03FF) || within(c, 0x1F00, 0x1FFF)) return Script::Greek;
  if (within(c, 0x0400, 0x052F) || within(c, 0x1C80, 0x1C8F) || within(c, 0x2DE0, 0x2DFF) || within(c, 0xA640, 0xA69F))
    return Script::Cyrillic;
  if (within(c, 0x0530, 0x058F)) return Script::Armenian;
  if (within(c, 0x13A0, 0x13FF) || within(c, 0xAB70, 0xABBF)) return Script::Cherokee;
  return c < 0x80 ? Script::None : Script::Other;
}

// Letters that are taken for ASCII letters.
constexpr std::u32string_view kLookAlikes =
    U"\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d"
    U"\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0405\u0406\u0408"
    U"\u03bf\u03bd\u03b1\u03b9\u03ba\u03c1\u03c5\u03c7\u0391\u0392\u0395\u0396\u0397\u0399"
    U"\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0561\u0570\u0578\u057d\u0585\u0131";

// The character at `at`, which moves behind it; false for a byte that is not part of valid UTF-8.
bool next_character(std::string_view text, std::size_t& at, char32_t& character) {
  const std::size_t length = graph::utf8_sequence(text.substr(at, 4));
  if (length == 0) {
    ++at;
    return false;
  }
  const auto first = static_cast<unsigned char>(text[at]);
  character = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i)
    character = (character << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  at += length;
  return true;
}

void append_escape(std::string& out, char32_t c) {
  std::array<char, 16> escape{};
  const char* const format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): three fixed formats
  const int length = std::snprintf(escape.data(), escape.size(), format, static_cast<unsigned>(c));
  out.append(escape.data(), static_cast<std::size_t>(length));
}

std::string csv_field(std::string text) {
  if (!text.empty() && std::string_view("=+-@|%").find(text[0]) != std::string_view::npos) text.insert(0, 1, '\'');
  if (text.find_first_of(",;\"'\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string neutral(std::string_view text, ReportFormat format) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    char32_t c = 0;
    if (!next_character(text, at, c)) {
      append_escape(out, static_cast<unsigned char>(text[begin]));
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    } else if (is_invisible(c)) {
      append_escape(out, c);
    } else if (format == ReportFormat::Html &&
               std::string_view("&<>\"'").find(static_cast<char>(c)) != std::string_view::npos && c < 0x80) {
      out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : "&#39;";
    } else {
      out.append(text.substr(begin, at - begin));
    }
  }
  return format == ReportFormat::Csv ? csv_field(std::move(out)) : out;
}

std::string_view oddity_of_name(std::string_view name) {
  Script word = Script::None;  // of the letters since the last dot
  bool only_look_alikes = true;
  for (std::size_t at = 0; at < name.size();) {
    char32_t c = 0;
    if (!next_character(name, at, c)) return "is not valid text";
    if (is_invisible(c) || c == ' ') return "has invisible characters";
    if (is_disguised_ascii(c)) return "has characters that look like others";
    const Script script = c == '.' ? Script::None : script_of(c);
    if (c == '.') {
      if (word > Script::Latin && only_look_alikes) return "has letters that look like others";
      word = Script::None;
      only_look_alikes = true;
    }
    if (script == Script::None) continue;
    if (word != Script::None && word != script) return "mixes letters of several scripts";
    word = script;
    if (kLookAlikes.find(c) == std::u32string_view::npos) only_look_alikes = false;
  }
  if (word > Script::Latin && only_look_alikes) return "has letters that look like others";
  return {};
}

}  // namespace dill::inspect
