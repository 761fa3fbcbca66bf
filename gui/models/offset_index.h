// Which object a byte of the pickle belongs to.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/object_graph.h"

namespace dill::gui {

// Immutable, any number of threads may ask one. `graph` must not be null.
class OffsetIndex {
 public:
  // O(nodes); sorts only if the nodes do not begin in the order of their numbers.
  explicit OffsetIndex(std::shared_ptr<const graph::ObjectGraph> graph);

  // The innermost node whose bytes hold `offset`; graph::kNoNode for bytes that belong to none (headers, frames between
  // pickles). O(log nodes + depth).
  graph::NodeId nodeAt(std::uint64_t offset) const;

 private:
  std::uint64_t beginOf(std::size_t position) const;
  graph::NodeId nodeOf(std::size_t position) const;

  std::shared_ptr<const graph::ObjectGraph> graph_;
  std::vector<graph::NodeId> byBegin_;  // empty if the nodes are in this order already
};

}  // namespace dill::gui
