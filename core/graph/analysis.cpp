#include "graph/analysis.h"

#include <algorithm>
#include <utility>

#include "graph/dominators.h"

namespace dill::graph {

Analysis::Analysis(std::shared_ptr<const ObjectGraph> graph) : graph_(std::move(graph)) {
  find_shortest_paths();
  find_dominators();
}

void Analysis::find_shortest_paths() {
  const GraphColumns& c = graph_->columns();
  const std::uint32_t nodes = graph_->size();
  constexpr std::uint32_t kUnseen = 0xFFFF'FFFF;
  distance_.assign(nodes, kUnseen);
  via_.assign(nodes, kNoIndex);
  std::vector<NodeId> queue;
  queue.reserve(nodes);
  for (NodeId node = 0; node < nodes; ++node) {
    if (c.parent[node] != kNoNode) continue;
    distance_[node] = 0;
    queue.push_back(node);
  }
  // Level by level, tree edges before memo hits, so that the tree wins where both are equally short.
  for (std::size_t level = 0; level < queue.size();) {
    const std::size_t level_end = queue.size();
    for (std::size_t at = level; at < level_end; ++at) {
      for (const NodeId child : graph_->children(queue[at])) {
        if (distance_[child] != kUnseen) continue;
        distance_[child] = distance_[queue[at]] + 1;
        queue.push_back(child);
      }
    }
    for (std::size_t at = level; at < level_end; ++at) {
      for (const std::uint32_t reference : graph_->references_from(queue[at])) {
        const NodeId to = c.references[reference].to;
        if (distance_[to] != kUnseen) continue;
        distance_[to] = distance_[queue[at]] + 1;
        via_[to] = reference;
        queue.push_back(to);
      }
    }
    level = level_end;
  }
}

std::vector<Step> Analysis::shortest_path(NodeId node) const {
  const GraphColumns& c = graph_->columns();
  std::vector<Step> steps;
  while (node != kNoNode) {
    if (via_[node] == kNoIndex) {
      steps.push_back({node, c.edge[node], c.label[node], c.index[node]});
      node = c.parent[node];
    } else {
      const Reference& reference = c.references[via_[node]];
      steps.push_back({node, reference.kind, reference.label, reference.index});
      node = reference.from;
    }
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

void Analysis::find_dominators() {
  Dominators found = find_dominator_tree(*graph_);
  retained_bytes_.resize(graph_->size());
  for (NodeId node = 0; node < graph_->size(); ++node) retained_bytes_[node] = graph_->own_bytes(node);
  for (std::size_t at = found.order.size(); at-- > 0;) {
    const NodeId node = found.order[at];
    if (const NodeId up = found.dominator[node]; up != kNoNode) retained_bytes_[up] += retained_bytes_[node];
  }
  dominator_ = std::move(found.dominator);
}

}  // namespace dill::graph
