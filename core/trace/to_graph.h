// A finished recording as the graph that views and reports read.
#pragma once

#include <memory>

#include "graph/object_graph.h"
#include "trace/recording.h"

namespace dill::trace {

// The recording's nodes, references and problems as columns; `recording.bytes` and `recording.meta` are not needed for
// it. A node that a broken-off walk left without an end gets one (trace/columns.h). The recording is moved from: save()
// it first if it is to be kept.
std::shared_ptr<const graph::ObjectGraph> to_graph(Recording&& recording);

}  // namespace dill::trace
