#include "graph/dominators.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace dill::graph {

namespace {

// Nodes by their number in a depth-first search; number 0 is a node above all roots, node n has some number >= 1.
using Number = std::uint32_t;

struct DepthFirst {
  std::vector<NodeId> node;    // node[number]; node[0] is kNoNode
  std::vector<Number> number;  // number[node]
  std::vector<Number> parent;  // of each number, in the search tree
};

DepthFirst depth_first(const ObjectGraph& graph) {
  const GraphColumns& c = graph.columns();
  const std::uint32_t nodes = graph.size();
  DepthFirst search;
  search.node.reserve(std::size_t{nodes} + 1);
  search.parent.reserve(std::size_t{nodes} + 1);
  search.number.assign(nodes, 0);
  search.node.push_back(kNoNode);
  search.parent.push_back(0);

  struct Pending {
    NodeId node;
    Number from;
  };
  std::vector<Pending> stack;
  for (NodeId root = nodes; root-- > 0;) {
    if (c.parent[root] == kNoNode) stack.push_back({root, 0});
  }
  while (!stack.empty()) {
    const Pending next = stack.back();
    stack.pop_back();
    if (search.number[next.node] != 0) continue;
    const auto number = static_cast<Number>(search.node.size());
    search.number[next.node] = number;
    search.node.push_back(next.node);
    search.parent.push_back(next.from);
    for (const std::uint32_t reference : graph.references_from(next.node)) {
      const NodeId to = c.references[reference].to;
      if (search.number[to] == 0) stack.push_back({to, number});
    }
    const auto children = graph.children(next.node);
    for (auto child = children.rbegin(); child != children.rend(); ++child) {
      if (search.number[*child] == 0) stack.push_back({*child, number});
    }
  }
  return search;
}

// The forest of the nodes handled so far; evaluate() finds the smallest semidominator on the way up to a tree's root.
class Forest {
 public:
  Forest(std::size_t numbers, const std::vector<Number>& semi)
      : semi_(semi), ancestor_(numbers, kNone), best_(numbers) {
    for (Number number = 0; number < numbers; ++number) best_[number] = number;
  }

  void link(Number parent, Number child) { ancestor_[child] = parent; }

  Number evaluate(Number number) {
    if (ancestor_[number] == kNone) return number;
    // Compress the way up: every node on it then hangs directly below the root.
    path_.clear();
    Number at = number;
    while (ancestor_[ancestor_[at]] != kNone) {
      path_.push_back(at);
      at = ancestor_[at];
    }
    const Number root = ancestor_[at];
    Number above = at;
    for (std::size_t i = path_.size(); i-- > 0;) {
      const Number below = path_[i];
      if (semi_[best_[above]] < semi_[best_[below]]) best_[below] = best_[above];
      ancestor_[below] = root;
      above = below;
    }
    return best_[number];
  }

 private:
  static constexpr Number kNone = 0xFFFF'FFFF;
  const std::vector<Number>& semi_;
  std::vector<Number> ancestor_;
  std::vector<Number> best_;
  std::vector<Number> path_;
};

}  // namespace

Dominators find_dominator_tree(const ObjectGraph& graph) {
  const GraphColumns& c = graph.columns();
  const DepthFirst search = depth_first(graph);
  const std::size_t numbers = search.node.size();

  std::vector<Number> semi(numbers);
  for (Number number = 0; number < numbers; ++number) semi[number] = number;
  std::vector<Number> dominator(numbers, 0);
  // Nodes waiting for their semidominator's turn: a linked list for each.
  std::vector<Number> bucket(numbers, 0), next(numbers, 0);
  Forest forest(numbers, semi);

  for (auto number = static_cast<Number>(numbers); number-- > 1;) {
    const NodeId node = search.node[number];
    const Number parent = search.parent[number];
    const auto reach = [&](Number from) { semi[number] = std::min(semi[number], semi[forest.evaluate(from)]); };
    reach(c.parent[node] == kNoNode ? 0 : search.number[c.parent[node]]);
    for (const std::uint32_t reference : graph.references_to(node)) reach(search.number[c.references[reference].from]);

    next[number] = bucket[semi[number]];
    bucket[semi[number]] = number;
    forest.link(parent, number);
    for (Number waiting = std::exchange(bucket[parent], 0); waiting != 0; waiting = next[waiting]) {
      const Number best = forest.evaluate(waiting);
      dominator[waiting] = semi[best] < semi[waiting] ? best : parent;
    }
  }
  for (Number number = 1; number < numbers; ++number) {
    if (dominator[number] != semi[number]) dominator[number] = dominator[dominator[number]];
  }

  Dominators result;
  result.dominator.resize(graph.size());
  for (Number number = 1; number < numbers; ++number) {
    result.dominator[search.node[number]] = search.node[dominator[number]];
  }
  // A dominator comes before what it dominates in every depth-first search.
  result.order.assign(search.node.begin() + 1, search.node.end());
  return result;
}

}  // namespace dill::graph
