// Which part of a graph's spanning tree is on show.
//
// Children of an expanded node appear kChunk at a time; the rest stands behind one "N more" item. Children that are
// culprits or hold one, and nodes that were asked for (reveal), are shown in addition, never hidden behind "N more" (up
// to kExtraLimit a parent; the "N more" item counts the problems behind it).
// Pure C++, no screen needed. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/object_graph.h"

namespace dill::gui {

// One box of the picture.
struct VisibleItem {
  enum class Kind : std::uint8_t { Node, More };

  graph::NodeId node = graph::kNoNode;  // More: the parent whose children are hidden; kNoNode for hidden roots
  std::int32_t parent = -1;             // position of the parent's item, -1 at the top
  std::uint32_t children = 0;           // Node: number of children in the graph; More: number of hidden ones
  std::uint32_t problems = 0;           // problems in the subtree, or behind "N more"
  Kind kind = Kind::Node;
  bool expanded = false;
};

class ExpandedTree {
 public:
  static constexpr std::uint32_t kChunk = 25;
  static constexpr std::uint32_t kExtraLimit = 200;

  // Nothing expanded. O(nodes). `graph` must not be null.
  explicit ExpandedTree(std::shared_ptr<const graph::ObjectGraph> graph);

  // Expands the root (if there is one only) and the way to the first `culpritLimit` culprits.
  void expandDefault(std::size_t culpritLimit = 100);

  bool isExpanded(graph::NodeId node) const { return shown_.contains(node); }
  void expand(graph::NodeId node);  // does nothing for a node without children
  void collapse(graph::NodeId node);
  // The next kChunk children of `parent` (graph::kNoNode: the next roots).
  void showMore(graph::NodeId parent);
  // Makes sure that `node` is part of collect(): expands its ancestors and shows it beside the "N more" of its parent.
  void reveal(graph::NodeId node);
  // Expands `node` and what is below it, breadth first, until about `limit` items more are on show.
  // Returns false if the limit was reached before everything was expanded.
  bool expandSubtree(graph::NodeId node, std::size_t limit);
  void collapseAll();

  // What is expanded, and how many children of it are on show without having been asked for; the roots' entry is that of
  // graph::kNoNode.
  const std::unordered_map<graph::NodeId, std::uint32_t>& expanded() const { return shown_; }
  // As expand(), but with at least `children` children on show.
  void expand(graph::NodeId node, std::uint32_t children);

  // The items on show, in pre-order. O(items).
  std::vector<VisibleItem> collect() const;

 private:
  std::span<const graph::NodeId> childrenOf(graph::NodeId parent) const;
  // Children of `parent` on show, and (in `hiddenProblems`) the problems in those that are not.
  std::vector<graph::NodeId> shownChildren(graph::NodeId parent, std::uint32_t* hiddenProblems) const;

  std::shared_ptr<const graph::ObjectGraph> graph_;
  std::vector<graph::NodeId> roots_;
  std::vector<std::pair<graph::NodeId, graph::NodeId>> marked_;  // (parent, child that is or holds a culprit), sorted
  std::unordered_map<graph::NodeId, std::uint32_t> shown_;       // expanded node -> number of leading children on show
  std::map<graph::NodeId, std::set<graph::NodeId>> revealed_;    // parent -> children shown in addition
};

}  // namespace dill::gui
