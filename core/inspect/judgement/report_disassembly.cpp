#include <algorithm>
#include <optional>

#include "graph/text.h"
#include "graph/utf8.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/offset_paths.h"
#include "inspect/judgement/reports.h"
#include "inspect/static_graph.h"
#include "pickle/decoder.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kShownBytes = 60;

std::string_view beginning(pickle::Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and unsigned char
  return {reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kShownBytes)};
}

std::string shown(pickle::Bytes payload, bool is_bytes) {
  std::string_view text = beginning(payload);
  if (!is_bytes && text.size() < payload.size()) text = text.substr(0, text.find_last_not_of("\x80\xBF") + 1);
  return graph::python_literal(text, is_bytes) +
         (text.size() < payload.size() ? "... (" + graph::counted(payload.size(), "byte") + ")" : "");
}

std::string argument_text(const pickle::Instruction& instruction) {
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
    case ArgumentKind::Long1:
    case ArgumentKind::Long4:
      if (instruction.boolean) return instruction.integer != 0 ? "True" : "False";
      return instruction.big ? "(" + graph::counted(instruction.payload.size(), "byte") + ")"
                             : std::to_string(instruction.integer);
    case ArgumentKind::FloatNl:
    case ArgumentKind::Float8: {
      std::string text = std::to_string(instruction.number);
      return text;
    }
    case ArgumentKind::StringNlPair:
      return shown(instruction.payload, false) + " " + shown(instruction.second, false);
    case ArgumentKind::StringNl:
    case ArgumentKind::UnicodeNl:
    case ArgumentKind::Unicode1:
    case ArgumentKind::Unicode4:
    case ArgumentKind::Unicode8:
      return shown(instruction.payload, false);
    case ArgumentKind::String1:
    case ArgumentKind::String4:
    case ArgumentKind::Bytes1:
    case ArgumentKind::Bytes4:
    case ArgumentKind::Bytes8:
    case ArgumentKind::ByteArray8:
      return shown(instruction.payload, true);
  }
  return {};
}

std::string stack_effect(const pickle::OpcodeInfo& info) {
  if (info.stack_before.empty() && info.stack_after.empty()) return {};
  return "[" + std::string(info.stack_before) + " -> " + std::string(info.stack_after) + "]";
}

void pad(std::string& line, std::size_t width) { line.resize(std::max(line.size(), width), ' '); }

}  // namespace

void disassembly_report(std::span<const unsigned char> pickle, const ReportWriter& write) {
  const auto read = read_pickle(pickle);
  const std::optional<OffsetPaths> paths = read ? std::optional<OffsetPaths>(read->graph) : std::nullopt;
  pickle::Decoder decoder(pickle, pickle::Frames::MayBeCut);
  while (decoder.remaining() > 0) {
    const auto instruction = decoder.next();
    if (!instruction) {
      write("byte " + graph::grouped_digits(instruction.error().offset) + ": " + instruction.error().message() + "\n");
      return;
    }
    const pickle::OpcodeInfo& info = pickle::opcode_info(instruction->opcode);
    std::string line = std::to_string(instruction->offset);
    line.insert(0, line.size() < 10 ? 10 - line.size() : 0, ' ');
    line += "  " + std::string(info.name);
    pad(line, 29);
    line += " " + neutral(argument_text(*instruction));
    pad(line, 56);
    line += " " + stack_effect(info);
    if (paths) {
      const graph::NodeId made = paths->beginning_at(instruction->offset);
      const graph::NodeId node = made != graph::kNoNode ? made : paths->at(instruction->offset);
      if (node != graph::kNoNode) {
        pad(line, 90);
        line += (made != graph::kNoNode ? "  " : "  of ") + neutral(paths->path(node));
        if (made != graph::kNoNode) {
          const std::string description = paths->graph().description(node);
          line += ": " + neutral(paths->graph().type(node)) + (description.empty() ? "" : " " + neutral(description));
        }
      }
    }
    if (!write(line + "\n")) return;
  }
}

}  // namespace dill::inspect
