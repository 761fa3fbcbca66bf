#include "graph/holders.h"

namespace dill::graph {
namespace {

constexpr Step kNowhere{kNoNode, EdgeKind::Root, 0, kNoIndex};

// From the targets backwards, the closest first. `reach(node, step)` says whether the node was not known yet, from which
// the step leads on.
template <class Reach>
void walk_back(const ObjectGraph& graph, std::span<const NodeId> targets, EdgeKind except, Reach reach) {
  std::vector<NodeId> queue;
  const GraphColumns& columns = graph.columns();
  for (const NodeId target : targets)
    if (reach(target, Step{target, columns.edge[target], columns.label[target], columns.index[target]}))
      queue.push_back(target);
  for (std::size_t done = 0; done < queue.size(); ++done) {
    const NodeId node = queue[done];
    const NodeId parent = graph.parent(node);
    if (parent != kNoNode && columns.edge[node] != except &&
        reach(parent, Step{node, columns.edge[node], columns.label[node], columns.index[node]}))
      queue.push_back(parent);
    for (const std::uint32_t number : graph.references_to(node)) {
      const Reference& hit = columns.references[number];
      if (hit.kind != except && reach(hit.from, Step{node, hit.kind, hit.label, hit.index})) queue.push_back(hit.from);
    }
  }
}

}  // namespace

std::vector<bool> holders_of(const ObjectGraph& graph, std::span<const NodeId> targets, EdgeKind except) {
  std::vector<bool> holds(graph.size(), false);
  walk_back(graph, targets, except, [&](NodeId node, const Step&) {
    const bool is_new = !holds[node];
    holds[node] = true;
    return is_new;
  });
  return holds;
}

WaysTo::WaysTo(const ObjectGraph& graph, std::span<const NodeId> targets)
    : graph_(graph), next_(graph.size(), kNowhere) {
  walk_back(graph, targets, EdgeKind::kCount, [&](NodeId node, const Step& step) {
    const bool is_new = next_[node].node == kNoNode;
    if (is_new) next_[node] = step;
    return is_new;
  });
}

std::vector<Step> WaysTo::from(NodeId node) const {
  std::vector<Step> way;
  if (!exists(node)) return way;
  const GraphColumns& columns = graph_.columns();
  way.push_back({node, columns.edge[node], columns.label[node], columns.index[node]});
  for (; next_[node].node != node; node = next_[node].node) way.push_back(next_[node]);
  return way;
}

}  // namespace dill::graph
