// How large a value would be if nothing in it were shared: what tells a "billion laughs" file, small and harmless to
// read, from what comes of it as soon as somebody walks through it or prints it.
#pragma once

#include <cstdint>
#include <string>

#include "graph/object_graph.h"

namespace dill::graph {

// Objects below all roots, each counted once for every way that leads to it. A way ends where it comes back to an object
// that it has passed, which counts once more. What a call put into a part later has two holds, the call's and the
// part's: only the part's counts. Never more than the largest double. Time linear in nodes and references, no recursion.
double logical_size(const ObjectGraph& graph);

// Whether that says more than the number of objects in the file: sharing alone makes it at least ten times as many.
bool is_larger_unshared(double logical, std::uint64_t objects);

// "1,200 objects", "about 1.1e+60 objects"
std::string logical_size_text(double size);

}  // namespace dill::graph
