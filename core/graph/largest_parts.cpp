#include "graph/largest_parts.h"

#include <algorithm>

namespace dill::graph {

std::vector<Part> largest_parts(const ObjectGraph& graph, std::size_t limit) {
  const GraphColumns& c = graph.columns();
  std::vector<NodeId> pending;
  std::uint64_t total = 0;
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (c.parent[node] != kNoNode) continue;
    pending.push_back(node);
    total += graph.subtree_bytes(node);
  }
  const std::uint64_t worth_opening = std::max<std::uint64_t>(total / 10, 1);
  const std::uint64_t worth_showing = std::max<std::uint64_t>(total / 100, 1);

  std::vector<Part> parts;
  while (!pending.empty()) {
    const NodeId node = pending.back();
    pending.pop_back();
    const auto children = graph.children(node);
    const bool open = std::any_of(children.begin(), children.end(),
                                  [&](NodeId child) { return graph.subtree_bytes(child) >= worth_opening; });
    std::uint64_t left = graph.subtree_bytes(node);
    if (open) {
      for (const NodeId child : children) {
        const std::uint64_t bytes = graph.subtree_bytes(child);
        if (bytes < worth_showing) continue;
        pending.push_back(child);
        left -= std::min(left, bytes);
      }
    }
    if (left > 0) parts.push_back({node, left, open});
  }
  std::stable_sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.node < b.node;
  });
  if (parts.size() > limit) parts.resize(limit);
  return parts;
}

}  // namespace dill::graph
