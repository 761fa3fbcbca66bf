// The memo of the symbolic machine. What was folded into a remainder (remainders.h) leaves a trace of 16 bytes in it: what
// kind of object it was and where it stands, which is enough to show who refers to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "inspect/values.h"
#include "pickle/decoder.h"

namespace dill::inspect {

class SymbolicMemo {
 public:
  SymbolicMemo() = default;
  // There is room at once for what an input of so many bytes usually puts into it.
  explicit SymbolicMemo(std::size_t input_bytes);

  // Forgets everything, but keeps its room.
  void clear();

  // Remembers `value` under `key`. False: it is a place where forget() would not find it, so that the value must stay.
  bool put(std::uint64_t key, ValueId value);

  // The value under `key`, kNone if there is none. An object that was forgotten gets a value again: one without
  // contents, read from its own opcode in `input` where it is a leaf.
  ValueId get(std::uint64_t key, Values& values, pickle::Bytes input);

  // The values from `first` on are about to be dropped. Time linear in what is forgotten.
  void forget(ValueId first, const Values& values);

  // Number of keys, as MEMOIZE counts them.
  std::uint64_t size() const { return entries_.size() + scattered_.size(); }
  std::size_t forgotten() const { return traces_.size(); }

 private:
  struct Trace {
    std::uint64_t begin : 48;
    std::uint64_t kind : 8;
    std::uint64_t reduction : 8;
    graph::StringId type;
    graph::StringId class_name;
  };
  static constexpr std::uint32_t kTraceBit = 0x8000'0000;  // in an entry: the rest is an index into traces_

  ValueId value_of(std::uint32_t trace, std::uint64_t key, Values& values, pickle::Bytes input);

  std::vector<std::uint32_t> entries_;  // keys 0, 1, 2 ... as far as they came in this order: values, or traces
  std::vector<std::uint32_t> live_;  // the keys among them that hold values; these ascend, but where put() says false
  std::unordered_map<std::uint64_t, ValueId> scattered_;  // all other keys
  std::vector<Trace> traces_;
  // Values that were made again for traces, in the order in which they were made.
  std::vector<std::pair<ValueId, std::uint32_t>> renewed_;
  std::unordered_map<std::uint32_t, ValueId> renewed_of_;  // the same by trace
};

}  // namespace dill::inspect
