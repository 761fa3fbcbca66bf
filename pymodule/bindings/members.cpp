// The parts of a file for Python, as the reader of containers sees them. For tests and for who wants to look closely.
#include "inspect/containers/members.h"

#include <pybind11/stl.h>

#include <string>
#include <string_view>
#include <vector>

#include "bindings.h"
#include "engine/buffer_view.h"

namespace dill::bindings {
namespace {

std::string_view view_name(inspect::View view) {
  switch (view) {
    case inspect::View::Plain:
      return "plain";
    case inspect::View::Other:
      return "other";
    case inspect::View::Guess:
      break;
  }
  return "guess";
}

py::bytes as_bytes(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What names in files are made of is anything.
py::str as_text(std::string_view text) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace"));
}

class Collector : public inspect::MemberVisitor {
 public:
  explicit Collector(bool with_bytes) : with_bytes_(with_bytes) {}

  void member(const inspect::Member& member) override {
    py::dict found;
    found["path"] = as_text(member.path);
    found["format"] = as_text(to_string(member.format));
    found["view"] = as_text(view_name(member.view));
    found["size"] = member.bytes.size();
    found["offset"] = member.offset;
    found["parent"] = member.parent == inspect::kNoMember ? py::object(py::none()) : py::int_(member.parent);
    found["depth"] = member.depth;
    found["complete"] = member.complete;
    if (with_bytes_) {
      found["bytes"] = as_bytes(member.bytes);
      found["stream"] = as_bytes(member.stream);
    }
    members_.append(found);
  }

  void finding(const inspect::Finding& finding) override {
    py::dict found;
    found["id"] = as_text(finding.id);
    found["severity"] = as_text(to_string(finding.severity));
    found["message"] = as_text(finding.message);
    found["offset"] = finding.offset;
    found["member"] = as_text(finding.member);
    findings_.append(found);
  }

  bool proceed(std::uint64_t /*done*/, std::uint64_t /*total*/) override { return PyErr_CheckSignals() == 0; }

  py::list members_, findings_;

 private:
  bool with_bytes_;
};

py::dict read_members(const py::buffer& data, bool with_bytes, const py::dict& budgets) {
  const engine::BufferView view(data.ptr(), PyBUF_SIMPLE);
  check(static_cast<bool>(view));
  inspect::Budgets limits;
  for (const auto& [key, value] : budgets) {
    const auto name = key.cast<std::string>();
    const auto number = value.cast<std::uint64_t>();
    if (name == "depth") {
      limits.depth = static_cast<std::uint32_t>(number);
    } else if (name == "expanded") {
      limits.expanded = number;
    } else if (name == "ratio") {
      limits.ratio = number;
    } else if (name == "ratio_above") {
      limits.ratio_above = number;
    } else if (name == "members") {
      limits.members = static_cast<std::uint32_t>(number);
    } else if (name == "findings") {
      limits.findings = static_cast<std::uint32_t>(number);
    } else {
      throw py::key_error(name);
    }
  }
  Collector collector(with_bytes);
  const inspect::MembersResult result = inspect::read_members(view.bytes(), limits, collector);
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  py::dict answer;
  answer["members"] = collector.members_;
  answer["findings"] = collector.findings_;
  answer["expanded"] = result.expanded;
  answer["stopped"] = result.stopped;
  return answer;
}

}  // namespace

void add_members(py::module_& module) {
  module.def("read_members", &read_members, py::arg("data"), py::arg("with_bytes") = true,
             py::arg("budgets") = py::dict(),
             "What is in the bytes of a file, archives within archives included: a dict with the lists 'members' and "
             "'findings', the number of bytes 'expanded' and whether a limit 'stopped' it. 'budgets' may hold other "
             "limits: depth, expanded, ratio, ratio_above, members, findings.");
}

}  // namespace dill::bindings
