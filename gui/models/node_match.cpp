#include "models/node_match.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;
using graph::ObjectGraph;

namespace {

std::vector<NodeId> rootsOf(const ObjectGraph& graph) {
  std::vector<NodeId> roots;
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (graph.parent(node) == kNoNode) roots.push_back(node);
  }
  return roots;
}

bool sameEdge(const ObjectGraph& a, NodeId x, const ObjectGraph& b, NodeId y) {
  const graph::GraphColumns& p = a.columns();
  const graph::GraphColumns& q = b.columns();
  if (p.edge[x] != q.edge[y]) return false;
  const std::string_view label = a.string(p.label[x]);
  if (label != b.string(q.label[y])) return false;
  return !label.empty() || p.index[x] == q.index[y];
}

}  // namespace

NodeMatch::NodeMatch(std::shared_ptr<const ObjectGraph> from, std::shared_ptr<const ObjectGraph> to)
    : from_(std::move(from)), to_(std::move(to)) {
  const std::vector<NodeId> old = rootsOf(*from_);
  const std::vector<NodeId> now = rootsOf(*to_);
  for (std::size_t i = 0; i < old.size(); ++i) {
    // One root is the thing itself, whatever it is called.
    const bool fits = i < now.size() && (old.size() == 1 || sameEdge(*from_, old[i], *to_, now[i]));
    known_[old[i]] = fits ? now[i] : kNoNode;
  }
}

NodeId NodeMatch::find(NodeId node) {
  std::vector<NodeId> way;
  for (; !known_.contains(node); node = from_->parent(node)) {
    if (node >= from_->size()) return kNoNode;
    way.push_back(node);
  }
  NodeId at = known_.at(node);
  for (; !way.empty(); way.pop_back()) {
    at = at == kNoNode ? kNoNode : step(way.back(), at);
    known_[way.back()] = at;
  }
  return at;
}

NodeId NodeMatch::step(NodeId node, NodeId newParent) const {
  const auto old = from_->children(from_->parent(node));
  const auto now = to_->children(newParent);
  const auto position = static_cast<std::size_t>(std::lower_bound(old.begin(), old.end(), node) - old.begin());
  if (position < now.size() && sameEdge(*from_, node, *to_, now[position])) return now[position];
  const auto found =
      std::find_if(now.begin(), now.end(), [&](NodeId child) { return sameEdge(*from_, node, *to_, child); });
  return found == now.end() ? kNoNode : *found;
}

}  // namespace dill::gui
