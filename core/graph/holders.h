// Which nodes hold certain others, through however many in between and memo hits included, and on which way.
#pragma once

#include <span>
#include <vector>

#include "graph/access_path.h"
#include "graph/object_graph.h"

namespace dill::graph {

// For each node of the graph whether one of `targets` can be reached from it, on edges of other kinds than `except`;
// true for the targets themselves. In time linear in nodes and references.
std::vector<bool> holders_of(const ObjectGraph& graph, std::span<const NodeId> targets,
                             EdgeKind except = EdgeKind::kCount);

// The shortest ways from any node to the closest of certain others.
class WaysTo {
 public:
  // In time linear in nodes and references. The graph must live as long.
  WaysTo(const ObjectGraph& graph, std::span<const NodeId> targets);

  bool exists(NodeId from) const { return next_[from].node != kNoNode; }
  // The node itself first, with its own edge, a target last; empty if there is no way.
  std::vector<Step> from(NodeId node) const;

 private:
  const ObjectGraph& graph_;
  std::vector<Step> next_;  // the step to take from each node: to itself for a target, to kNoNode where there is no way
};

}  // namespace dill::graph
