#include "inspect/judgement/json_writer.h"

#include <array>
#include <cstdio>

#include "graph/utf8.h"

namespace dill::inspect {

namespace {

void append_unit(std::string& out, unsigned unit) {
  std::array<char, 8> escape{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): a fixed format
  std::snprintf(escape.data(), escape.size(), "\\u%04x", unit);
  out.append(escape.data(), 6);
}

// The surrogate that begins `text` in three bytes, 0 if none does.
unsigned lone_surrogate(std::string_view text) {
  if (text.size() < 3 || static_cast<unsigned char>(text[0]) != 0xED) return 0;
  const auto second = static_cast<unsigned char>(text[1]), third = static_cast<unsigned char>(text[2]);
  if (second < 0xA0 || second > 0xBF || third < 0x80 || third > 0xBF) return 0;
  return 0xD000U | ((second & 0x3FU) << 6U) | (third & 0x3FU);
}

}  // namespace

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!empty_) out_ += ',';
  if (!out_.empty()) out_ += indent_;
  empty_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  indent_ += "  ";
  empty_ = true;
}

void JsonWriter::close(char bracket) {
  indent_.resize(indent_.size() - 2);
  if (!empty_) out_ += indent_;
  out_ += bracket;
  empty_ = false;
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_text(name);
  out_ += ": ";
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  separate();
  append_text(value);
}

void JsonWriter::number(std::uint64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonWriter::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::null() {
  separate();
  out_ += "null";
}

void JsonWriter::append_text(std::string_view value) {
  out_ += '"';
  while (!value.empty()) {
    const auto first = static_cast<unsigned char>(value[0]);
    if (first < 0x80) {
      if (first == '"' || first == '\\') {
        out_ += '\\';
        out_ += value[0];
      } else if (first < 0x20 || first == 0x7F) {
        append_unit(out_, first);
      } else {
        out_ += value[0];
      }
      value.remove_prefix(1);
      continue;
    }
    const std::size_t length = graph::utf8_sequence(value.substr(0, 4));
    if (length == 0) {
      const unsigned surrogate = lone_surrogate(value);
      append_unit(out_, surrogate == 0 ? 0xFFFDU : surrogate);
      value.remove_prefix(surrogate == 0 ? 1 : 3);
      continue;
    }
    std::uint32_t character = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i)
      character = (character << 6U) | (static_cast<unsigned char>(value[i]) & 0x3FU);
    if (character < 0x10000) {
      append_unit(out_, character);
    } else {
      append_unit(out_, 0xD800U + ((character - 0x10000U) >> 10U));
      append_unit(out_, 0xDC00U + ((character - 0x10000U) & 0x3FFU));
    }
    value.remove_prefix(length);
  }
  out_ += '"';
}

}  // namespace dill::inspect
