#include "models/node_marks.h"

#include <algorithm>

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

NodeMarks::NodeMarks(const graph::ObjectGraph& graph, const OffsetIndex& offsets, const inspect::Inspection& inspection,
                     std::size_t member)
    : nodeOfFinding_(inspection.findings.size(), kNoNode) {
  const std::string& path = inspection.members[member].path;
  for (std::size_t i = 0; i < inspection.findings.size(); ++i) {
    const inspect::Finding& finding = inspection.findings[i];
    if (finding.member != path) continue;
    const NodeId node = offsets.nodeAt(finding.offset);
    nodeOfFinding_[i] = node;
    if (node == kNoNode || finding.severity == inspect::Severity::Note || finding.severity == inspect::Severity::Error)
      continue;
    const NodeStatus status =
        finding.severity == inspect::Severity::Dangerous ? NodeStatus::Dangerous : NodeStatus::Suspicious;
    NodeStatus& known = status_.try_emplace(node, NodeStatus::Plain).first->second;
    if (known == NodeStatus::Plain) nodes_.push_back(node);
    known = std::max(known, status);
  }
  for (const NodeId marked : nodes_) {
    for (NodeId node = graph.parent(marked); node != kNoNode && status_.size() < kMaxHolders;
         node = graph.parent(node)) {
      if (!status_.try_emplace(node, NodeStatus::HoldsFinding).second) break;
    }
  }
  std::stable_sort(nodes_.begin(), nodes_.end(), [this](NodeId a, NodeId b) { return of(a) > of(b); });
}

NodeStatus NodeMarks::of(NodeId node) const {
  const auto found = status_.find(node);
  return found == status_.end() ? NodeStatus::Plain : found->second;
}

NodeId NodeMarks::nodeOf(std::size_t finding) const {
  return finding < nodeOfFinding_.size() ? nodeOfFinding_[finding] : kNoNode;
}

std::vector<std::size_t> NodeMarks::findingsOf(NodeId node) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < nodeOfFinding_.size(); ++i) {
    if (nodeOfFinding_[i] == node) found.push_back(i);
  }
  return found;
}

NodeStatus statusOf(const graph::ObjectGraph& graph, const NodeMarks& marks, NodeId node) {
  return std::max(statusOf(graph, node), marks.of(node));
}

}  // namespace dill::gui
