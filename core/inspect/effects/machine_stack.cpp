#include "inspect/effects/machine_stack.h"

#include <algorithm>
#include <utility>

#include "inspect/effects/number_text.h"

namespace dill::inspect {

using pickle::Bytes;

namespace {

// A memo index from which on CPython before 3.14 asks for memory that a process may not get.
constexpr std::uint64_t kLargeIndex = std::uint64_t{1} << 25;

}  // namespace

MachineStack::MachineStack(Bytes input, const EffectLimits& limits, const PassPlan& plan, EffectsResult& result,
                           EffectSink& sink)
    : LoaderTrack(limits, plan, result, sink), input_(input), store_(input, limits, result) {}

void MachineStack::check_limits() {
  result_.deepest_stack = std::max<std::uint64_t>(result_.deepest_stack, stack_.size());
  if (stack_.size() + marks_.size() + memo_.size() > limits_.max_stack)
    stop_reading("more than " + std::to_string(limits_.max_stack) + " objects and marks on the stack and in the memo");
  if (limits_.proceed && !limits_.proceed(offset_)) stop_reading("reading was stopped before the end");
}

void MachineStack::begin_pickle() {
  stack_.truncate(0);
  marks_.truncate(0);
  fence_ = 0;
  memo_.clear();
  memo_lost_ = false;
  protocol_ = 0;
}

void MachineStack::fall_short() {
  fault(marks_.empty() ? "stack-underflow" : "unexpected-mark",
        marks_.empty() ? "the opcode takes more objects than there are on the stack"
                       : "the opcode takes more objects than there are above the last MARK");
}

void MachineStack::miss_mark() { fault("no-mark", "there is no MARK for the opcode"); }

void MachineStack::replace_by_unknown(std::size_t size) {
  truncate(std::min(size, stack_.size()));
  push(TermStore::unknown(offset_));
}

void MachineStack::pop() {
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
    fence_ = marks_.empty() ? 0 : marks_.back();
  } else if (has(1)) {
    stack_.pop_back();
  }
}

void MachineStack::pop_mark() { truncate(take_mark()); }

void MachineStack::duplicate() { push(has(1) ? stack_.back() : TermStore::unknown(offset_)); }

void MachineStack::stop() {
  check_limits();
  if (pickle_ == 0 && plan_.first) {
    result_.left_on_stack = available() == 0 ? 0 : stack_.size() - 1;
    result_.open_marks = marks_.size();
  }
  has(1);
}

// ---- the memo -------------------------------------------------------------------------------------------------------

void MachineStack::memo_put(std::uint64_t number) {
  if (!has(1)) return;
  if (number >= kLargeIndex && number > 4 * memo_.size()) [[unlikely]] {
    note_difference("loaders-differ-memo-index", kCMachines & active_ & static_cast<Loaders>(~bit(Loader::CNew)),
                    "memo index " + std::to_string(number) + ": CPython before 3.14 takes memory for all below it");
  }
  memo_.put(number, stack_.back());
  result_.highest_memo = std::max(result_.highest_memo, number);
}

void MachineStack::memo_get(std::uint64_t number) {
  TermBits found = memo_.get(number);
  if (memo_lost_) {
    found = TermStore::unknown(offset_);
  } else if (found.bits == 0) [[unlikely]] {
    fault("memo-hole", "nothing is in the memo under " + std::to_string(number));
    found = TermStore::unknown(offset_);
  }
  push(found);
}

void MachineStack::memo_get_text(Bytes line) {
  const IndexVerdict verdict = judge_index(line);
  fault(static_cast<Loaders>(~verdict.accept), "bad-number", "the memo index is no number");
  fault(verdict.huge, "memo-hole", "nothing can be in the memo under so large a number");
  if (verdict.accept == 0 || verdict.negative || verdict.huge != 0) {
    fault("memo-hole", "nothing is in the memo under this number");
    return push(TermStore::unknown(offset_));
  }
  memo_get(verdict.index);
}

void MachineStack::memo_put_text(Bytes line) {
  const IndexVerdict verdict = judge_index(line);
  fault(static_cast<Loaders>(~verdict.accept), "bad-number", "the memo index is no number");
  fault(verdict.huge & kCMachines, "bad-number", "the memo index is too large");
  if (verdict.negative) fault("bad-number", "the memo index is below zero");
  if (verdict.accept == 0 || verdict.negative) return;
  if (verdict.huge != 0) {  // the Python machine has it under any number; numbers above 64 bits are not kept apart here
    if (has(1)) memo_lost_ = true;
    return;
  }
  memo_put(verdict.index);
}

}  // namespace dill::inspect
