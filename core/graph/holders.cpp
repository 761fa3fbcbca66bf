#include "graph/holders.h"

namespace dill::graph {

std::vector<bool> holders_of(const ObjectGraph& graph, std::span<const NodeId> targets, EdgeKind except) {
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
    if (graph.columns().edge[node] != except) mark(graph.parent(node));
    for (const std::uint32_t number : graph.references_to(node)) {
      const Reference& reference = graph.columns().references[number];
      if (reference.kind != except) mark(reference.from);
    }
  }
  return holds;
}

}  // namespace dill::graph
