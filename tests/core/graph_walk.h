// Whether a graph holds together, whatever it was read from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "graph/object_graph.h"
#include "graph/utf8.h"

namespace dill::graph {

// Reads everything of a graph through its public interface, for tests; "" if all of it holds together.
inline std::string inconsistency(const ObjectGraph& graph) {
  const GraphColumns& c = graph.columns();
  std::size_t children = 0, from = 0, to = 0, roots = 0, places = 0;
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (c.parent[node] == kNoNode) {
      ++roots;
    } else if (c.parent[node] >= node) {
      return "parent behind its child";
    }
    for (const NodeId child : graph.children(node)) {
      if (c.parent[child] != node) return "a child with another parent";
      ++children;
    }
    for (const std::uint32_t i : graph.references_from(node)) from += c.references[i].from == node;
    for (const std::uint32_t i : graph.references_to(node)) to += c.references[i].to == node;
    if (c.edge[node] >= EdgeKind::kCount || c.outcome[node] >= Outcome::kCount ||
        c.reduction[node] >= Reduction::kCount || c.detail_kind[node] >= DetailKind::kCount) {
      return "an unknown number";
    }
    if (c.begin[node] > c.end[node] || c.count[node] == 0) return "an impossible range or count";
    if (graph.own_bytes(node) > graph.subtree_bytes(node)) return "more own bytes than bytes";
    const std::string text = graph.description(node) + graph.edge_text(node) + std::string(graph.type(node)) +
                             std::string(graph.string(c.reducer[node]));
    if (!is_utf8(text)) return "text that is not UTF-8";
    if (graph.problem_of(node) != nullptr && graph.problems_below(node) == 0) return "a problem that is not counted";
    if (const Location* place = graph.location_of(node)) {
      if (place->node != node || place->line == 0 || !is_utf8(graph.string(place->file))) return "a bad place";
      ++places;
    }
    if (!c.start_ns.empty() && c.start_ns[node] > c.stop_ns[node]) return "an impossible time";
  }
  if (children + roots != graph.size()) return "children that do not add up";
  if (places != c.locations.size()) return "places in the source that do not add up";
  if (from != c.references.size() || to != from) return "references that do not add up";
  for (const Reference& reference : c.references) {
    if (!is_utf8(graph.edge_text(reference.kind, reference.label, reference.index))) return "text not UTF-8";
  }
  for (const Problem& problem : graph.problems()) {
    std::string text;
    for (const auto id : {problem.exception, problem.message, problem.expression, problem.route, problem.advice}) {
      text += graph.string(id);
    }
    for (const Cause& cause : problem.causes)
      text += std::string(graph.string(cause.type)) + std::string(graph.string(cause.message));
    if (problem.node >= graph.size() || !is_utf8(text)) return "a bad problem";
  }
  return {};
}

}  // namespace dill::graph
