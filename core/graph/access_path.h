// The way from the root to a node: as a Python expression where there is one, and in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

// One edge of a path, a tree edge or a memo hit; `node` is where it leads.
struct Step {
  NodeId node;
  EdgeKind kind;
  StringId label;
  std::uint32_t index;
  friend bool operator==(const Step&, const Step&) = default;
};

// From the node's root (first, with its own edge) to the node (last), along the parents.
std::vector<Step> tree_path(const ObjectGraph& graph, NodeId node);

struct AccessPath {
  std::string
      expression;         // "svc.cfg['db']"; "" where none leads there, or none that Python could compile (1,000 steps)
  bool replayed = false;  // the expression calls __getstate__ or __reduce_ex__ again, which may make a new object
  std::string route;      // "svc -> attribute cfg -> key 'db'": always there; numbers count from 0; long ones are
                          // cut in the middle
};

struct PathOptions {
  std::string root;  // expression for the root; "" means the label of the root's edge, or "obj" if that is empty
  std::uint32_t protocol = 4;  // for __reduce_ex__
};

// Composes the path from the edges alone: nothing is evaluated, so it holds for the objects as they were recorded.
// `steps` as tree_path() or Analysis::shortest_path() give them. A Variable step starts anew with the variable's name.
AccessPath access_path(const ObjectGraph& graph, const std::vector<Step>& steps, const PathOptions& options = {});
AccessPath access_path(const ObjectGraph& graph, NodeId node, const PathOptions& options = {});

}  // namespace dill::graph
