// The variables of a session file for Python, found without importing or calling anything.
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <vector>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "graph/text.h"
#include "inspect/meaning/session_table.h"
#include "inspect/static_graph.h"
#include "interrupts.h"

namespace dill::bindings {
namespace {

py::str text(std::string_view of) { return py::str(graph::printable(of)); }

py::tuple texts(const std::vector<std::string>& names) {
  py::tuple tuple(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) tuple[i] = text(names[i]);
  return tuple;
}

py::object text_or_none(std::string_view of) { return of.empty() ? py::object(py::none()) : py::object(text(of)); }

// In the order of dill._session_table.Variable.
py::tuple row(const inspect::SessionVariable& variable) {
  return py::make_tuple(text(variable.name), text(variable.type), text(variable.description), variable.bytes,
                        variable.share, py::str(std::string(inspect::storage_name(variable.storage))),
                        text_or_none(variable.same_as), texts(variable.needs), texts(variable.uses));
}

py::object session_table(const py::buffer& data) {
  const engine::BufferView view(data.ptr(), PyBUF_SIMPLE);
  check(static_cast<bool>(view));
  struct Result {
    std::optional<inspect::Error> error;
    std::optional<inspect::SessionTable> table;
  };
  Interrupts interrupts;
  const Result result = [&]() -> Result {
    const py::gil_scoped_release released;
    inspect::Limits limits;
    limits.proceed = [&](std::uint64_t /*done*/) { return interrupts.proceed(); };
    const auto read = inspect::read_pickle(view.bytes(), limits);
    if (!read) return {read.error(), std::nullopt};
    return {std::nullopt, inspect::session_table(*read, view.bytes())};
  }();
  interrupts.raise();
  if (result.error) {
    throw py::value_error("byte " + std::to_string(result.error->offset) + ": " + result.error->message);
  }
  if (!result.table) return py::none();
  const inspect::SessionTable& table = *result.table;
  py::list rows;
  for (const inspect::SessionVariable& variable : table.variables) rows.append(row(variable));
  py::dict facts;
  facts["module"] = text(table.module);
  facts["at_run_time"] = table.at_run_time;
  facts["python"] = text_or_none(table.python);
  facts["refimported"] = table.refimported;
  facts["checksum"] = table.checksum;
  facts["bytes"] = table.bytes;
  facts["imports"] = texts(table.imports);
  facts["fault"] = py::none();
  if (table.fault) facts["fault"] = py::make_tuple(table.fault->offset, text(table.fault->message));
  return py::make_tuple(facts, rows);
}

}  // namespace

void add_session_table(py::module_& module) {
  module.def("session_table", &session_table, py::arg("data"),
             "(facts, rows) of a session file, None if the pickle is no session, ValueError if the data is no pickle.");
}

}  // namespace dill::bindings
