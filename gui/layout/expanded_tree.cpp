#include "layout/expanded_tree.h"

#include <algorithm>
#include <deque>
#include <iterator>

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

ExpandedTree::ExpandedTree(std::shared_ptr<const graph::ObjectGraph> graph) : graph_(std::move(graph)) {
  for (NodeId node = 0; node < graph_->size(); ++node) {
    if (graph_->parent(node) == kNoNode) roots_.push_back(node);
    if (graph_->problems_below(node) > 0) marked_.emplace_back(graph_->parent(node), node);
  }
  std::sort(marked_.begin(), marked_.end());
  shown_.emplace(kNoNode, kChunk);
}

void ExpandedTree::expandDefault(std::size_t culpritLimit) {
  if (roots_.size() == 1) expand(roots_.front());
  std::size_t revealed = 0;
  for (const graph::Problem& problem : graph_->problems()) {
    if (revealed++ == culpritLimit) break;
    reveal(problem.node);
  }
}

void ExpandedTree::expand(NodeId node) {
  if (!graph_->children(node).empty()) shown_.try_emplace(node, kChunk);
}

void ExpandedTree::expand(NodeId node, std::uint32_t children) {
  if (node != kNoNode) expand(node);
  const auto found = shown_.find(node);
  if (found != shown_.end()) found->second = std::max(found->second, children);
}

void ExpandedTree::collapse(NodeId node) {
  if (node == kNoNode) return;
  shown_.erase(node);
  revealed_.erase(node);
}

void ExpandedTree::showMore(NodeId parent) {
  const auto found = shown_.find(parent);
  if (found != shown_.end()) found->second += kChunk;
}

void ExpandedTree::reveal(NodeId node) {
  for (NodeId child = node; child != kNoNode; child = graph_->parent(child)) {
    const NodeId parent = graph_->parent(child);
    if (parent != kNoNode) expand(parent);
    const auto shown = childrenOf(parent).first(std::min<std::size_t>(shown_.at(parent), childrenOf(parent).size()));
    if (!std::binary_search(shown.begin(), shown.end(), child)) revealed_[parent].insert(child);
  }
}

bool ExpandedTree::expandSubtree(NodeId node, std::size_t limit) {
  std::deque<NodeId> waiting{node};
  std::size_t added = 0;
  while (!waiting.empty()) {
    const NodeId next = waiting.front();
    waiting.pop_front();
    if (graph_->children(next).empty()) continue;
    expand(next);
    std::uint32_t hidden = 0;
    const std::vector<NodeId> children = shownChildren(next, &hidden);
    added += children.size();
    if (added > limit) return false;
    waiting.insert(waiting.end(), children.begin(), children.end());
  }
  return true;
}

void ExpandedTree::collapseAll() {
  shown_.clear();
  revealed_.clear();
  shown_.emplace(kNoNode, kChunk);
}

std::span<const NodeId> ExpandedTree::childrenOf(NodeId parent) const {
  return parent == kNoNode ? std::span<const NodeId>(roots_) : graph_->children(parent);
}

std::vector<NodeId> ExpandedTree::shownChildren(NodeId parent, std::uint32_t* hiddenProblems) const {
  *hiddenProblems = 0;
  const auto entry = shown_.find(parent);
  if (entry == shown_.end()) return {};
  const std::span<const NodeId> all = childrenOf(parent);
  const auto leading = all.first(std::min<std::size_t>(entry->second, all.size()));
  std::vector<NodeId> children(leading.begin(), leading.end());
  if (leading.size() == all.size()) return children;

  const NodeId rest = all[leading.size()];  // children are in ascending order: all hidden ones are >= rest
  std::vector<NodeId> extra;
  const auto first = std::lower_bound(marked_.begin(), marked_.end(), std::pair(parent, rest));
  for (auto mark = first; mark != marked_.end() && mark->first == parent; ++mark) {
    if (extra.size() < kExtraLimit) {
      extra.push_back(mark->second);
    } else {
      *hiddenProblems += graph_->problems_below(mark->second);
    }
  }
  if (const auto revealed = revealed_.find(parent); revealed != revealed_.end()) {
    std::vector<NodeId> both;
    std::set_union(extra.begin(), extra.end(), revealed->second.lower_bound(rest), revealed->second.end(),
                   std::back_inserter(both));
    for (const NodeId node : both) {
      // A revealed node with a problem beyond kExtraLimit is on show after all.
      if (!std::binary_search(extra.begin(), extra.end(), node)) *hiddenProblems -= graph_->problems_below(node);
    }
    extra = std::move(both);
  }
  children.insert(children.end(), extra.begin(), extra.end());
  return children;
}

std::vector<VisibleItem> ExpandedTree::collect() const {
  struct Level {  // an expanded parent on the way to the item that is next
    std::vector<NodeId> children;
    std::size_t next = 0;
    NodeId node = kNoNode;
    std::int32_t item = -1;
    std::uint32_t hiddenProblems = 0;
  };
  std::vector<VisibleItem> items;
  std::vector<Level> stack(1);
  stack[0].children = shownChildren(kNoNode, &stack[0].hiddenProblems);
  while (!stack.empty()) {
    Level& level = stack.back();
    if (level.next == level.children.size()) {
      const std::size_t total = childrenOf(level.node).size();
      if (total > level.children.size()) {
        items.push_back({.node = level.node,
                         .parent = level.item,
                         .children = static_cast<std::uint32_t>(total - level.children.size()),
                         .problems = level.hiddenProblems,
                         .kind = VisibleItem::Kind::More});
      }
      stack.pop_back();
      continue;
    }
    const NodeId node = level.children[level.next++];
    items.push_back({.node = node,
                     .parent = level.item,
                     .children = static_cast<std::uint32_t>(graph_->children(node).size()),
                     .problems = graph_->problems_below(node),
                     .expanded = isExpanded(node)});
    if (isExpanded(node)) {
      Level below;
      below.node = node;
      below.item = static_cast<std::int32_t>(items.size()) - 1;
      below.children = shownChildren(node, &below.hiddenProblems);
      stack.push_back(std::move(below));
    }
  }
  return items;
}

}  // namespace dill::gui
