// A graph as plain Python values, for tests and for whoever wants to walk one.
#pragma once

#include "bindings.h"
#include "graph/object_graph.h"

namespace dill::bindings {

// (nodes, references). A node is (parent, edge, label, index, type, description, memo, count), None where there is no
// parent, index or memo number; a reference (from, to, edge, label, index). Edges have the names of graph::EdgeKind.
py::tuple graph_rows(const graph::ObjectGraph& graph);

}  // namespace dill::bindings
