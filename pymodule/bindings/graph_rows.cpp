#include "graph_rows.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "graph/text.h"

namespace dill::bindings {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(EdgeKind::kCount)> kEdgeNames{
    "Root",          "Attribute",    "Item",           "DictValue",      "DictKey",        "SetItem",
    "Closure",       "CellContents", "Default",        "KwDefault",      "Global",         "Code",
    "FunctionState", "ClassBase",    "Metaclass",      "Type",           "ClassEntry",     "ModuleEntry",
    "State",         "StateItem",    "ReduceCallable", "ReduceArgument", "ReduceListItem", "ReduceDictItem",
    "ReduceSetter",  "CodeConstant", "PostItem",       "PersistentId",   "Slot",           "Bound",
    "Variable",      "SaverItem"};
static_assert(!kEdgeNames.back().empty());

py::str text(std::string_view of) { return py::str(graph::printable(of)); }

py::str edge_name(EdgeKind kind) {
  const std::string_view name = kEdgeNames[static_cast<std::size_t>(kind)];
  return {name.data(), name.size()};
}

py::object number_or_none(std::uint32_t number) {
  return number == 0xFFFF'FFFF ? py::object(py::none()) : py::object(py::int_(number));
}

}  // namespace

py::tuple graph_rows(const graph::ObjectGraph& graph) {
  const graph::GraphColumns& c = graph.columns();
  py::list nodes, references;
  for (NodeId node = 0; node < graph.size(); ++node) {
    nodes.append(py::make_tuple(number_or_none(c.parent[node]), edge_name(c.edge[node]),
                                text(graph.string(c.label[node])), number_or_none(c.index[node]),
                                text(graph.type(node)), text(graph.description(node)), number_or_none(c.memo[node]),
                                c.count[node]));
  }
  for (const graph::Reference& each : c.references) {
    references.append(py::make_tuple(each.from, each.to, edge_name(each.kind), text(graph.string(each.label)),
                                     number_or_none(each.index)));
  }
  return py::make_tuple(nodes, references);
}

}  // namespace dill::bindings
