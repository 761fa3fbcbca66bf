#include "graph/report_selection.h"

#include <algorithm>
#include <queue>
#include <set>

namespace dill::graph {

namespace {

constexpr std::size_t kChainHead = 6;   // of a culprit's ancestors at least these many from the root on ...
constexpr std::size_t kChainTail = 10;  // ... and these many up from the culprit are wanted
constexpr std::size_t kSiblings = 3;    // on each side of a shown node

// The culprit and its ancestors, root first, without the middle of a long chain.
std::vector<NodeId> chain_of(const ObjectGraph& graph, NodeId culprit) {
  std::vector<NodeId> chain;
  for (NodeId node = culprit; node != kNoNode; node = graph.parent(node)) chain.push_back(node);
  std::reverse(chain.begin(), chain.end());
  if (chain.size() > kChainHead + kChainTail) {
    chain.erase(chain.begin() + kChainHead, chain.end() - kChainTail);
  }
  return chain;
}

void add_siblings(const ObjectGraph& graph, std::size_t limit, std::set<NodeId>& shown) {
  const std::vector<NodeId> first(shown.begin(), shown.end());
  // Deepest first: what lies around a culprit says more than what lies around the root.
  for (auto node = first.rbegin(); node != first.rend(); ++node) {
    if (graph.parent(*node) == kNoNode) continue;
    const auto siblings = graph.children(graph.parent(*node));
    const auto here =
        static_cast<std::size_t>(std::lower_bound(siblings.begin(), siblings.end(), *node) - siblings.begin());
    const std::size_t from = here > kSiblings ? here - kSiblings : 0;
    const std::size_t to = std::min(siblings.size(), here + kSiblings + 1);
    for (std::size_t i = from; i < to; ++i) {
      if (shown.size() >= limit) return;
      shown.insert(siblings[i]);
    }
  }
}

void add_largest(const ObjectGraph& graph, std::size_t limit, std::set<NodeId>& shown) {
  const auto smaller = [&](NodeId a, NodeId b) {
    const std::uint64_t x = graph.subtree_bytes(a), y = graph.subtree_bytes(b);
    return x != y ? x < y : a > b;
  };
  std::priority_queue<NodeId, std::vector<NodeId>, decltype(smaller)> pending(smaller);
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (graph.parent(node) == kNoNode) pending.push(node);
  }
  while (!pending.empty() && shown.size() < limit) {
    const NodeId node = pending.top();
    pending.pop();
    shown.insert(node);
    for (const NodeId child : graph.children(node)) pending.push(child);
  }
}

}  // namespace

Selection select_for_picture(const ObjectGraph& graph, std::size_t limit) {
  Selection selection;
  std::set<NodeId> shown;
  for (std::size_t i = 0; i < graph.problems().size(); ++i) {
    const std::vector<NodeId> chain = chain_of(graph, graph.problems()[i].node);
    const auto fresh = static_cast<std::size_t>(
        std::count_if(chain.begin(), chain.end(), [&](NodeId node) { return !shown.contains(node); }));
    if (shown.size() + fresh > limit) {
      selection.culprits_left_out = graph.problems().size() - i;
      break;
    }
    shown.insert(chain.begin(), chain.end());
  }
  if (shown.empty()) {
    // A readable picture, not a full one.
    add_largest(graph, std::min<std::size_t>(limit, 40), shown);
  } else {
    add_siblings(graph, limit, shown);
  }

  for (const NodeId node : shown) {
    ShownNode entry{.node = node,
                    .above = graph.parent(node),
                    .left_out = 0,
                    .hidden_children = 0,
                    .on_the_way = graph.problems_below(node) > 0 && graph.problem_of(node) == nullptr};
    while (entry.above != kNoNode && !shown.contains(entry.above)) {
      entry.above = graph.parent(entry.above);
      ++entry.left_out;
    }
    for (const NodeId child : graph.children(node)) entry.hidden_children += shown.contains(child) ? 0 : 1;
    selection.nodes.push_back(entry);
  }
  return selection;
}

}  // namespace dill::graph
