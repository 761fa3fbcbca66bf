#include "inspect/meaning/details.h"

#include "graph/text.h"
#include "inspect/meaning/describe.h"

namespace dill::inspect {

using graph::NodeId;

namespace {

bool may_be_array(std::string_view type) {
  return type.starts_with("numpy.") && type != "numpy.dtype" && !type.starts_with("numpy.random.");
}

// An object that something makes: the parts of anything else are the graph's.
bool may_be_more(const Contents& contents, NodeId node) {
  const std::string_view type = contents.graph().type(node);
  if (type == "type" || type == "function" || type == "module" || type == "cell") return false;
  const graph::DetailKind kind = contents.graph().columns().detail_kind[node];
  return kind == graph::DetailKind::None || kind == graph::DetailKind::Text;
}

}  // namespace

std::vector<std::string> details(const Contents& contents, NodeId node, int python) {
  const graph::ObjectGraph& graph = contents.graph();
  const std::string_view type = graph.type(node);
  std::vector<std::string> lines;
  const bool by_reference = graph.columns().reduction[node] == graph::Reduction::Global;
  if (is_code(graph, node)) {
    describe_code(contents, node, python, lines);
  } else if (type == "function" && code_of(contents, node)) {
    describe_function(contents, node, python, lines);
  } else if (type == "type") {
    describe_class(contents, node, lines);
  } else if (by_reference) {
    return lines;
  } else if (may_be_array(type)) {
    describe_array(contents, node, lines);
  } else if (type.starts_with("pandas.")) {
    describe_frame(contents, node, lines);
  } else if (type == "torch.Tensor" || type == "torch.nn.Parameter") {
    describe_tensor(contents, node, lines);
  }
  if (lines.empty() && may_be_more(contents, node)) describe_object(contents, node, lines);
  for (std::string& line : lines) line = graph::printable(line);
  return lines;
}

}  // namespace dill::inspect
