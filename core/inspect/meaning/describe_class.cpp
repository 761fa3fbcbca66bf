// Classes by value: bases, metaclass, methods, other attributes.
#include "inspect/meaning/describe.h"
#include "inspect/meaning/details.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostEntries = 200;  // of a class that are shown
constexpr std::size_t kValueBytes = 80;

// A class as its name, by value or by reference.
std::string class_text(const Contents& contents, NodeId node) {
  const graph::ObjectGraph& graph = contents.graph();
  if (graph.type(node) == "type") return graph.description(node);
  return std::string(graph.type(node));
}

std::string entry_text(const Contents& contents, std::string_view name, NodeId value) {
  const graph::ObjectGraph& graph = contents.graph();
  if (graph.type(value) == "function") {
    const std::string text = signature(contents, value);
    if (!text.empty()) return "  " + text;
  }
  return "  " + std::string(name) + " = " + value_text(contents, contents.whole(value), kValueBytes);
}

}  // namespace

void describe_class(const Contents& contents, NodeId type, std::vector<std::string>& lines) {
  const graph::ObjectGraph& graph = contents.graph();
  struct Entry {
    std::uint32_t place;
    std::string_view name;
    NodeId value;
  };
  std::vector<Entry> entries;
  for (const NodeId child : graph.children(type)) {
    if (graph.columns().edge[child] == EdgeKind::ClassEntry) {
      entries.push_back({graph.columns().index[child], graph.string(graph.columns().label[child]), child});
    }
  }
  for (const std::uint32_t i : graph.references_from(type)) {
    const graph::Reference& reference = graph.columns().references[i];
    if (reference.kind == EdgeKind::ClassEntry) {
      entries.push_back({reference.index, graph.string(reference.label), reference.to});
    }
  }
  std::vector<std::string> bases;
  for (const Item& base : contents.items(type, EdgeKind::ClassBase, kMostEntries)) {
    bases.push_back(class_text(contents, base.node));
  }
  const auto metaclass = contents.items(type, EdgeKind::Metaclass, 1);
  if (entries.empty() && bases.empty()) return;  // by reference
  if (!metaclass.empty()) {
    const std::string name = class_text(contents, metaclass[0].node);
    if (name != "type") bases.push_back("metaclass=" + name);
  }
  lines.push_back("class " + graph.description(type) + (bases.empty() ? "" : "(" + joined(bases) + ")"));
  std::size_t shown = 0;
  for (const Entry& entry : entries) {
    if (shown++ == kMostEntries) {
      lines.push_back("  … " + std::to_string(entries.size() - kMostEntries) + " more");
      break;
    }
    lines.push_back(entry_text(contents, entry.name, entry.value));
  }
}

}  // namespace dill::inspect
