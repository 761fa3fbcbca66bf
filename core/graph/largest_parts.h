// Which parts of a graph make the pickle large.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

struct Part {
  NodeId node;
  std::uint64_t bytes;
  bool rest;  // only what of the node is in no other part: its own bytes and its small children
};

// Parts that do not overlap, largest first, at most `limit`. Found by taking apart, from the roots on, whatever has a
// child of at least a tenth of all bytes; children below a hundredth stay with their parent.
std::vector<Part> largest_parts(const ObjectGraph& graph, std::size_t limit);

}  // namespace dill::graph
