// Numbers the values of a store: chooses the spanning tree that an ObjectGraph needs.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "graph/object_graph.h"
#include "inspect/values.h"

namespace dill::inspect {

struct Root {
  ValueId value;
  std::string label;
};

// The graph below the roots, in pre-order. A root that hangs below an earlier one is no root. A value hangs where it was written; one whose place was thrown away hangs at
// the first place that refers to it. Every other hold is a reference. Time linear in the store, no recursion.
std::shared_ptr<const graph::ObjectGraph> span_graph(const Values& values, std::span<const Root> roots);

}  // namespace dill::inspect
