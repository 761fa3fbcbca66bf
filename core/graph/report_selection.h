// Which nodes of a graph a picture of limited size shows.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

struct ShownNode {
  NodeId node;
  NodeId above;            // the closest ancestor that is shown, or kNoNode
  std::uint32_t left_out;  // ancestors between the two that are not shown
  std::uint32_t hidden_children;
  bool on_the_way;  // an ancestor of a culprit
};

struct Selection {
  std::vector<ShownNode> nodes;  // ascending
  std::size_t culprits_left_out = 0;
};

// At most `limit` nodes (20 or more): culprits with their ancestors (of long chains both ends), then siblings of these;
// without culprits the roots and below them what is largest.
Selection select_for_picture(const ObjectGraph& graph, std::size_t limit);

}  // namespace dill::graph
