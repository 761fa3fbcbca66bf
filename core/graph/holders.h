// Which nodes hold certain others, through however many in between and memo hits included.
#pragma once

#include <span>
#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

// For each node of the graph whether one of `targets` can be reached from it, on edges of other kinds than `except`;
// true for the targets themselves. In time linear in nodes and references.
std::vector<bool> holders_of(const ObjectGraph& graph, std::span<const NodeId> targets,
                             EdgeKind except = EdgeKind::kCount);

}  // namespace dill::graph
