// The same place in a newer graph of the same thing: what was open and selected before a reload is so again.
#pragma once

#include <memory>
#include <unordered_map>

#include "graph/object_graph.h"

namespace dill::gui {

class NodeMatch {
 public:
  // Neither graph may be null.
  NodeMatch(std::shared_ptr<const graph::ObjectGraph> from, std::shared_ptr<const graph::ObjectGraph> to);

  // The node of `to` that is reached by the same names, keys and positions as `node` is in `from`; graph::kNoNode if
  // there is none.
  graph::NodeId find(graph::NodeId node);

 private:
  graph::NodeId step(graph::NodeId node, graph::NodeId newParent) const;

  std::shared_ptr<const graph::ObjectGraph> from_, to_;
  std::unordered_map<graph::NodeId, graph::NodeId> known_;
};

}  // namespace dill::gui
