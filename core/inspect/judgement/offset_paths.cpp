#include "inspect/judgement/offset_paths.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "graph/access_path.h"
#include "graph/utf8.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kLongestPath = 120;
constexpr int kDeepest = 400;  // edges; the expression of a deeper one would be cut anyway

}  // namespace

OffsetPaths::OffsetPaths(std::shared_ptr<const graph::ObjectGraph> graph) : graph_(std::move(graph)) {
  by_begin_.resize(graph_->size());
  std::iota(by_begin_.begin(), by_begin_.end(), 0U);
  std::stable_sort(by_begin_.begin(), by_begin_.end(), [&](graph::NodeId a, graph::NodeId b) {
    return graph_->columns().begin[a] < graph_->columns().begin[b];
  });
}

graph::NodeId OffsetPaths::at(std::uint64_t offset) const {
  const auto behind =
      std::upper_bound(by_begin_.begin(), by_begin_.end(), offset,
                       [&](std::uint64_t at, graph::NodeId n) { return at < graph_->columns().begin[n]; });
  if (behind == by_begin_.begin()) return graph::kNoNode;
  graph::NodeId node = *(behind - 1);
  while (node != graph::kNoNode && graph_->columns().end[node] <= offset) node = graph_->parent(node);
  return node;
}

graph::NodeId OffsetPaths::beginning_at(std::uint64_t offset) const {
  const graph::NodeId node = at(offset);
  return node != graph::kNoNode && graph_->columns().begin[node] == offset ? node : graph::kNoNode;
}

std::string OffsetPaths::path(graph::NodeId node) const {
  int depth = 0;
  for (graph::NodeId n = node; n != graph::kNoNode; n = graph_->parent(n))
    if (++depth > kDeepest) return "(deeper than " + std::to_string(kDeepest) + " objects)";
  graph::AccessPath path = graph::access_path(*graph_, node);
  std::string text = path.expression.empty() ? std::move(path.route) : std::move(path.expression);
  if (text.size() > kLongestPath) text = std::string(graph::utf8_prefix(text, kLongestPath)) + "...";
  return text;
}

}  // namespace dill::inspect
