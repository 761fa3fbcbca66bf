// Which nodes of a graph the findings about its file point at.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "inspect/judgement/inspection.h"
#include "models/node_status.h"
#include "models/offset_index.h"

namespace dill::gui {

class NodeMarks {
 public:
  NodeMarks() = default;
  // Marks what the suspicious and dangerous findings about `member` point at, and what holds those.
  NodeMarks(const graph::ObjectGraph& graph, const OffsetIndex& offsets, const inspect::Inspection& inspection,
            std::size_t member);

  // Suspicious, Dangerous, HoldsFinding, or Plain for a node without a mark.
  NodeStatus of(graph::NodeId node) const;
  // The node a finding of the inspection points at; graph::kNoNode if it points at none of this member.
  graph::NodeId nodeOf(std::size_t finding) const;
  // Findings that point at the node, as positions in Inspection::findings.
  std::vector<std::size_t> findingsOf(graph::NodeId node) const;
  // Nodes that are Suspicious or Dangerous, worst first, then in the order of the findings.
  const std::vector<graph::NodeId>& nodes() const { return nodes_; }

 private:
  static constexpr std::size_t kMaxHolders = 100'000;

  std::unordered_map<graph::NodeId, NodeStatus> status_;
  std::vector<graph::NodeId> nodeOfFinding_;
  std::vector<graph::NodeId> nodes_;
};

// What the node's colour says: what the recording says about it, or what a finding does.
NodeStatus statusOf(const graph::ObjectGraph& graph, const NodeMarks& marks, graph::NodeId node);

}  // namespace dill::gui
