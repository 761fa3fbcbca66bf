// The judgement of files for Python: what loading them would look up and call, found out without doing so.
#include "inspection.h"

#include <pybind11/stl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "inspect/judgement/inspection.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/reports.h"
#include "inspect/judgement/rules.h"
#include "inspect/static_graph.h"
#include "interrupts.h"

namespace dill::bindings {
namespace {

using inspect::GlobalName;
using inspect::MemberReport;

// A name of the file as it stands, lone surrogates included.
py::object exact(const std::optional<std::string>& name) {
  if (!name) return py::none();
  PyObject* text = PyUnicode_DecodeUTF8(name->data(), static_cast<Py_ssize_t>(name->size()), "surrogatepass");
  if (text == nullptr) {
    PyErr_Clear();
    text = PyUnicode_DecodeUTF8(name->data(), static_cast<Py_ssize_t>(name->size()), "backslashreplace");
  }
  check(text != nullptr);
  return py::reinterpret_steal<py::object>(text);
}

// For people to read.
py::str shown(std::string_view text) { return py::str(inspect::neutral(text)); }

py::list pairs(const std::vector<GlobalName>& names) {
  py::list list;
  for (const GlobalName& name : names) list.append(py::make_tuple(exact(name.module), exact(name.name)));
  return list;
}

struct RuleSet {
  std::shared_ptr<const inspect::Rules> rules;
};

RuleSet read_rules(const std::vector<std::string>& paths) {
  auto rules = inspect::Rules::with_files(inspect::Rules::built_in(), paths);
  if (!rules) throw py::value_error(inspect::neutral(rules.error().message));
  return {std::move(*rules)};
}

// Runs the report `make` with a writer that calls `write`, which may raise or return False to end it.
template <typename Make>
void report_to(const py::function& write, const Make& make) {
  std::string waiting;  // few calls of Python for many short lines
  bool raised = false;
  const auto flush = [&] {
    const py::gil_scoped_acquire held;
    try {
      const bool goes_on = !write(waiting).is(py::bool_(false)) && PyErr_CheckSignals() == 0;
      waiting.clear();
      if (PyErr_Occurred() != nullptr) raised = true;
      return goes_on;
    } catch (py::error_already_set& error) {
      error.restore();
      raised = true;
      return false;
    }
  };
  {
    const py::gil_scoped_release released;
    bool ended = false;
    make([&](std::string_view text) {
      waiting.append(text);
      if (waiting.size() >= (1U << 16U)) ended = !flush();
      return !ended;
    });
    if (!ended && !waiting.empty()) flush();
  }
  if (raised) throw py::error_already_set();
}

class Inspection {
 public:
  explicit Inspection(inspect::Inspection found) : found_(std::move(found)) {}

  const inspect::Inspection& found() const { return found_; }

  py::list findings() const {
    py::list list;
    for (const inspect::Finding& finding : found_.findings) {
      list.append(py::make_tuple(py::str(std::string(finding.id)), py::str(std::string(to_string(finding.severity))),
                                 shown(finding.message), shown(finding.member), finding.offset, finding.count));
    }
    return list;
  }

  py::list members() const {
    py::list list;
    for (const MemberReport& member : found_.members) {
      list.append(py::make_tuple(shown(member.path), member.format, member.size, member.is_pickle,
                                 std::string(to_string(member.verdict)), std::string(to_string(member.level)),
                                 pairs(member.globals), member.protocol, member.pickles));
    }
    return list;
  }

  py::object requirements() const {
    const inspect::Requirements& needs = found_.requirements;
    return py::make_tuple(needs.python_minimum, needs.python_maximum, needs.modules, needs.notes);
  }

  std::string report(const std::string& kind, const std::string& source) const {
    if (kind == "text") return inspect::text_report(found_, source);
    if (kind == "json") return inspect::json_report(found_, source);
    if (kind == "sarif") {
      const inspect::NamedInspection named{source, &found_};
      return inspect::sarif_report({&named, 1});
    }
    throw py::value_error("a report is 'text', 'json' or 'sarif', not '" + kind + "'");
  }

  void effects(std::size_t index, const py::function& write) const {
    const MemberReport& member = pickle(index);
    report_to(write, [&](const inspect::ReportWriter& writer) { inspect::effects_report(member, writer); });
  }

  void disassemble(std::size_t index, const py::function& write) const {
    const MemberReport& member = pickle(index);
    report_to(write, [&](const inspect::ReportWriter& writer) { inspect::disassembly_report(member, writer); });
  }

  py::object graph(std::size_t index, std::uint32_t shown, std::uint64_t begin,
                   std::optional<std::uint64_t> end) const {
    const MemberReport& member = pickle(index);
    inspect::Limits limits;
    limits.shown_objects = shown;
    limits.shown_begin = begin;
    if (end) limits.shown_end = *end;
    Interrupts interrupts;
    limits.proceed = [&](std::uint64_t /*done*/) { return interrupts.proceed(); };
    auto read = [&] {
      const py::gil_scoped_release released;
      return inspect::read_pickle(member.bytes, limits);
    }();
    interrupts.raise();
    if (!read) throw py::value_error("byte " + std::to_string(read.error().offset) + ": " + read.error().message);
    return static_pickle(std::move(*read), member.bytes, member.storage);
  }

 private:
  const MemberReport& pickle(std::size_t index) const {
    if (index >= found_.members.size()) throw py::index_error("there is no such member");
    if (!found_.members[index].is_pickle) throw py::value_error("this member is no pickle");
    return found_.members[index];
  }

  inspect::Inspection found_;
};

std::function<bool(std::uint64_t, std::uint64_t)> progress(Interrupts& interrupts) {
  return [&interrupts](std::uint64_t /*done*/, std::uint64_t /*total*/) { return interrupts.proceed(); };
}

std::unique_ptr<Inspection> inspect_path(const py::bytes& path, const RuleSet& rules) {
  inspect::InspectOptions options;
  options.rules = rules.rules;
  Interrupts interrupts;
  options.progress = progress(interrupts);
  const std::string name = path;
  auto found = [&] {
    const py::gil_scoped_release released;
    return inspect::inspect_file(name, options);
  }();
  interrupts.raise();
  if (!found) {
    PyErr_SetString(PyExc_OSError, inspect::neutral(found.error().message).c_str());
    throw py::error_already_set();
  }
  return std::make_unique<Inspection>(std::move(*found));
}

std::unique_ptr<Inspection> inspect_data(const py::buffer& data, const RuleSet& rules) {
  inspect::InspectOptions options;
  options.rules = rules.rules;
  Interrupts interrupts;
  options.progress = progress(interrupts);
  std::shared_ptr<std::vector<unsigned char>> copy;  // graphs may be asked for when the buffer is gone
  {
    const engine::BufferView view(data.ptr(), PyBUF_SIMPLE);
    check(static_cast<bool>(view));
    copy = std::make_shared<std::vector<unsigned char>>(view.bytes().begin(), view.bytes().end());
  }
  auto found = [&] {
    const py::gil_scoped_release released;
    return inspect::inspect_bytes(*copy, options, copy);
  }();
  interrupts.raise();
  return std::make_unique<Inspection>(std::move(found));
}

std::string sarif(const std::vector<std::pair<std::string, const Inspection*>>& inspections) {
  std::vector<inspect::NamedInspection> named;
  named.reserve(inspections.size());
  for (const auto& [source, inspection] : inspections) named.push_back({source, &inspection->found()});
  return inspect::sarif_report(named);
}

}  // namespace

void add_inspection(py::module_& module) {
  py::class_<RuleSet>(module, "InspectionRules", py::custom_type_setup(check_allocations),
                      "The lists that names in pickles are judged by.")
      .def(py::init(&read_rules), py::arg("paths") = std::vector<std::string>(),
           "The built-in lists, and those in the files on top of them; ValueError says what is wrong with one.");
  py::class_<Inspection>(module, "Inspection", py::custom_type_setup(check_allocations),
                         "What loading a file would do, and what is to be thought of it.")
      .def_property_readonly("verdict",
                             [](const Inspection& self) { return std::string(to_string(self.found().verdict)); })
      .def_property_readonly("level", [](const Inspection& self) { return std::string(to_string(self.found().level)); })
      .def_property_readonly("dynamic", [](const Inspection& self) { return self.found().dynamic; })
      .def_property_readonly("size", [](const Inspection& self) { return self.found().size; })
      .def("globals", [](const Inspection& self) { return pairs(self.found().globals); })
      .def("findings", &Inspection::findings, "(id, severity, message, member, offset, count) of each.")
      .def("members", &Inspection::members,
           "(path, format, size, is pickle, verdict, level, globals, protocol, pickles) of each.")
      .def("requirements", &Inspection::requirements, "(least Python, latest Python, modules, notes)")
      .def("report", &Inspection::report, py::arg("kind") = "text", py::arg("source") = "")
      .def("effects", &Inspection::effects, py::arg("member"), py::arg("write"))
      .def("disassemble", &Inspection::disassemble, py::arg("member"), py::arg("write"))
      .def("graph", &Inspection::graph, py::arg("member"), py::arg("shown"), py::arg("begin"), py::arg("end"),
           "The graph of the objects of a member that is a pickle; see read_pickle.");
  module.def("inspect_file", &inspect_path, py::arg("path"), py::arg("rules"),
             "Inspect a file without loading it; OSError if it cannot be read.");
  module.def("inspect_bytes", &inspect_data, py::arg("data"), py::arg("rules"));
  module.def("sarif", &sarif, py::arg("inspections"), "SARIF of several (source, Inspection).");
}

}  // namespace dill::bindings
