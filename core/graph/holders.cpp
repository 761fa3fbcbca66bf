#include "graph/holders.h"

namespace dill::graph {

std::vector<bool> holders_of(const ObjectGraph& graph, std::span<const NodeId> targets) {
  std::vector<bool> holds(graph.size(), false);
  std::vector<NodeId> to_do;
  const auto mark = [&](NodeId node) {
    if (node == kNoNode || holds[node]) return;
    holds[node] = true;
    to_do.push_back(node);
  };
  for (const NodeId target : targets) mark(target);
  while (!to_do.empty()) {
    const NodeId node = to_do.back();
    to_do.pop_back();
    mark(graph.parent(node));
    for (const std::uint32_t reference : graph.references_to(node)) mark(graph.columns().references[reference].from);
  }
  return holds;
}

}  // namespace dill::graph
