#include "models/opcode_index.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inspect/opcode_text.h"
#include "models/opcode_reader.h"

namespace dill::gui {

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

}  // namespace

// The height of the stack from opcode to opcode. Marks that were open at a checkpoint lie in `base`, newer ones in
// `fresh`.
class OpcodeIndex::Walk {
 public:
  Walk(const std::vector<Mark>& base, Stack from, Stack around) : stack(from), around(around), base_(base) {}

  // As apply() below; an array of objects has a stack of its own.
  bool apply(const OpcodeStep& step) {
    if (step.leaves) stack = around;
    if (step.enters) around = std::exchange(stack, {});
    return !step.instruction || apply(step.instruction->opcode);
  }

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
  Stack around;
  std::vector<Mark> fresh;
  std::size_t kept = 0;  // the first so many of `fresh` stay, whatever is popped

 private:
  const Mark& at(std::uint32_t mark) const { return mark < base_.size() ? base_[mark] : fresh[mark - base_.size()]; }

  const std::vector<Mark>& base_;
};

OpcodeIndex::OpcodeIndex(std::span<const unsigned char> bytes, std::span<const inspect::RawPart> arrays,
                         std::shared_ptr<const void> storage, const std::atomic<bool>& cancel)
    : bytes_(bytes), arrays_(arrays), storage_(std::move(storage)) {
  OpcodeReader reader(bytes, arrays);
  const std::vector<Mark> none;
  Walk walk(none, {}, {});
  while (reader.remaining() > 0) {
    if (opcodes_ % kStride == 0) {
      if (cancel.load(std::memory_order_relaxed)) break;
      if (opcodes_ >= kMaxOpcodes || walk.fresh.size() >= kMaxMarks) {
        error_ = "the opcodes behind this one are not listed: there are too many";
        break;
      }
      checkpoints_.push_back({reader.position(), walk.stack, walk.around});
      walk.kept = walk.fresh.size();
    }
    const auto step = reader.next();
    if (!step) {
      error_ = step.error().message();
      break;
    }
    walk.apply(*step);
    ++opcodes_;
  }
  end_ = reader.position();
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
    OpcodeReader reader(bytes_, arrays_);
    reader.seek(checkpoint.offset);
    Walk walk(marks_, checkpoint.stack, checkpoint.around);
    for (std::uint64_t row = first / kStride * kStride; row < std::min(last, opcodes_); ++row) {
      const auto step = reader.next();
      if (!step) break;  // the file was changed since
      const bool enough = walk.apply(*step);
      if (row < first) continue;
      if (!step->instruction) {
        result.push_back({step->offset, step->length, {}, {}, walk.stack.depth, false, true});
        continue;
      }
      result.push_back({step->offset, step->length, pickle::opcode_info(step->instruction->opcode).name,
                        inspect::argument_text(*step->instruction), walk.stack.depth, !enough, false});
    }
  }
  if (last > opcodes_) result.push_back({end_, 0, {}, error_, 0, false, false});
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
  OpcodeReader reader(bytes_, arrays_);
  reader.seek(checkpoint->offset);
  for (; row + 1 < opcodes_; ++row) {
    const auto step = reader.next();
    if (!step || offset < step->offset + step->length) break;
  }
  return row;
}

}  // namespace dill::gui
