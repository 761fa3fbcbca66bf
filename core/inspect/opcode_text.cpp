#include "inspect/opcode_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "graph/text.h"
#include "graph/utf8.h"

namespace dill::inspect {

namespace {

std::string_view as_text(pickle::Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and unsigned char
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The literal of the beginning of a text or of bytes, and how much there is of it.
std::string literal(pickle::Bytes payload, bool is_bytes, std::size_t limit) {
  const std::string_view whole = as_text(payload);
  if (whole.size() <= limit) return graph::python_literal(whole, is_bytes);
  std::string_view head = whole.substr(0, limit);
  if (!is_bytes) {
    // A sequence that is cut in two at the end would look like damage.
    for (std::size_t cut = 0; cut < 4 && cut < head.size(); ++cut) {
      const std::string_view shorter = head.substr(0, head.size() - cut);
      if (graph::is_utf8(shorter)) {
        head = shorter;
        break;
      }
    }
  }
  return graph::python_literal(head, is_bytes) + "... (" + graph::byte_size(whole.size()) + ")";
}

std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  return std::string(graph::utf8_prefix(text, limit)) + "...";
}

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::array<char, 40> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), result.ptr};
}

}  // namespace

std::string argument_text(const pickle::Instruction& instruction, std::size_t limit) {
  using pickle::ArgumentKind;
  switch (pickle::opcode_info(instruction.opcode).argument) {
    case ArgumentKind::None:
      return {};
    case ArgumentKind::Uint1:
    case ArgumentKind::Uint2:
    case ArgumentKind::Int4:
    case ArgumentKind::Uint4:
    case ArgumentKind::Uint8:
      return std::to_string(instruction.integer);
    case ArgumentKind::DecimalNl:
      if (instruction.boolean) return instruction.integer != 0 ? "True" : "False";
      if (!instruction.big) return std::to_string(instruction.integer);
      return shortened(
                 graph::printable(as_text(instruction.payload.first(std::min(instruction.payload.size(), limit)))),
                 limit) +
             (instruction.payload.size() > limit ? "... (" + graph::counted(instruction.payload.size(), "digit") + ")"
                                                 : "");
    case ArgumentKind::Long1:
    case ArgumentKind::Long4:
      if (!instruction.big) return std::to_string(instruction.integer);
      return "an integer of " + graph::counted(instruction.payload.size(), "byte");
    case ArgumentKind::FloatNl:
    case ArgumentKind::Float8:
      return number_text(instruction.number);
    case ArgumentKind::StringNl:
    case ArgumentKind::UnicodeNl:
      return shortened(
          graph::printable(as_text(instruction.payload.first(std::min(instruction.payload.size(), 2 * limit)))), limit);
    case ArgumentKind::StringNlPair:
      return shortened(
                 graph::printable(as_text(instruction.payload.first(std::min(instruction.payload.size(), limit)))),
                 limit) +
             " " +
             shortened(graph::printable(as_text(instruction.second.first(std::min(instruction.second.size(), limit)))),
                       limit);
    case ArgumentKind::String1:
    case ArgumentKind::String4:
    case ArgumentKind::Bytes1:
    case ArgumentKind::Bytes4:
    case ArgumentKind::Bytes8:
    case ArgumentKind::ByteArray8:
      return literal(instruction.payload, true, limit);
    case ArgumentKind::Unicode1:
    case ArgumentKind::Unicode4:
    case ArgumentKind::Unicode8:
      return literal(instruction.payload, false, limit);
  }
  return {};
}

}  // namespace dill::inspect
