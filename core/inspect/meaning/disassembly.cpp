#include "inspect/meaning/disassembly.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "graph/text.h"
#include "inspect/meaning/opcode_tables.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kConstantBytes = 400;  // longer constants are cut
constexpr std::array<std::string_view, 5> kFunctionParts{"defaults", "kwdefaults", "annotations", "closure",
                                                         "annotate"};
constexpr std::array<std::string_view, 4> kConversions{"", "str", "repr", "ascii"};

class Disassembler {
 public:
  Disassembler(const Contents& contents, const CodeObject& code, const OpcodeTable& table)
      : contents_(contents),
        code_(code),
        table_(table),
        locals_(code.local_names(table.minor)),
        cells_(code.cell_names(table.minor)) {}

  Disassembly run() {
    Disassembly found;
    found.minor = table_.minor;
    const std::size_t size = code_.code.size() / 2 * 2;
    std::uint32_t extended = 0;
    for (std::size_t offset = 0; offset < size; offset += 2) {
      const auto opcode = static_cast<unsigned char>(code_.code[offset]);
      const auto low = static_cast<unsigned char>(code_.code[offset + 1]);
      const OpcodeInfo* const info = table_.opcode[opcode];
      BytecodeInstruction instruction{.offset = offset, .name = "unknown", .argument = {}, .text = {}, .target = {}};
      if (info == nullptr) {
        instruction.argument = opcode;
        extended = 0;
      } else {
        instruction.name = info->name;
        if (info->kind != ArgumentKind::None) {
          const std::uint32_t argument = extended << 8 | low;
          instruction.argument = static_cast<std::int32_t>(argument);
          explain(*info, *instruction.argument, instruction);
          extended = info->kind == ArgumentKind::Extended ? argument : 0;
        } else {
          extended = 0;
        }
      }
      found.instructions.push_back(std::move(instruction));
      if (info != nullptr) offset += 2 * std::size_t{info->caches};
    }
    if (table_.minor >= 11) found.exceptions = exception_ranges(code_.exceptions);
    add_lines(found);
    mark_targets(found);
    return found;
  }

 private:
  static std::string at(const std::vector<std::string>& names, std::int64_t place) {
    return place >= 0 && place < static_cast<std::int64_t>(names.size()) ? names[static_cast<std::size_t>(place)]
                                                                         : std::string("?");
  }
  template <class Names>
  static std::string among(const Names& names, std::int64_t place) {
    return place >= 0 && place < static_cast<std::int64_t>(names.size())
               ? std::string(names[static_cast<std::size_t>(place)])
               : std::string("?");
  }

  // What is pushed beside the name stands before it up to 3.12, behind it from 3.13 on.
  std::string with(std::string_view other, std::string name, bool too) const {
    if (!too) return name;
    return table_.minor >= 13 ? name + " + " + std::string(other) : std::string(other) + " + " + name;
  }

  void jump(const OpcodeInfo& info, std::int64_t argument, BytecodeInstruction& instruction) const {
    const std::int64_t bytes = table_.minor >= 10 ? 2 * argument : argument;
    const std::int64_t next = static_cast<std::int64_t>(instruction.offset) + 2 + 2 * info.caches;
    const std::int64_t target = info.kind == ArgumentKind::JumpTo         ? bytes
                                : info.kind == ArgumentKind::JumpBackward ? next - bytes
                                                                          : next + bytes;
    // END_ASYNC_FOR goes nowhere: from 3.14 on it tells where its loop comes from.
    instruction.text = (info.name == "END_ASYNC_FOR" ? "from " : "to ") + std::to_string(target);
    if (target >= 0) instruction.target = static_cast<std::uint64_t>(target);
  }

  std::string comparison(std::int64_t argument) const {
    if (table_.minor < 12) return among(table_.comparisons, argument);
    if (table_.minor == 12) return among(table_.comparisons, argument >> 4);
    const std::string sign = among(table_.comparisons, argument >> 5);
    return (argument & 16) != 0 ? "bool(" + sign + ")" : sign;
  }

  static std::string function_parts(std::int64_t flags) {
    std::string text;
    for (std::size_t i = 0; i < kFunctionParts.size(); ++i) {
      if ((flags >> i & 1) != 0) text += (text.empty() ? "" : ", ") + std::string(kFunctionParts[i]);
    }
    return text;
  }

  static std::string format(std::int64_t argument) {
    std::string text = among(kConversions, argument & 3);
    if ((argument & 4) != 0) text += text.empty() ? "with format" : ", with format";
    return text;
  }

  void explain(const OpcodeInfo& info, std::int64_t argument, BytecodeInstruction& instruction) const {
    std::string& text = instruction.text;
    switch (info.kind) {
      case ArgumentKind::Constant:
        text = argument >= 0 && argument < static_cast<std::int64_t>(code_.consts.size())
                   ? value_text(contents_, code_.consts[static_cast<std::size_t>(argument)], kConstantBytes)
                   : "?";
        break;
      case ArgumentKind::Name:
        text = at(code_.names, argument);
        break;
      case ArgumentKind::NameNull:
        text = with("NULL", at(code_.names, argument >> 1), (argument & 1) != 0);
        break;
      case ArgumentKind::NameSelf:
        text = with("NULL|self", at(code_.names, argument >> 1), (argument & 1) != 0);
        break;
      case ArgumentKind::NameSuper:
        text = with("NULL|self", at(code_.names, argument >> 2), (argument & 1) != 0);
        break;
      case ArgumentKind::Local:
        text = at(locals_, argument);
        break;
      case ArgumentKind::LocalPair:
        text = at(locals_, argument >> 4) + ", " + at(locals_, argument & 15);
        break;
      case ArgumentKind::Free:
        text = at(cells_, argument);
        break;
      case ArgumentKind::Compare:
        text = comparison(argument);
        break;
      case ArgumentKind::Operator:
        text = among(table_.operators, argument);
        break;
      case ArgumentKind::JumpForward:
      case ArgumentKind::JumpBackward:
      case ArgumentKind::JumpTo:
        jump(info, argument, instruction);
        break;
      case ArgumentKind::Intrinsic1:
        text = among(table_.intrinsics_1, argument);
        break;
      case ArgumentKind::Intrinsic2:
        text = among(table_.intrinsics_2, argument);
        break;
      case ArgumentKind::FormatValue:
        text = format(argument);
        break;
      case ArgumentKind::ConvertValue:
        text = among(kConversions, argument);
        break;
      case ArgumentKind::FunctionFlags:
        text = function_parts(argument);
        break;
      case ArgumentKind::CommonConstant:
        text = among(table_.common_constants, argument);
        break;
      case ArgumentKind::SpecialMethod:
        text = among(table_.special_methods, argument);
        break;
      case ArgumentKind::SmallInteger:
        text = std::to_string(argument);
        break;
      case ArgumentKind::IsNot:
        text = argument != 0 ? "is not" : "is";
        break;
      case ArgumentKind::NotIn:
        text = argument != 0 ? "not in" : "in";
        break;
      case ArgumentKind::None:
      case ArgumentKind::Number:
      case ArgumentKind::Extended:
      case ArgumentKind::Resume:
        break;
    }
  }

  void add_lines(Disassembly& found) const {
    const auto ranges = line_ranges(table_.minor, code_.lines, code_.firstlineno, code_.code.size());
    std::size_t range = 0;
    for (BytecodeInstruction& instruction : found.instructions) {
      while (range < ranges.size() && ranges[range].end <= instruction.offset) ++range;
      if (range == ranges.size()) return;
      if (ranges[range].begin <= instruction.offset) instruction.line = ranges[range].line;
    }
  }

  static void mark_targets(Disassembly& found) {
    std::unordered_set<std::uint64_t> targets;
    for (const BytecodeInstruction& instruction : found.instructions) {
      if (instruction.target) targets.insert(*instruction.target);
    }
    for (const ExceptionRange& range : found.exceptions) targets.insert(range.target);
    for (BytecodeInstruction& instruction : found.instructions) {
      instruction.is_target = targets.contains(instruction.offset);
    }
  }

  const Contents& contents_;
  const CodeObject& code_;
  const OpcodeTable& table_;
  std::vector<std::string> locals_, cells_;
};

std::string right(std::string text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

}  // namespace

std::optional<Disassembly> disassemble(const Contents& contents, const CodeObject& code, int minor) {
  const OpcodeTable* const table = opcode_table(minor);
  if (table == nullptr) return std::nullopt;
  return Disassembler(contents, code, *table).run();
}

std::vector<std::string> disassembly_text(const Disassembly& disassembly) {
  std::vector<std::string> lines;
  std::int64_t line = -1;
  for (const BytecodeInstruction& each : disassembly.instructions) {
    const bool starts = each.line >= 0 && each.line != line;
    std::string text = right(starts ? std::to_string(each.line) : std::string(), 5);
    if (each.line >= 0) line = each.line;
    text += each.is_target ? " >> " : "    ";
    text += right(std::to_string(each.offset), 5) + " " + std::string(each.name);
    if (each.argument) {
      text += std::string(each.name.size() < 24 ? 24 - each.name.size() : 0, ' ');
      text += right(std::to_string(*each.argument), 6);
      if (!each.text.empty()) text += " (" + graph::printable(each.text) + ")";
    }
    lines.push_back(std::move(text));
  }
  if (!disassembly.exceptions.empty()) lines.emplace_back("exceptions:");
  for (const ExceptionRange& range : disassembly.exceptions) {
    lines.push_back("  " + std::to_string(range.begin) + " to " + std::to_string(range.end) + " -> " +
                    std::to_string(range.target) + ", depth " + std::to_string(range.depth) +
                    (range.lasti ? ", lasti" : ""));
  }
  return lines;
}

}  // namespace dill::inspect
