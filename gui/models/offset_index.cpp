#include "models/offset_index.h"

#include <algorithm>
#include <numeric>

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

OffsetIndex::OffsetIndex(std::shared_ptr<const graph::ObjectGraph> graph) : graph_(std::move(graph)) {
  const auto begin = graph_->columns().begin;
  if (std::is_sorted(begin.begin(), begin.end())) return;
  byBegin_.resize(graph_->size());
  std::iota(byBegin_.begin(), byBegin_.end(), NodeId{0});
  // Of nodes that begin at the same byte the outer one has the smaller number.
  std::stable_sort(byBegin_.begin(), byBegin_.end(), [&](NodeId a, NodeId b) { return begin[a] < begin[b]; });
}

NodeId OffsetIndex::nodeOf(std::size_t position) const {
  return byBegin_.empty() ? static_cast<NodeId>(position) : byBegin_[position];
}

std::uint64_t OffsetIndex::beginOf(std::size_t position) const { return graph_->columns().begin[nodeOf(position)]; }

NodeId OffsetIndex::nodeAt(std::uint64_t offset) const {
  std::size_t low = 0;
  std::size_t high = graph_->size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (beginOf(middle) <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return kNoNode;
  // Ranges are nested as the tree is: what holds the byte is the last node that begins before it, or around that one.
  for (NodeId node = nodeOf(low - 1); node != kNoNode; node = graph_->parent(node)) {
    if (graph_->columns().begin[node] <= offset && offset < graph_->columns().end[node]) return node;
  }
  return kNoNode;
}

}  // namespace dill::gui
