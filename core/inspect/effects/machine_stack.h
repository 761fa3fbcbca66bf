// The stack, the marks and the memo of a loader, and the opcodes that do no more than to move what is in them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "inspect/effects/loader_track.h"
#include "inspect/effects/memo_table.h"
#include "inspect/effects/raw_vector.h"
#include "inspect/effects/term_store.h"

namespace dill::inspect {

class MachineStack : public LoaderTrack {
 public:
  MachineStack(pickle::Bytes input, const EffectLimits& limits, const PassPlan& plan, EffectsResult& result,
               EffectSink& sink);

 protected:
  // ---- opcodes, their arguments read ---------------------------------------------------------------------------------

  void push(TermBits term) { stack_.push_back(term); }
  void push_literal(TermKind kind) { stack_.push_back(TermStore::literal(kind, offset_)); }
  void pop();
  void pop_mark();
  void duplicate();
  void mark() {
    fence_ = stack_.size();
    marks_.push_back(fence_);
  }
  void memo_get(std::uint64_t number);
  void memo_put(std::uint64_t number);
  void memo_get_text(pickle::Bytes line);
  void memo_put_text(pickle::Bytes line);
  void memoize() { memo_put(memo_.size()); }
  void stop();
  void begin_pickle();

  // Once in a while: limits, and what the health says.
  void check_limits();

  // ---- for opcodes that take from the stack --------------------------------------------------------------------------

  // How much there is above the last mark.
  std::size_t available() const { return stack_.size() - fence_; }
  bool has(std::size_t count) {
    if (available() >= count) [[likely]]
      return true;
    fall_short();
    return false;
  }
  // Takes the innermost mark off and returns where it stood; the top if there is none, which is a fault.
  std::size_t take_mark() {
    result_.deepest_stack = std::max<std::uint64_t>(result_.deepest_stack, stack_.size());
    if (marks_.empty()) [[unlikely]] {
      miss_mark();
      return stack_.size();
    }
    const std::size_t first = marks_.back();
    marks_.pop_back();
    fence_ = marks_.empty() ? 0 : marks_.back();
    return first;
  }
  TermBits take() {
    const TermBits term = stack_.back();
    stack_.pop_back();
    return term;
  }
  void truncate(std::size_t size) { stack_.truncate(size); }
  std::span<const TermBits> items_from(std::size_t first) { return stack_.span().subspan(first); }
  void replace_by_unknown(std::size_t size);
  // Before terms are made: those that nothing needs any more go.
  void make_room() {
    if (store_.is_full(stack_.size() + memo_.spare_words())) [[unlikely]]
      store_.give_up_half(stack_.span(), memo_);
  }

  pickle::Bytes input_;
  TermStore store_;
  RawVector<TermBits> stack_;
  RawVector<std::uint64_t> marks_;
  std::size_t fence_ = 0;  // where the innermost mark stands
  MemoTable memo_;

 private:
  void fall_short();
  void miss_mark();

  bool memo_lost_ = false;
};

}  // namespace dill::inspect
