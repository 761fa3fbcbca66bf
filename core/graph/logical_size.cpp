#include "graph/logical_size.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "graph/text.h"

namespace dill::graph {

namespace {

constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kWorthTelling = 10;
constexpr double kExact = 9e15;  // a double counts up to here

double sum(double a, double b) { return std::min(a + b, kLargest); }

class Sizes {
 public:
  explicit Sizes(const ObjectGraph& graph) : graph_(graph), size_(graph.size(), kUnseen) {}

  double of(NodeId root) {
    enter(root);
    while (!open_.empty()) {
      Step& step = open_.back();
      const auto children = graph_.children(step.node);
      const auto references = graph_.references_from(step.node);
      if (step.next < children.size()) {
        const NodeId child = children[step.next++];
        if (!is_second_hold(child)) add(step, child);
      } else if (step.next - children.size() < references.size()) {
        add(step, graph_.columns().references[references[step.next++ - children.size()]].to);
      } else {
        const double whole = step.size;
        size_[step.node] = whole;
        open_.pop_back();
        if (!open_.empty()) open_.back().size = sum(open_.back().size, whole);
      }
    }
    return size_[root];
  }

 private:
  static constexpr double kUnseen = -1, kOpen = -2;
  struct Step {
    NodeId node;
    std::size_t next;  // of the children, then of the references
    double size;
  };

  bool is_second_hold(NodeId child) const {
    const EdgeKind kind = graph_.columns().edge[child];
    return (kind == EdgeKind::PostItem || kind == EdgeKind::Global) && !graph_.references_to(child).empty();
  }

  void enter(NodeId node) {
    size_[node] = kOpen;
    open_.push_back({node, 0, static_cast<double>(graph_.columns().count[node])});
  }

  void add(Step& step, NodeId held) {
    if (size_[held] == kUnseen) {
      enter(held);  // ends the life of `step`
    } else {
      step.size = sum(step.size, size_[held] == kOpen ? 1 : size_[held]);
    }
  }

  const ObjectGraph& graph_;
  std::vector<double> size_;
  std::vector<Step> open_;
};

}  // namespace

double logical_size(const ObjectGraph& graph) {
  Sizes sizes(graph);
  double whole = 0;
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (graph.parent(node) == kNoNode) whole = sum(whole, sizes.of(node));
  }
  return whole;
}

bool is_larger_unshared(double logical, std::uint64_t objects) {
  return logical >= kWorthTelling * static_cast<double>(std::max<std::uint64_t>(objects, 1));
}

std::string logical_size_text(double size) {
  if (size < kExact) return counted(static_cast<std::uint64_t>(size), "object");
  char text[32];
  std::snprintf(text, sizeof text, "about %.2g objects", size);
  return text;
}

}  // namespace dill::graph
