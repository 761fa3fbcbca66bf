// The dominator tree of a graph: Lengauer and Tarjan's algorithm with path compression.
#pragma once

#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

struct Dominators {
  std::vector<NodeId> dominator;  // closest dominator of each node; kNoNode where only the roots together dominate it
  std::vector<NodeId> order;      // all nodes, each after its dominator
};

// Over tree edges and memo hits, from all roots at once. O(edges * log(nodes)) whatever the graph looks like.
Dominators find_dominator_tree(const ObjectGraph& graph);

}  // namespace dill::graph
