// What follows from a graph's edges, memo hits included: shortest paths, dominators, retained bytes.
//
// A node D dominates N if every way from a root to N leads through D: without D, N would not be in the pickle. The
// bytes that a node retains are those of everything it dominates, its own included.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/access_path.h"
#include "graph/object_graph.h"

namespace dill::graph {

// Immutable after construction, so any number of threads may read one.
class Analysis {
 public:
  // Everything is computed here, in O(edges * log(nodes)) time; a million nodes take about 0.2 s.
  explicit Analysis(std::shared_ptr<const ObjectGraph> graph);

  const ObjectGraph& graph() const { return *graph_; }

  // Edges on the shortest way from a root; 0 for a root.
  std::uint32_t distance(NodeId node) const { return distance_[node]; }
  // That way: the root first (with its own edge), the node last. Of several, one along the tree where there is one.
  std::vector<Step> shortest_path(NodeId node) const;

  // The closest dominator; kNoNode for a root and for what is reached from several roots.
  NodeId dominator(NodeId node) const { return dominator_[node]; }
  std::uint64_t retained_bytes(NodeId node) const { return retained_bytes_[node]; }

 private:
  void find_shortest_paths();
  void find_dominators();

  std::shared_ptr<const ObjectGraph> graph_;
  std::vector<std::uint32_t> distance_;
  std::vector<std::uint32_t> via_;  // the memo hit that ends the shortest path, or kNoIndex for the tree edge
  std::vector<NodeId> dominator_;
  std::vector<std::uint64_t> retained_bytes_;
};

}  // namespace dill::graph
