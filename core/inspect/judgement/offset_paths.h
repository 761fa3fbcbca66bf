// Which object of a graph the bytes at an offset belong to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/object_graph.h"

namespace dill::inspect {

class OffsetPaths {
 public:
  explicit OffsetPaths(std::shared_ptr<const graph::ObjectGraph> graph);

  // The innermost object whose bytes the one at `offset` is among, or kNoNode.
  graph::NodeId at(std::uint64_t offset) const;
  // The object that begins at `offset`, or kNoNode.
  graph::NodeId beginning_at(std::uint64_t offset) const;
  // The way to a node as an expression, shortened: "obj['a'][3]"; in words where there is no expression.
  std::string path(graph::NodeId node) const;

  const graph::ObjectGraph& graph() const { return *graph_; }

 private:
  std::shared_ptr<const graph::ObjectGraph> graph_;
  std::vector<graph::NodeId> by_begin_;  // inner ones behind outer ones that begin at the same byte
};

}  // namespace dill::inspect
