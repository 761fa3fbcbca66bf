#include "inspect/meaning/details.h"

#include "graph/text.h"
#include "inspect/meaning/describe.h"

namespace dill::inspect {

using graph::NodeId;

namespace {

bool may_be_array(std::string_view type) {
  return type.starts_with("numpy.") && type != "numpy.dtype" && !type.starts_with("numpy.random.");
}

}  // namespace

std::vector<std::string> details(const Contents& contents, NodeId node, int python) {
  const graph::ObjectGraph& graph = contents.graph();
  const std::string_view type = graph.type(node);
  std::vector<std::string> lines;
  if (is_code(graph, node)) {
    describe_code(contents, node, python, lines);
  } else if (type == "function" && code_of(contents, node)) {
    describe_function(contents, node, python, lines);
  } else if (type == "type") {
    describe_class(contents, node, lines);
  } else if (graph.columns().reduction[node] != graph::Reduction::Global && may_be_array(type)) {
    describe_array(contents, node, lines);
  } else if (graph.columns().reduction[node] != graph::Reduction::Global && type.starts_with("pandas.")) {
    describe_frame(contents, node, lines);
  }
  for (std::string& line : lines) line = graph::printable(line);
  return lines;
}

}  // namespace dill::inspect
