#include "inspect/remainders.h"

#include <algorithm>

namespace dill::inspect {

void LateHolds::push(const Held& held) {
  // Whoever drops the newer holder drops the earlier ones that come after it too.
  while (!held_.empty() && held_.back().holder >= held.holder) held_.pop_back();
  held_.push_back(held);
}

void LateHolds::add(ValueId holder, ValueId size) { push({std::uint64_t{holder} + 1, size}); }

void LateHolds::keep(ValueId size) { push({0, size}); }

bool LateHolds::allow(ValueId first) const {
  const auto later = std::partition_point(held_.begin(), held_.end(), [&](const Held& h) { return h.size <= first; });
  return later == held_.end() || later->holder > first;
}

void LateHolds::drop(ValueId first) {
  while (!held_.empty() && held_.back().size > first) held_.pop_back();
}

void FoldedGlobals::note_edges(const Values& values, EdgeId first_edge, ValueId first_value) {
  for (EdgeId e = first_edge; e < values.edge_count(); ++e) {
    const Edge& edge = values.edge(e);
    const bool called = edge.kind == graph::EdgeKind::Type || edge.kind == graph::EdgeKind::ReduceCallable;
    note(values, edge.child, called, first_value);
  }
}

void FoldedGlobals::note(const Values& values, ValueId value, bool called, ValueId first_value) {
  const Value& global = values[value];
  if (global.kind != Kind::Global || noted_.size() == kMost) return;
  const auto same = [&](const Noted& n) { return n.global.type == global.type && n.called == called; };
  if (std::ranges::any_of(noted_, same)) return;
  noted_.push_back({global, value < first_value ? value : kNone, called});
}

void FoldedGlobals::attach_to(ValueId remainder, Values& values) {
  for (const Noted& noted : noted_) {
    const graph::EdgeKind kind = noted.called ? graph::EdgeKind::ReduceCallable : graph::EdgeKind::ReduceArgument;
    std::size_t there = 0;
    bool known = false;
    for (EdgeId e = values[remainder].first_edge; e != kNone && !known; e = values.edge(e).next, ++there) {
      known = values.edge(e).kind == kind && values[values.edge(e).child].type == noted.global.type;
    }
    if (known || there >= kMost) continue;
    ValueId global = noted.kept;
    if (global == kNone) {
      Value named = noted.global;  // its name and place, without what was set on it
      named.memo = graph::kNoMemo;
      named.first_edge = named.last_edge = kNone;
      named.run = 0;
      global = values.add(named);
    }
    values.attach(remainder, global, noted.kept == kNone, {kind});
  }
  noted_.clear();
}

}  // namespace dill::inspect
