#include <algorithm>
#include <optional>

#include "graph/text.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/offset_paths.h"
#include "inspect/judgement/reports.h"
#include "inspect/opcode_text.h"
#include "inspect/static_graph.h"
#include "pickle/decoder.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kShownCharacters = 60;

std::string stack_effect(const pickle::OpcodeInfo& info) {
  if (info.stack_before.empty() && info.stack_after.empty()) return {};
  return "[" + std::string(info.stack_before) + " -> " + std::string(info.stack_after) + "]";
}

// What stands between the opcodes of a joblib dump: frames, which joblib does not follow, and the bytes of arrays.
std::string gap_lines(std::span<const unsigned char> bytes, std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t kFrame = 9;
  std::string lines;
  const auto add = [&](std::uint64_t at, const std::string& what) {
    std::string line = std::to_string(at);
    line.insert(0, line.size() < 10 ? 10 - line.size() : 0, ' ');
    lines += line + "  " + what + "\n";
  };
  while (end - begin >= kFrame && bytes[begin] == static_cast<unsigned char>(pickle::Opcode::FRAME)) {
    add(begin, std::string(pickle::opcode_info(pickle::Opcode::FRAME).name));
    begin += kFrame;
  }
  if (begin < end) add(begin, "(" + graph::counted(end - begin, "byte") + " of an array)");
  return lines;
}

void pad(std::string& line, std::size_t width) { line.resize(std::max(line.size(), width), ' '); }

}  // namespace

void disassembly_report(const MemberReport& pickle, const ReportWriter& write) {
  const auto read = read_pickle(pickle.bytes);
  const std::optional<OffsetPaths> paths = read ? std::optional<OffsetPaths>(read->graph) : std::nullopt;
  pickle::Decoder decoder(pickle.stream, pickle::Frames::MayBeCut);
  std::uint64_t behind = 0;  // the last opcode, in the bytes
  while (decoder.remaining() > 0) {
    const auto instruction = decoder.next();
    if (!instruction) {
      write("byte " + graph::grouped_digits(offset_in_bytes(pickle.pieces, instruction.error().offset)) + ": " +
            instruction.error().message() + "\n");
      return;
    }
    const std::uint64_t offset = offset_in_bytes(pickle.pieces, instruction->offset);
    if (offset > behind && !write(gap_lines(pickle.bytes, behind, offset))) return;
    behind = offset + instruction->length;
    const pickle::OpcodeInfo& info = pickle::opcode_info(instruction->opcode);
    std::string line = std::to_string(offset);
    line.insert(0, line.size() < 10 ? 10 - line.size() : 0, ' ');
    line += "  " + std::string(info.name);
    pad(line, 29);
    line += " " + neutral(argument_text(*instruction, kShownCharacters));
    pad(line, 56);
    line += " " + stack_effect(info);
    if (paths) {
      const graph::NodeId made = paths->beginning_at(offset);
      const graph::NodeId node = made != graph::kNoNode ? made : paths->at(offset);
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
