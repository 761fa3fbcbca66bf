// Follows the opcodes of one pickle after the other on a symbolic stack: what the Unpickler would do, without doing it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "inspect/call_meaning.h"
#include "inspect/remainders.h"
#include "inspect/static_graph.h"
#include "inspect/symbolic_memo.h"
#include "inspect/values.h"
#include "pickle/decoder.h"

namespace dill::inspect {

// An object on the stack.
struct Entry {
  ValueId value;
  ValueId first_value;  // how many values, edges and objects there were before the first of its opcodes
  EdgeId first_edge;
  std::uint32_t first_object;  // modulo 2^32
  bool original;               // false: fetched from the memo, or a duplicate
  std::uint64_t begin;         // where the opcodes that put it there begin
};

struct Mark {
  std::size_t depth;     // entries below it
  std::uint64_t offset;  // of the MARK opcode
};

class SymbolicMachine {
 public:
  SymbolicMachine(pickle::Bytes input, const Limits& limits)
      : limits_(limits),
        input_(input),
        decoder_(input, pickle::Frames::MayBeCut),
        values_(input, limits.max_objects),
        meaning_(values_, late_holds_),
        memo_(input.size()) {
    decoder_.seek(std::min<std::uint64_t>(limits.start, input.size()));
  }

  // Reads from the current position behind the next STOP, whose object becomes root(). On a fault, stack() and marks()
  // hold what was under way.
  std::optional<Fault> read_pickle();

  // The fault is that Limits::proceed said false.
  bool stopped() const { return stopped_; }

  // Where the store stands now: for fold_pickle().
  Entry here() const { return entry(kNone, decoder_.position()); }
  // Drops the pickle that was read last and that began there; false if something else refers to it.
  bool fold_pickle(const Entry& begin);
  // What was dropped so.
  ValueId add_remainder(const Folded& folded);

  std::uint64_t position() const { return decoder_.position(); }
  std::uint64_t remaining() const { return decoder_.remaining(); }
  ValueId root() const { return root_; }
  Values& values() { return values_; }
  const std::vector<Entry>& stack() const { return stack_; }
  const std::vector<Mark>& marks() const { return marks_; }
  // Objects that were popped and belong to nothing, in stream order.
  const std::vector<ValueId>& discarded() const { return discarded_; }
  int protocol() const { return protocol_; }
  std::uint64_t objects() const { return objects_; }
  std::uint64_t made() const { return made_; }
  // What dill's header says: "3.11.7"; "" without one.
  const std::string& python() const { return python_; }
  // How much of a global's dotted name is its module.
  const std::unordered_map<graph::StringId, std::uint32_t>& module_lengths() const { return module_lengths_; }

 private:
  using Step = const char*;  // what is wrong; nullptr: nothing

  std::optional<Fault> read_to_stop();
  Step execute(const pickle::Instruction& instruction);
  Step execute_container(const pickle::Instruction& instruction);
  Step execute_object(const pickle::Instruction& instruction);
  Step execute_memo(const pickle::Instruction& instruction);

  // An entry for something new, that begins with the current opcode.
  Entry entry(ValueId value, std::uint64_t begin, bool original = true) const {
    return {value,    values_.size(), static_cast<EdgeId>(values_.edge_count()), static_cast<std::uint32_t>(made_),
            original, begin};
  }
  ValueId push(Kind kind, const pickle::Instruction& instruction);
  void push_leaf(const pickle::Instruction& instruction);
  // Replaces the entries from `first` on, at least one, by a new value that began at `begin`.
  ValueId replace(std::size_t first, std::uint64_t begin, Kind kind);

  // Entries above the innermost mark; all of them without a mark.
  std::size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back().depth); }
  bool has(std::size_t count) const { return available() >= count; }

  Step make_tuple(std::size_t first, std::uint64_t begin, Kind kind, graph::EdgeKind edge);
  Step make_dict(const Mark& mark);
  // The first entry from `first` on, in steps of one item, that is to be folded with all behind it, for a container that
  // has `items` already; the top of the stack if none is. `container`: kNone for one that is not there yet.
  std::size_t first_folded(std::size_t first, std::size_t step, std::uint64_t items, ValueId container) const;
  // Drops the values of the entries from `first` on, `step` of which are one item.
  Folded fold(std::size_t first, std::size_t step);
  void attach_remainder(ValueId container, const Folded& folded, const Hold& hold);
  // Puts the entries from `first` on into the container below them, and takes them off the stack.
  Step add_items(std::size_t first, bool as_set);
  Step add_pairs(std::size_t first);
  Step pop();
  // `value` belongs to nothing.
  void discard(ValueId value);
  Step build();
  Step call(std::size_t callable, bool is_class, graph::Reduction reduction);
  Step inst(const pickle::Instruction& instruction);
  Step stack_global();
  Step remember(std::uint64_t key);
  Step recall(std::uint64_t key);
  // Goes behind the raw bytes that follow a joblib array, or into the pickle that follows it.
  Step read_raw_array(ValueId wrapper);
  // The pickle inside another one has come to its end.
  void resume();
  // The dtypes in joblib's files stay: they tell how many raw bytes follow.
  void keep_dtype(ValueId value);
  void note_header(std::string_view text);
  void add_global(std::string_view module, std::string_view name, std::uint64_t begin);

  // The object that is written while the container at the given place of the stack is filled later, or kNone.
  ValueId filler_of(std::size_t container) const;
  // Attaches `item` to the container at the given place of the stack, at its original place or later.
  void hold(std::size_t container, const Entry& item, const Hold& at, const Hold& later);
  void attach(ValueId parent, const Entry& child, const Hold& at) {
    values_.attach(parent, child.value, child.original, at);
  }

  struct Suspended {  // the pickle around an array of objects
    ValueId wrapper;
    std::vector<Entry> stack;
    std::vector<Mark> marks;
    SymbolicMemo memo;
  };

  Limits limits_;
  pickle::Bytes input_;
  pickle::Decoder decoder_;
  Values values_;
  LateHolds late_holds_;
  FoldedGlobals folded_globals_;
  CallMeaning meaning_;
  std::vector<Entry> stack_;
  std::vector<Mark> marks_;
  SymbolicMemo memo_;
  std::vector<ValueId> discarded_;
  std::vector<Suspended> suspended_;
  ValueId root_ = kNone;
  std::uint64_t end_ = 0;  // behind the current opcode
  std::uint64_t objects_ = 0;
  std::uint64_t made_ = 0;  // objects_ without memo hits and duplicates
  int protocol_ = 0;
  bool has_raw_arrays_ = false;
  bool stopped_ = false;
  std::uint32_t steps_ = 0;  // opcodes read, modulo 2^32
  std::string python_;
  std::unordered_map<graph::StringId, std::uint32_t> module_lengths_;
};

}  // namespace dill::inspect
