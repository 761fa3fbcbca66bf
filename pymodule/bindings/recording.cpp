#include "handle.h"

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "engine/code_version.h"
#include "engine/describe.h"
#include "engine/recording_observer.h"
#include "graph/analysis.h"
#include "graph/holders.h"
#include "graph/report.h"
#include "graph_rows.h"
#include "trace/report_facts.h"
#include "trace/to_graph.h"
#include "trace/trace_file.h"

namespace dill::bindings {
namespace {

// A finished recording with the graph made from it on first use.
class Recording {
 public:
  using Variable = std::pair<std::string, graph::NodeId>;

  Recording(trace::Recording recording, std::vector<Variable> variables)
      : recording_(std::move(recording)), variables_(std::move(variables)) {}

  void save(const std::filesystem::path& path) const {
    const auto saved = trace::save(recording_, path);
    if (!saved) {
      PyErr_SetString(PyExc_OSError, saved.error().message.c_str());
      throw py::error_already_set();
    }
  }

  std::string report(const std::string& kind) {
    const graph::ReportFacts facts = trace::report_facts(recording_.meta);
    if (kind == "text") return graph::text_report(analysis(), facts);
    if (kind == "json") return graph::json_report(analysis(), facts);
    if (kind == "dot") return graph::dot_report(analysis(), facts);
    throw py::value_error("a report is 'text', 'json' or 'dot', not '" + kind + "'");
  }

  py::list problems() const {
    py::list all;
    for (const graph::Problem& problem : recording_.problems) {
      py::list causes;
      for (const graph::Cause& cause : problem.causes)
        causes.append(py::make_tuple(text(cause.type), text(cause.message)));
      py::dict entry;
      entry["node"] = problem.node;
      entry["expression"] = text(problem.expression);
      entry["replayed"] = problem.replayed;
      entry["route"] = text(problem.route);
      entry["exception"] = text(problem.exception);
      entry["message"] = text(problem.message);
      entry["causes"] = causes;
      entry["advice"] = text(problem.advice);
      entry["type"] = text(recording_.records[problem.node].type);
      all.append(entry);
    }
    return all;
  }

  py::list variables() {
    const graph::ObjectGraph& graph = analysis().graph();
    std::vector<graph::NodeId> culprits;
    for (const graph::Problem& problem : recording_.problems) culprits.push_back(problem.node);
    // A global of a function is another variable, or else lies below the function, where it is counted.
    const std::vector<bool> fails = graph::holders_of(graph, culprits, graph::EdgeKind::Global);
    py::list all;
    for (const auto& [name, node] : variables_)
      all.append(py::make_tuple(name, text(recording_.records[node].type),
                                !fails[node] && graph.problems_below(node) == 0, graph.subtree_bytes(node), node));
    return all;
  }

  py::list shared_problems() {
    const graph::ObjectGraph& graph = analysis().graph();
    std::vector<graph::NodeId> culprits;
    for (const graph::Problem& problem : recording_.problems) culprits.push_back(problem.node);
    const graph::WaysTo ways(graph, culprits);
    py::list all;
    for (const auto& [name, node] : variables_) {
      // The same object as another variable counts as that one, which is where its problems lie.
      const bool is_another =
          graph.columns().edge[node] != graph::EdgeKind::Variable || graph.string(graph.columns().label[node]) != name;
      if (!ways.exists(node) || (graph.problems_below(node) != 0 && !is_another)) continue;
      std::vector<graph::Step> way = ways.from(node);
      const graph::Problem* const problem = graph.problem_of(way.back().node);
      graph::PathOptions options{.root = name, .protocol = recording_.meta.protocol};
      way.front().kind = graph::EdgeKind::Root;
      const graph::AccessPath path = graph::access_path(graph, way, options);
      all.append(py::make_tuple(name, path.expression.empty() ? path.route : path.expression, text(problem->exception),
                                text(problem->message)));
    }
    return all;
  }

  py::tuple rows() { return graph_rows(analysis().graph()); }

  py::object pickle() const {
    if (recording_.bytes.empty()) return py::none();
    return py::bytes(reinterpret_cast<const char*>(recording_.bytes.data()), recording_.bytes.size());
  }

  const trace::Meta& meta() const { return recording_.meta; }
  std::size_t nodes() const { return recording_.records.size(); }
  bool ok() const { return recording_.problems.empty(); }

 private:
  std::string text(graph::StringId id) const { return std::string(recording_.strings.at(id)); }

  const graph::Analysis& analysis() {
    if (!analysis_) analysis_ = std::make_unique<graph::Analysis>(trace::to_graph(trace::Recording(recording_)));
    return *analysis_;
  }

  trace::Recording recording_;
  std::vector<Variable> variables_;
  std::unique_ptr<graph::Analysis> analysis_;
};

// For a pickle that nobody will read.
class NoFile final : public pickle::Sink {
 public:
  void write(std::span<const unsigned char>) override {}
};

trace::Meta meta_of(int protocol, const std::string& source) {
  trace::Meta meta;
  meta.dill_version = py::str(py::module_::import("dill").attr("__version__"));
  const std::string running = Py_GetVersion();
  meta.python_version = running.substr(0, running.find(' '));
  meta.protocol = static_cast<std::uint32_t>(protocol);
  meta.source = source;
  return meta;
}

Recording record(const py::object& pickler, const py::object& object, const std::string& name,
                 const std::string& source, bool timed, bool keep_bytes, bool diagnose) {
  PicklerState state(pickler);
  engine::RecordingObserver observer({.timed = timed, .diagnose = diagnose, .root_name = name});
  NoFile nowhere;
  pickle::Encoder encoder(state.protocol, keep_bytes ? nullptr : &nowhere);
  engine::Driver driver(encoder, state.table, &observer, std::move(state.hooks));
  state.apply(driver);
  encoder.start();
  if (engine::wants_header()) put_header(encoder);
  {
    const Attached attached(pickler, driver);
    if (!driver.save(object.ptr()) && (diagnose || !PyErr_ExceptionMatches(PyExc_Exception)))
      throw py::error_already_set();
  }
  PyErr_Clear();  // without diagnosis the exception is the recording's one problem
  encoder.finish();
  return {observer.finish(meta_of(state.protocol, source), encoder.bytes(), encoder.position()), {}};
}

Recording record_namespace(const py::object& pickler, const py::dict& names, const std::string& source, bool timed) {
  PicklerState state(pickler);
  engine::RecordingObserver observer({.timed = timed, .diagnose = true, .root_name = {}});
  NoFile nowhere;
  pickle::Encoder encoder(state.protocol, &nowhere);
  engine::Driver driver(encoder, state.table, &observer, std::move(state.hooks));
  state.apply(driver);
  encoder.start();
  const graph::NodeId program = observer.enter_program(source);
  std::vector<Recording::Variable> variables;
  {
    const Attached attached(pickler, driver);
    for (const auto& [name, value] : names) {
      driver.set_edge({program, graph::EdgeKind::Variable, static_cast<std::uint32_t>(variables.size()), name.ptr()});
      check(driver.save(value.ptr()));
      variables.emplace_back(py::str(name), observer.variable_node());
    }
  }
  observer.leave(program, encoder.position());
  encoder.finish();
  return {observer.finish(meta_of(state.protocol, source), {}, encoder.position()), std::move(variables)};
}

}  // namespace

void add_recording(py::module_& module) {
  py::class_<Recording>(module, "Recording", py::custom_type_setup(check_allocations),
                        "What a dump did, object by object: dill._recording.record().")
      .def_property_readonly("problems", &Recording::problems,
                             "One dict for each object that could not be pickled: node, expression, replayed, route, "
                             "exception, message, causes, advice, type.")
      .def_property_readonly("variables", &Recording::variables,
                             "Of record_namespace(): (name, type, picklable, bytes, node) of each variable.")
      .def_property_readonly("shared_problems", &Recording::shared_problems,
                             "Of record_namespace(): (name, path, exception, message) of each variable that holds only "
                             "what could not be pickled as a part of another one.")
      .def_property_readonly("ok", &Recording::ok, "True if everything could be pickled.")
      .def_property_readonly("bytes_total", [](const Recording& self) { return self.meta().bytes_total; })
      .def_property_readonly("objects_total", [](const Recording& self) { return self.meta().objects_total; })
      .def_property_readonly("elapsed_ns", [](const Recording& self) { return self.meta().elapsed_ns; })
      .def_property_readonly("nodes", &Recording::nodes, "Number of nodes in the graph.")
      .def_property_readonly("pickle", &Recording::pickle,
                             "The bytes that were written, or None if they were not kept or an object failed.")
      .def("rows", &Recording::rows, "The graph, (nodes, references), as plain values: see StaticPickle.rows().")
      .def("save", &Recording::save, py::arg("path"), "Write a .dtrace file; OSError if that fails.")
      .def("report", &Recording::report, py::arg("kind") = "text",
           "The findings as 'text', 'json' or 'dot' (for Graphviz).");
  module.def("record", &record, py::arg("pickler"), py::arg("object"), py::arg("name"), py::arg("source"),
             py::arg("timed"), py::arg("keep_bytes"), py::arg("diagnose"),
             "Pickle `object` with a recorder attached; nothing is written to the pickler's file.");
  module.def("record_namespace", &record_namespace, py::arg("pickler"), py::arg("names"), py::arg("source"),
             py::arg("timed"), "Pickle every value of the dict `names` in diagnostic mode, one after the other.");
}

}  // namespace dill::bindings
