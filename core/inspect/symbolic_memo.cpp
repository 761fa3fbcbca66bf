#include "inspect/symbolic_memo.h"

#include <algorithm>

#include "graph/lazy_reserve.h"

namespace dill::inspect {

namespace {
constexpr std::size_t kUsualBytes = 12;  // of input for a key
}  // namespace

SymbolicMemo::SymbolicMemo(std::size_t input_bytes) {
  const std::size_t usual = std::min(input_bytes / kUsualBytes, graph::kReservedObjects);
  graph::reserve_lazily(entries_, usual);
  graph::reserve_lazily(live_, usual);
  graph::reserve_lazily(traces_, usual);
}

void SymbolicMemo::clear() {
  entries_.clear();
  live_.clear();
  traces_.clear();
  renewed_.clear();
  // clear() would go through the empty buckets each time.
  scattered_ = {};
  renewed_of_ = {};
}

bool SymbolicMemo::put(std::uint64_t key, ValueId value) {
  if (key == entries_.size()) {
    const bool ascends = live_.empty() || entries_[live_.back()] <= value;
    live_.push_back(static_cast<std::uint32_t>(key));
    entries_.push_back(value);
    if (!scattered_.empty()) scattered_.erase(key);
    return ascends;
  }
  if (key < entries_.size()) {
    if ((entries_[key] & kTraceBit) != 0) live_.push_back(static_cast<std::uint32_t>(key));
    entries_[key] = value;
  } else {
    scattered_[key] = value;
  }
  return false;
}

ValueId SymbolicMemo::get(std::uint64_t key, Values& values, pickle::Bytes input) {
  if (key < entries_.size()) {
    const std::uint32_t entry = entries_[key];
    return (entry & kTraceBit) == 0 ? entry : value_of(entry & ~kTraceBit, key, values, input);
  }
  const auto found = scattered_.find(key);
  return found == scattered_.end() ? kNone : found->second;
}

void SymbolicMemo::forget(ValueId first, const Values& values) {
  for (; !live_.empty() && entries_[live_.back()] >= first; live_.pop_back()) {
    std::uint32_t& entry = entries_[live_.back()];
    // What checks the kind sees the tuple or dict, what shows it the object that it is a part of.
    const Kind kind = values[entry].kind;
    const Value& value = values[values[entry].part_of == kNone ? entry : values[entry].part_of];
    entry = kTraceBit | static_cast<std::uint32_t>(traces_.size());
    traces_.push_back({.begin = value.begin & ((std::uint64_t{1} << 48) - 1),
                       .kind = static_cast<std::uint64_t>(kind),
                       .reduction = static_cast<std::uint64_t>(value.reduction),
                       .type = value.type,
                       .class_name = value.class_name});
  }
  while (!renewed_.empty() && renewed_.back().first >= first) {
    renewed_of_.erase(renewed_.back().second);
    renewed_.pop_back();
  }
}

ValueId SymbolicMemo::value_of(std::uint32_t trace, std::uint64_t key, Values& values, pickle::Bytes input) {
  if (const auto found = renewed_of_.find(trace); found != renewed_of_.end()) return found->second;
  const Trace& forgotten = traces_[trace];
  Value value;
  value.kind = static_cast<Kind>(forgotten.kind);
  value.begin = forgotten.begin;
  value.end = forgotten.begin;
  if (value.is_leaf() || (value.kind == Kind::ByteArray && forgotten.type == 0)) {
    pickle::Decoder decoder(input, pickle::Frames::MayBeCut);
    decoder.seek(forgotten.begin);
    if (const auto instruction = decoder.next()) value = make_leaf(*instruction);
  } else {
    value.type = forgotten.type;
    value.class_name = forgotten.class_name;
    value.reduction = static_cast<graph::Reduction>(forgotten.reduction);
    if (value.kind != Kind::Global)
      value.note = values.intern("in a folded part, at byte " + std::to_string(forgotten.begin));
  }
  value.memo = static_cast<std::uint32_t>(std::min<std::uint64_t>(key, graph::kNoMemo));
  value.shared = true;
  const ValueId renewed = values.add(value);
  renewed_.emplace_back(renewed, trace);
  renewed_of_.emplace(trace, renewed);
  return renewed;
}

}  // namespace dill::inspect
