#include <algorithm>

#include "graph/report.h"
#include "graph/report_selection.h"
#include "graph/text.h"
#include "graph/utf8.h"

namespace dill::graph {

namespace {

constexpr std::size_t kNodes = 180;  // with the note on culprits that are left out and the heading below 200
constexpr std::size_t kReferences = 300;
constexpr std::size_t kLabelBytes = 80;

// The content of a quoted DOT string which shows exactly `text`: also backslashes, quotes and HTML entities.
std::string dot_text(std::string_view text) {
  std::string cut(utf8_prefix(text, kLabelBytes));
  if (cut.size() < text.size()) cut += "…";
  std::string result;
  for (const char c : printable(cut)) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string node_name(NodeId node) { return "n" + std::to_string(node); }

std::string node_line(const ObjectGraph& graph, const ShownNode& shown) {
  const Problem* const problem = graph.problem_of(shown.node);
  std::string label = dot_text(graph.type(shown.node));
  if (shown.above == kNoNode) {
    if (const std::string edge = graph.edge_text(shown.node); !edge.empty()) label = dot_text(edge) + "\\n" + label;
  }
  if (problem != nullptr) {
    label += "\\n" + dot_text(std::string(graph.string(problem->exception)) + ": " +
                              std::string(graph.string(problem->message)));
  } else if (const std::string description = graph.description(shown.node); !description.empty()) {
    label += "\\n" + dot_text(description);
  }
  if (shown.hidden_children > 0) label += "\\n+ " + grouped_digits(shown.hidden_children) + " more";

  std::string style = "filled,rounded";
  if (graph.columns().reduction[shown.node] == Reduction::Global) style += ",dashed";
  std::string line = "  " + node_name(shown.node) + " [label=\"" + label + "\", style=\"" + style + "\"";
  if (problem != nullptr) {
    line += ", fillcolor=\"#c62828\", color=\"#8e0000\", fontcolor=\"#ffffff\"";
  } else if (shown.on_the_way) {
    line += ", color=\"#ef6c00\", penwidth=2.5";
  }
  return line + "];\n";
}

std::string edge_line(const ObjectGraph& graph, const ShownNode& shown) {
  std::string line = "  " + node_name(shown.above) + " -> " + node_name(shown.node) + " [label=\"";
  if (shown.left_out > 0) {
    return line + "… " + counted(shown.left_out, "object") + " between\", style=dotted];\n";
  }
  line += dot_text(graph.edge_text(shown.node)) + "\"";
  if (shown.on_the_way || graph.problem_of(shown.node) != nullptr) line += ", color=\"#ef6c00\", penwidth=2";
  return line + "];\n";
}

}  // namespace

std::string dot_report(const Analysis& analysis, const ReportFacts& facts) {
  const ObjectGraph& graph = analysis.graph();
  const Selection selection = select_for_picture(graph, kNodes);
  const std::size_t culprits = graph.problems().size();
  std::string heading = facts.source.empty() ? std::string("object") : facts.source;
  if (culprits > 0) heading += ": " + counted(culprits, "object") + " cannot be pickled";

  std::string dot =
      "digraph dill {\n"
      "  graph [rankdir=LR, labelloc=t, fontname=\"sans-serif\", label=\"" +
      dot_text(heading) +
      "\"];\n"
      "  node [shape=box, style=\"filled,rounded\", fillcolor=\"#f5f5f5\", color=\"#607d8b\", fontname=\"sans-serif\", "
      "fontsize=11];\n"
      "  edge [color=\"#90a4ae\", fontname=\"sans-serif\", fontsize=9];\n";
  for (const ShownNode& shown : selection.nodes) dot += node_line(graph, shown);
  for (const ShownNode& shown : selection.nodes) {
    if (shown.above != kNoNode) dot += edge_line(graph, shown);
  }

  const auto is_shown = [&](NodeId node) {
    const auto found = std::lower_bound(selection.nodes.begin(), selection.nodes.end(), node,
                                        [](const ShownNode& shown, NodeId id) { return shown.node < id; });
    return found != selection.nodes.end() && found->node == node;
  };
  std::size_t references = 0;
  for (const ShownNode& shown : selection.nodes) {
    for (const std::uint32_t i : graph.references_from(shown.node)) {
      const Reference& reference = graph.columns().references[i];
      if (references == kReferences || !is_shown(reference.to)) continue;
      ++references;
      dot += "  " + node_name(shown.node) + " -> " + node_name(reference.to) + " [label=\"" +
             dot_text(graph.edge_text(reference.kind, reference.label, reference.index)) +
             "\", style=dashed, constraint=false];\n";
    }
  }
  if (selection.culprits_left_out > 0) {
    dot += "  more [label=\"and " + counted(selection.culprits_left_out, "culprit") +
           " more\", shape=plaintext, style=\"\"];\n";
  }
  return dot + "}\n";
}

}  // namespace dill::graph
