// A recording turned from rows into columns, as both the graph and the file want it.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/object_graph.h"
#include "trace/recording.h"

namespace dill::trace {

// The columns of graph::GraphColumns that come from Record and Times; see there. A node whose end is below its begin
// (the walk was broken off before it ended) ends where the last of its children does, or at its begin; one that has
// not stopped stops when it starts.
struct RecordColumns {
  std::vector<graph::NodeId> parent;
  std::vector<graph::EdgeKind> edge;
  std::vector<graph::StringId> label;
  std::vector<std::uint32_t> index;
  std::vector<graph::StringId> type;
  std::vector<graph::DetailKind> detail_kind;
  std::vector<std::uint64_t> detail;
  std::vector<graph::Reduction> reduction;
  std::vector<graph::StringId> reducer;
  std::vector<std::uint64_t> begin;
  std::vector<std::uint64_t> end;
  std::vector<std::uint32_t> memo;
  std::vector<std::uint32_t> count;
  std::vector<graph::Outcome> outcome;
  std::vector<std::uint64_t> start_ns;  // this and stop_ns: empty if the recording was not timed
  std::vector<std::uint64_t> stop_ns;

  explicit RecordColumns(const Recording& recording);
};

// Spans over `records` and over what else a graph needs of the recording; its own records are not looked at.
graph::GraphColumns graph_columns(const RecordColumns& records, const Recording& recording);

}  // namespace dill::trace
