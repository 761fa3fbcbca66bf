// The static reader for Python: what a pickle holds, imports and calls, found out without importing or calling.
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "graph/analysis.h"
#include "graph/logical_size.h"
#include "graph/report.h"
#include "graph/text.h"
#include "graph_rows.h"
#include "inspect/judgement/offset_paths.h"
#include "inspect/meaning/details.h"
#include "inspect/meaning/disassembly.h"
#include "inspect/static_graph.h"
#include "inspection.h"
#include "interrupts.h"

namespace dill::bindings {
namespace {

using graph::EdgeKind;
using graph::NodeId;

class StaticPickle {
 public:
  // `storage` keeps the bytes that were read alive.
  StaticPickle(inspect::StaticPickle read, std::span<const unsigned char> bytes, std::shared_ptr<const void> storage)
      : storage_(std::move(storage)), read_(std::move(read)), contents_(*read_.graph, bytes) {}

  const inspect::StaticPickle& read() const { return read_; }
  const graph::ObjectGraph& graph() const { return *read_.graph; }

  // (dotted name, how often it is called) of each global, in the order of the file.
  std::vector<std::pair<py::str, std::uint64_t>> imports() const {
    std::vector<std::pair<graph::StringId, std::uint64_t>> found;
    std::unordered_map<graph::StringId, std::size_t> place;
    const auto entry = [&](NodeId node) -> std::uint64_t& {
      const graph::StringId name = graph().columns().type[node];
      const auto [at, is_new] = place.try_emplace(name, found.size());
      if (is_new) found.emplace_back(name, 0);
      return found[at->second].second;
    };
    const auto called = [](EdgeKind edge) { return edge == EdgeKind::Type || edge == EdgeKind::ReduceCallable; };
    for (NodeId node = 0; node < graph().size(); ++node)
      if (is_global(node)) entry(node) += called(graph().columns().edge[node]) ? 1 : 0;
    for (const graph::Reference& reference : graph().columns().references)
      if (is_global(reference.to) && called(reference.kind)) ++entry(reference.to);
    std::vector<std::pair<py::str, std::uint64_t>> named;
    named.reserve(found.size());
    for (const auto& [name, calls] : found) named.emplace_back(text(graph().string(name)), calls);
    if (read_.folded > 0) {  // a remainder that has very many does not show them all
      std::set<std::string_view> hidden;
      for (const auto& [name, length] : read_.module_lengths) hidden.insert(name);
      for (const auto& [name, calls] : found) hidden.erase(graph().string(name));
      for (const std::string_view name : hidden) named.emplace_back(text(name), 0);
    }
    return named;
  }

  std::vector<NodeId> roots() const {
    std::vector<NodeId> found;
    for (NodeId node = 0; node < graph().size(); ++node)
      if (graph().parent(node) == graph::kNoNode) found.push_back(node);
    return found;
  }

  std::vector<NodeId> children(NodeId node) const {
    const auto all = graph().children(checked(node));
    return {all.begin(), all.end()};
  }

  // (edge, type, description, bytes): how its parent holds it, and what it is.
  std::tuple<py::str, py::str, py::str, std::uint64_t> describe(NodeId node) const {
    (void)checked(node);
    return {text(graph().edge_text(node)), text(graph().type(node)), text(graph().description(node)),
            graph().subtree_bytes(node)};
  }

  // What else can be said about the node, as lines.
  std::vector<py::str> details(NodeId node) {
    std::vector<py::str> lines;
    for (const std::string& line : inspect::details(contents_, checked(node), python())) lines.emplace_back(line);
    return lines;
  }

  // The way to the node as an expression, as effects and disassembly show it.
  py::str path(NodeId node) { return text(paths().path(checked(node))); }

  // The innermost node whose bytes the one at `offset` is among.
  std::optional<NodeId> at(std::uint64_t offset) {
    const NodeId node = paths().at(offset);
    if (node == graph::kNoNode) return std::nullopt;
    return node;
  }

  // The first node with that path.
  std::optional<NodeId> find(const std::string& path) {
    const inspect::OffsetPaths& known = paths();
    const py::gil_scoped_release released;
    for (NodeId node = 0; node < graph().size(); ++node)
      if (graph::printable(known.path(node)) == path) return node;
    return std::nullopt;
  }

  // Minor version of the Python that the bytecode in it is of; 0 if there is none, or none that is known.
  int python() {
    if (!python_) python_ = inspect::python_of(contents_, read_.python);
    return *python_;
  }

  // (node, versions that the bytecode fits, instructions, exceptions) of each code object. An instruction is (name,
  // offset, argument, text, target, line); an exception (begin, end, target, depth, lasti).
  py::list code_objects() {
    py::list all;
    for (NodeId node = 0; node < graph().size(); ++node) {
      const auto code = inspect::code_object(contents_, node);
      if (!code) continue;
      py::list instructions, exceptions;
      if (const auto shown = inspect::disassemble(contents_, *code, python())) {
        for (const auto& each : shown->instructions) {
          instructions.append(py::make_tuple(std::string(each.name), each.offset, each.argument, text(each.text),
                                             each.target, each.line));
        }
        for (const auto& each : shown->exceptions) {
          exceptions.append(py::make_tuple(each.begin, each.end, each.target, each.depth, each.lasti));
        }
      }
      all.append(py::make_tuple(node, inspect::pythons_of(*code), instructions, exceptions));
    }
    return all;
  }

  std::string report(const std::string& kind, const std::string& source) {
    if (!analysis_) analysis_ = std::make_unique<graph::Analysis>(read_.graph);
    graph::ReportFacts facts;
    facts.source = source;
    facts.protocol = static_cast<std::uint32_t>(read_.protocol);
    facts.bytes_total = read_.size;
    facts.objects_total = read_.objects;
    facts.recorded = false;
    if (kind == "text") return graph::text_report(*analysis_, facts);
    if (kind == "json") return graph::json_report(*analysis_, facts);
    if (kind == "dot") return graph::dot_report(*analysis_, facts);
    throw py::value_error("a report is 'text', 'json' or 'dot', not '" + kind + "'");
  }

  // (offset, message) of what ended the reading early, or None.
  std::optional<std::pair<std::uint64_t, std::string>> fault() const {
    if (!read_.fault) return std::nullopt;
    return std::pair{read_.fault->offset, graph::printable(read_.fault->message)};
  }

 private:
  const inspect::OffsetPaths& paths() {
    // The graph lives as long as this.
    if (!paths_) paths_.emplace(std::shared_ptr<const graph::ObjectGraph>(std::shared_ptr<void>(), &graph()));
    return *paths_;
  }

  // Whatever the file says: nothing that steers a terminal, and valid UTF-8.
  static py::str text(std::string_view of) { return py::str(graph::printable(of)); }
  bool is_global(NodeId node) const { return graph().columns().reduction[node] == graph::Reduction::Global; }
  NodeId checked(NodeId node) const {
    if (node >= graph().size()) throw py::index_error("there is no such node");
    return node;
  }

  std::shared_ptr<const void> storage_;
  inspect::StaticPickle read_;
  inspect::Contents contents_;
  std::optional<int> python_;
  std::optional<inspect::OffsetPaths> paths_;
  std::unique_ptr<graph::Analysis> analysis_;
};

std::unique_ptr<StaticPickle> read_pickle(const py::buffer& data, std::uint32_t shown, std::uint64_t begin,
                                          std::optional<std::uint64_t> end, std::uint64_t start) {
  auto view = std::make_shared<engine::BufferView>(data.ptr(), PyBUF_SIMPLE);
  check(static_cast<bool>(*view));
  Interrupts interrupts;
  auto read = [&] {
    const py::gil_scoped_release released;
    inspect::Limits limits;
    limits.shown_objects = shown;
    limits.shown_begin = begin;
    if (end) limits.shown_end = *end;
    limits.start = start;
    limits.proceed = [&](std::uint64_t /*done*/) { return interrupts.proceed(); };
    return inspect::read_pickle(view->bytes(), limits);
  }();
  interrupts.raise();
  if (!read) throw py::value_error("byte " + std::to_string(read.error().offset) + ": " + read.error().message);
  return std::make_unique<StaticPickle>(std::move(*read), view->bytes(), view);
}

}  // namespace

py::object static_pickle(inspect::StaticPickle read, std::span<const unsigned char> bytes,
                         std::shared_ptr<const void> storage) {
  return py::cast(std::make_unique<StaticPickle>(std::move(read), bytes, std::move(storage)));
}

void add_static_pickle(py::module_& module) {
  py::class_<StaticPickle>(module, "StaticPickle", py::custom_type_setup(check_allocations),
                           "What a pickle holds, by the static reader.")
      .def_property_readonly("protocol", [](const StaticPickle& self) { return self.read().protocol; })
      .def_property_readonly("pickles", [](const StaticPickle& self) { return self.read().pickles; })
      .def_property_readonly("objects", [](const StaticPickle& self) { return self.read().objects; })
      .def_property_readonly(
          "folded", [](const StaticPickle& self) { return self.read().folded; },
          "How many of the objects stand in remainders, which have no nodes for them.")
      .def_property_readonly(
          "logical_size", [](const StaticPickle& self) { return graph::logical_size(self.graph()); },
          "How many objects there would be if nothing were shared, a float.")
      .def_property_readonly("end", [](const StaticPickle& self) { return self.read().end; })
      .def_property_readonly("size", [](const StaticPickle& self) { return self.read().size; })
      .def_property_readonly("fault", &StaticPickle::fault, "(offset, message) of what ended the reading, or None.")
      .def("imports", &StaticPickle::imports, "(name, number of calls) of each global that loading would import.")
      .def("roots", &StaticPickle::roots, "The nodes of the objects that the file holds.")
      .def("children", &StaticPickle::children, py::arg("node"))
      .def("describe", &StaticPickle::describe, py::arg("node"),
           "(edge, type, description, bytes): how its parent holds the node, and what it is.")
      .def("details", &StaticPickle::details, py::arg("node"),
           "Lines that say more about the node: signature and disassembly of a function, methods of a class ...")
      .def("path", &StaticPickle::path, py::arg("node"), "The way to the node as an expression: \"obj['a'][3]\".")
      .def("at", &StaticPickle::at, py::arg("offset"), "The innermost node that holds the byte at an offset, or None.")
      .def("find", &StaticPickle::find, py::arg("path"), "The first node with that path, or None.")
      .def_property_readonly("nodes", [](const StaticPickle& self) { return self.graph().size(); })
      .def_property_readonly("python", &StaticPickle::python,
                             "Minor version of the Python that the bytecode in it is of; 0 if that is not known.")
      .def("code_objects", &StaticPickle::code_objects,
           "(node, minor versions that fit, instructions, exceptions) of each code object. An instruction is (name, "
           "offset, argument, text, target, line), an exception (begin, end, target, depth, lasti).")
      .def(
          "rows", [](const StaticPickle& self) { return graph_rows(self.graph()); },
          "(nodes, references) as plain values: (parent, edge, label, index, type, description, memo, count) and "
          "(from, to, edge, label, index).")
      .def("report", &StaticPickle::report, py::arg("kind") = "text", py::arg("source") = "",
           "The facts as 'text', 'json' or 'dot' (for Graphviz).");
  module.def("read_pickle", &read_pickle, py::arg("data"), py::kw_only(),
             py::arg("shown") = inspect::Limits().shown_objects, py::arg("begin") = 0, py::arg("end") = py::none(),
             py::arg("start") = 0,
             "Read a pickle without importing or calling anything; ValueError if it is none from the first byte on. "
             "About `shown` objects become nodes, further ones and those outside the bytes from `begin` to `end` are "
             "folded into remainders. The first pickle begins at `start`.");
}

}  // namespace dill::bindings
