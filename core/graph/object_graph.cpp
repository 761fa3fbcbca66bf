#include "graph/object_graph.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "graph/lazy_reserve.h"

namespace dill::graph {

namespace {

// Groups the numbers 0 .. keys.size() by key: those of key k are list[first[k] .. first[k + 1]), ascending.
// Entries whose key is kNoNode are left out. Without entries both stay empty.
template <typename KeyOf>
void group(std::size_t entries, std::uint32_t keys, KeyOf key_of, std::vector<std::uint32_t>& first,
           std::vector<std::uint32_t>& list) {
  if (entries == 0) return;
  reserve_lazily(first, std::size_t{keys} + 1);
  first.assign(std::size_t{keys} + 1, 0);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::uint32_t key = key_of(i);
    if (key != kNoNode) ++first[std::size_t{key} + 1];
  }
  for (std::size_t k = 0; k < keys; ++k) first[k + 1] += first[k];
  reserve_lazily(list, first[keys]);
  list.resize(first[keys]);
  std::vector<std::uint32_t> next;
  reserve_lazily(next, keys);
  next.assign(first.begin(), first.end() - 1);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::uint32_t key = key_of(i);
    // Keys in a file that another program shortens turn into zeros meanwhile: there is no room for more than there were.
    if (key != kNoNode && next[key] != first[std::size_t{key} + 1]) list[next[key]++] = static_cast<std::uint32_t>(i);
  }
}

std::span<const std::uint32_t> slice(const std::vector<std::uint32_t>& first, const std::vector<std::uint32_t>& list,
                                     NodeId node) {
  if (first.empty()) return {};
  return std::span(list).subspan(first[node], first[node + 1] - first[node]);
}

// Every byte to the innermost node whose range holds it. Ranges nest as the objects were written, which is not always as
// they hold each other.
std::vector<std::uint64_t> own_bytes_of(const GraphColumns& c) {
  const auto nodes = static_cast<NodeId>(c.parent.size());
  std::vector<std::uint64_t> own;
  reserve_lazily(own, nodes);
  own.resize(nodes);
  std::vector<NodeId> order;  // by first byte; empty while that is the order of the nodes anyway
  if (!std::is_sorted(c.begin.begin(), c.begin.end())) {
    order.resize(nodes);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](NodeId a, NodeId b) {
      return c.begin[a] != c.begin[b] ? c.begin[a] < c.begin[b] : c.end[a] > c.end[b];
    });
  }
  std::vector<NodeId> open;
  for (NodeId i = 0; i < nodes; ++i) {
    const NodeId node = order.empty() ? i : order[i];
    own[node] = c.end[node] - c.begin[node];
    while (!open.empty() && c.end[open.back()] <= c.begin[node]) open.pop_back();
    if (!open.empty()) {
      const NodeId around = open.back();
      own[around] -= std::min(own[around], std::min(c.end[around], c.end[node]) - c.begin[node]);
    }
    if (own[node] != 0) open.push_back(node);
  }
  return own;
}

}  // namespace

ObjectGraph::ObjectGraph(GraphColumns columns, std::vector<Problem> problems, std::shared_ptr<const void> storage)
    : columns_(columns), problems_(std::move(problems)), storage_(std::move(storage)) {
  const std::uint32_t nodes = size();
  group(
      nodes, nodes, [&](std::size_t i) { return columns_.parent[i]; }, child_first_, child_list_);
  const auto references = columns_.references;
  group(
      references.size(), nodes, [&](std::size_t i) { return references[i].from; }, from_first_, from_list_);
  group(
      references.size(), nodes, [&](std::size_t i) { return references[i].to; }, to_first_, to_list_);

  own_bytes_ = own_bytes_of(columns_);
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.node < b.node; });
  reserve_lazily(problems_below_, nodes);
  problems_below_.assign(nodes, 0);
  for (const Problem& problem : problems_) ++problems_below_[problem.node];
  if (!problems_.empty()) {
    for (NodeId node = nodes; node-- > 0;) {
      if (const NodeId up = parent(node); up != kNoNode) problems_below_[up] += problems_below_[node];
    }
  }
}

std::span<const NodeId> ObjectGraph::children(NodeId node) const { return slice(child_first_, child_list_, node); }

std::span<const std::uint32_t> ObjectGraph::references_from(NodeId node) const {
  return slice(from_first_, from_list_, node);
}

std::span<const std::uint32_t> ObjectGraph::references_to(NodeId node) const {
  return slice(to_first_, to_list_, node);
}

const Problem* ObjectGraph::problem_of(NodeId node) const {
  const auto found = std::lower_bound(problems_.begin(), problems_.end(), node,
                                      [](const Problem& problem, NodeId id) { return problem.node < id; });
  return found != problems_.end() && found->node == node ? &*found : nullptr;
}

const Location* ObjectGraph::location_of(NodeId node) const {
  const auto found = std::lower_bound(columns_.locations.begin(), columns_.locations.end(), node,
                                      [](const Location& location, NodeId id) { return location.node < id; });
  return found != columns_.locations.end() && found->node == node ? &*found : nullptr;
}

std::string_view ObjectGraph::string(StringId id) const {
  const std::uint32_t begin = id == 0 ? 0 : columns_.string_ends[id - 1];
  const std::uint32_t end = columns_.string_ends[id];
  // Only where a mapped trace became shorter after it was checked.
  if (begin > end || end > columns_.string_bytes.size()) return {};
  return {columns_.string_bytes.data() + begin, end - begin};
}

}  // namespace dill::graph
