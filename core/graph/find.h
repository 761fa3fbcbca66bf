// Text search over a graph.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

struct Found {
  std::vector<NodeId> nodes;  // ascending
  bool complete = true;       // false: stopped, or there are more than the limit
};

// The nodes whose type, edge text or description contains `text`; upper and lower case of ASCII letters are the same.
// An empty text is found nowhere. `stop`, set by another thread, ends the search within a few milliseconds.
Found find(const ObjectGraph& graph, std::string_view text, const std::atomic<bool>& stop,
           std::size_t limit = std::numeric_limits<std::size_t>::max());

}  // namespace dill::graph
