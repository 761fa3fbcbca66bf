// When the symbolic machine folds what it has read: the rest of a container whose objects are too many to keep, or lie
// outside the bytes that the caller asked for, becomes one Remainder ("12,000 more objects, bytes a to b").
//
// Only the newest values of the store are folded, which is what the last items of a container are when they are put into
// it. Nothing that stays may refer to them but the memo (symbolic_memo.h).
#pragma once

#include <cstdint>
#include <vector>

#include "inspect/values.h"

namespace dill::inspect {

// Values that stay because a value from before holds them: what is put into an object that the memo gave back.
class LateHolds {
 public:
  // `holder` holds values made up to now, when the store has `size` of them.
  void add(ValueId holder, ValueId size);
  // Somebody outside the store holds such values.
  void keep(ValueId size);
  // Whether the values from `first` on may be dropped.
  bool allow(ValueId first) const;
  // They are dropped.
  void drop(ValueId first);

 private:
  struct Held {
    std::uint64_t holder;  // 0: outside the store, else the value and 1
    ValueId size;
  };
  void push(const Held& held);

  std::vector<Held> held_;  // both ascend: a hold that implies an earlier one takes its place
};

// The globals that a remainder hides, so that what loading imports stays in the graph: they hang below the remainder.
class FoldedGlobals {
 public:
  // Notes what the edges from `first_edge` on refer to, before these and the values from `first_value` on are dropped.
  void note_edges(const Values& values, EdgeId first_edge, ValueId first_value);
  void note(const Values& values, ValueId value, bool called, ValueId first_value);
  // Puts what was noted since the last time below `remainder`, as far as it is not there already.
  void attach_to(ValueId remainder, Values& values);

 private:
  static constexpr std::size_t kMost = 256;  // below one remainder

  struct Noted {
    Value global;
    ValueId kept;  // its value if that stays, else kNone
    bool called;
  };
  std::vector<Noted> noted_;
};

}  // namespace dill::inspect
