// read_pickle: a graph that holds together, or an error that says where.
#include "graph_walk.h"
#include "inspect/static_graph.h"
#include "require.h"

using namespace dill;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto result = inspect::read_pickle({data, size});
  if (!result) {
    require(!result.error().message.empty() && result.error().offset <= size, "an error says what and where");
    return 0;
  }
  require(result->size == size && result->end <= size, "the end lies within the data");
  if (result->fault) {
    require(!result->fault->message.empty() && result->fault->offset <= size, "a fault says what and where");
  } else {
    require(result->pickles > 0, "a pickle or a fault");
  }
  fuzz::require_none(graph::inconsistency(*result->graph));
  // The same with next to nothing kept, and with a part of it open.
  const inspect::Limits few{.shown_objects = 4, .shown_begin = size / 4, .shown_end = size / 2};
  const auto folded = inspect::read_pickle({data, size}, few);
  require(folded.has_value() && folded->fault.has_value() == result->fault.has_value(), "limits make no fault");
  require(folded->objects == result->objects && folded->pickles == result->pickles, "folded objects are counted");
  fuzz::require_none(graph::inconsistency(*folded->graph));
  for (const std::uint64_t end : result->graph->columns().end) require(end <= size, "bytes lie within the data");
  return 0;
}
