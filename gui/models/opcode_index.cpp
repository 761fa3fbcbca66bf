#include "models/opcode_index.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "graph/text.h"
#include "graph/utf8.h"

namespace dill::gui {

using pickle::Instruction;
using pickle::Opcode;

namespace {

// What an opcode does to the height of the stack, from the words of its entry in the table.
struct StackEffect {
  std::uint8_t below = 0;  // values taken, without a mark: those below it and the mark's own are not counted here
  bool mark = false;       // everything down to the last mark goes, and the mark
  std::uint8_t put = 0;
};

constexpr StackEffect effectOf(const pickle::OpcodeInfo& info) {
  StackEffect effect;
  const auto words = [](std::string_view text, bool& mark, std::uint8_t& count) {
    bool counting = true;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      if (text.substr(0, end) == "mark") {
        mark = true;
        counting = false;
      } else if (counting) {
        ++count;
      }
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  };
  words(info.stack_before, effect.mark, effect.below);
  bool pushesMark = false;
  words(info.stack_after, pushesMark, effect.put);
  return effect;
}

constexpr std::array<StackEffect, pickle::kOpcodeCount> makeEffects() {
  std::array<StackEffect, pickle::kOpcodeCount> effects{};
  for (std::size_t i = 0; i < effects.size(); ++i) effects[i] = effectOf(pickle::kOpcodes[i]);
  return effects;
}
constexpr std::array<StackEffect, pickle::kOpcodeCount> kEffects = makeEffects();

const StackEffect& stackEffect(Opcode opcode) {
  return kEffects[static_cast<std::size_t>(&pickle::opcode_info(opcode) - pickle::kOpcodes.data())];
}

std::string_view asText(pickle::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// The literal of the beginning of a text or of bytes, and how much there is of it.
std::string literal(pickle::Bytes payload, bool isBytes, std::size_t limit) {
  const std::string_view whole = asText(payload);
  if (whole.size() <= limit) return graph::python_literal(whole, isBytes);
  std::string_view head = whole.substr(0, limit);
  if (!isBytes) {
    // A sequence that is cut in two at the end would look like damage.
    for (std::size_t cut = 0; cut < 4 && cut < head.size(); ++cut) {
      const std::string_view shorter = head.substr(0, head.size() - cut);
      if (graph::is_utf8(shorter)) {
        head = shorter;
        break;
      }
    }
  }
  return graph::python_literal(head, isBytes) + "… (" + graph::byte_size(whole.size()) + ")";
}

std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  return std::string(graph::utf8_prefix(text, limit)) + "…";
}

std::string numberText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::array<char, 40> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), result.ptr};
}

}  // namespace

std::string argumentText(const Instruction& instruction, std::size_t limit) {
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
      return shortened(graph::printable(asText(instruction.payload.first(std::min(instruction.payload.size(), limit)))),
                       limit) +
             "… (" + graph::counted(instruction.payload.size(), "digit") + ")";
    case ArgumentKind::Long1:
    case ArgumentKind::Long4:
      if (!instruction.big) return std::to_string(instruction.integer);
      return "an integer of " + graph::counted(instruction.payload.size(), "byte");
    case ArgumentKind::FloatNl:
    case ArgumentKind::Float8:
      return numberText(instruction.number);
    case ArgumentKind::StringNl:
    case ArgumentKind::UnicodeNl:
      return shortened(
          graph::printable(asText(instruction.payload.first(std::min(instruction.payload.size(), 2 * limit)))), limit);
    case ArgumentKind::StringNlPair:
      return shortened(graph::printable(asText(instruction.payload.first(std::min(instruction.payload.size(), limit)))),
                       limit) +
             " " +
             shortened(graph::printable(asText(instruction.second.first(std::min(instruction.second.size(), limit)))),
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

// The height of the stack from opcode to opcode. Marks that were open at a checkpoint lie in `base`, newer ones in
// `fresh`.
class OpcodeIndex::Walk {
 public:
  Walk(const std::vector<Mark>& base, Stack from) : stack(from), base_(base) {}

  // False if the opcode takes more than there is.
  bool apply(Opcode opcode) {
    if (opcode == Opcode::MARK) {
      fresh.push_back({stack.depth, stack.mark});
      stack.mark = static_cast<std::uint32_t>(base_.size() + fresh.size() - 1);
      ++stack.depth;
      return true;
    }
    if (opcode == Opcode::STOP) {
      const bool one = stack.depth >= 1;
      stack = {};
      return one;
    }
    const StackEffect& effect = stackEffect(opcode);
    if (effect.mark) {
      if (stack.mark == kNoMark) return false;
      const Mark mark = at(stack.mark);
      if (stack.mark + 1 == base_.size() + fresh.size() && fresh.size() > kept) fresh.pop_back();
      stack.depth = mark.depth;
      stack.mark = mark.before;
    } else if (opcode == Opcode::POP && stack.mark != kNoMark && at(stack.mark).depth + 1 == stack.depth) {
      stack.mark = at(stack.mark).before;  // it is the mark that is popped
    }
    const bool enough = stack.depth >= effect.below;
    stack.depth = (enough ? stack.depth - effect.below : 0) + effect.put;
    return enough;
  }

  Stack stack;
  std::vector<Mark> fresh;
  std::size_t kept = 0;  // the first so many of `fresh` stay, whatever is popped

 private:
  const Mark& at(std::uint32_t mark) const { return mark < base_.size() ? base_[mark] : fresh[mark - base_.size()]; }

  const std::vector<Mark>& base_;
};

OpcodeIndex::OpcodeIndex(std::span<const unsigned char> bytes, std::shared_ptr<const void> storage,
                         const std::atomic<bool>& cancel)
    : bytes_(bytes), storage_(std::move(storage)) {
  pickle::Decoder decoder(bytes, pickle::Frames::MayBeCut);
  const std::vector<Mark> none;
  Walk walk(none, {});
  while (decoder.remaining() > 0) {
    if (opcodes_ % kStride == 0) {
      if (cancel.load(std::memory_order_relaxed)) break;
      if (opcodes_ >= kMaxOpcodes || walk.fresh.size() >= kMaxMarks) {
        error_ = "the opcodes behind this one are not listed: there are too many";
        break;
      }
      checkpoints_.push_back({decoder.position(), walk.stack});
      walk.kept = walk.fresh.size();
    }
    const auto instruction = decoder.next();
    if (!instruction) {
      error_ = instruction.error().message();
      break;
    }
    walk.apply(instruction->opcode);
    ++opcodes_;
  }
  end_ = decoder.position();
  marks_ = std::move(walk.fresh);
  marks_.shrink_to_fit();
}

std::vector<OpcodeRow> OpcodeIndex::rows(std::uint64_t first, std::uint64_t count) const {
  std::vector<OpcodeRow> result;
  if (first >= size() || count == 0) return result;
  const std::uint64_t last = first + std::min(count, size() - first);  // behind the last one
  result.reserve(last - first);
  if (first < opcodes_) {
    const Checkpoint& checkpoint = checkpoints_[first / kStride];
    pickle::Decoder decoder(bytes_, pickle::Frames::MayBeCut);
    decoder.seek(checkpoint.offset);
    Walk walk(marks_, checkpoint.stack);
    for (std::uint64_t row = first / kStride * kStride; row < std::min(last, opcodes_); ++row) {
      const auto instruction = decoder.next();
      if (!instruction) break;  // the file was changed since
      const bool enough = walk.apply(instruction->opcode);
      if (row < first) continue;
      result.push_back({instruction->offset, instruction->length, pickle::opcode_info(instruction->opcode).name,
                        argumentText(*instruction), walk.stack.depth, !enough});
    }
  }
  if (last > opcodes_) result.push_back({end_, 0, {}, error_, 0, false});
  return result;
}

std::uint64_t OpcodeIndex::rowAt(std::uint64_t offset) const {
  if (checkpoints_.empty() || opcodes_ == 0) return 0;
  if (offset >= end_) return size() - 1;
  const auto behind = std::upper_bound(checkpoints_.begin(), checkpoints_.end(), offset,
                                       [](std::uint64_t value, const Checkpoint& c) { return value < c.offset; });
  if (behind == checkpoints_.begin()) return 0;
  const auto checkpoint = behind - 1;
  std::uint64_t row = static_cast<std::uint64_t>(checkpoint - checkpoints_.begin()) * kStride;
  pickle::Decoder decoder(bytes_, pickle::Frames::MayBeCut);
  decoder.seek(checkpoint->offset);
  for (; row + 1 < opcodes_; ++row) {
    const auto instruction = decoder.next();
    if (!instruction || offset < instruction->offset + instruction->length) break;
  }
  return row;
}

}  // namespace dill::gui
