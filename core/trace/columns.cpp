#include "trace/columns.h"

#include <algorithm>

namespace dill::trace {

RecordColumns::RecordColumns(const Recording& recording) {
  const std::size_t nodes = recording.records.size();
  const auto fill = [&](auto& column, auto member) {
    column.resize(nodes);
    for (std::size_t i = 0; i < nodes; ++i) column[i] = recording.records[i].*member;
  };
  fill(parent, &Record::parent);
  fill(edge, &Record::edge);
  fill(label, &Record::label);
  fill(index, &Record::index);
  fill(type, &Record::type);
  fill(detail_kind, &Record::detail_kind);
  fill(detail, &Record::detail);
  fill(reduction, &Record::reduction);
  fill(reducer, &Record::reducer);
  fill(begin, &Record::begin);
  fill(end, &Record::end);
  fill(memo, &Record::memo);
  fill(count, &Record::count);
  fill(outcome, &Record::outcome);

  // A walk that was broken off leaves nodes without an end: they end where the last of their children does.
  std::vector<std::uint64_t> reach(nodes, 0);
  for (std::size_t i = nodes; i-- > 0;) {
    if (end[i] < begin[i]) end[i] = std::max(begin[i], reach[i]);
    if (parent[i] != graph::kNoNode) reach[parent[i]] = std::max(reach[parent[i]], end[i]);
  }

  if (!recording.times.empty()) {
    start_ns.reserve(nodes);
    stop_ns.reserve(nodes);
    for (const Times& times : recording.times) {
      start_ns.push_back(times.start_ns);
      stop_ns.push_back(std::max(times.start_ns, times.stop_ns));
    }
  }
}

graph::GraphColumns graph_columns(const RecordColumns& c, const Recording& recording) {
  return {.parent = c.parent,
          .edge = c.edge,
          .label = c.label,
          .index = c.index,
          .type = c.type,
          .detail_kind = c.detail_kind,
          .detail = c.detail,
          .reduction = c.reduction,
          .reducer = c.reducer,
          .begin = c.begin,
          .end = c.end,
          .memo = c.memo,
          .count = c.count,
          .outcome = c.outcome,
          .start_ns = c.start_ns,
          .stop_ns = c.stop_ns,
          .references = recording.references,
          .string_ends = recording.strings.ends(),
          .string_bytes = recording.strings.bytes(),
          .texts = recording.texts,
          .locations = recording.locations};
}

}  // namespace dill::trace
