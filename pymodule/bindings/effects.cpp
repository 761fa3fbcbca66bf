// The effects of a pickle for Python: what loading would look up and call, found out without doing it.
#include <pybind11/stl.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "inspect/effects/effects.h"

namespace dill::bindings {
namespace {

using inspect::Effect;
using inspect::EffectKind;
using inspect::Term;
using inspect::TermKind;

py::str text(std::string_view utf8) {
  PyObject* made = PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "surrogatepass");
  if (made == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(made);
}

const char* kind_name(TermKind kind) {
  switch (kind) {
    case TermKind::Unknown:
      return "unknown";
    case TermKind::None:
      return "none";
    case TermKind::Bool:
      return "bool";
    case TermKind::Int:
      return "int";
    case TermKind::Float:
      return "float";
    case TermKind::Str:
      return "str";
    case TermKind::Bytes:
      return "bytes";
    case TermKind::ByteArray:
      return "bytearray";
    case TermKind::Tuple:
      return "tuple";
    case TermKind::List:
      return "list";
    case TermKind::Dict:
      return "dict";
    case TermKind::Set:
      return "set";
    case TermKind::FrozenSet:
      return "frozenset";
    case TermKind::Global:
      return "global";
    case TermKind::Extension:
      return "extension";
    case TermKind::Result:
      return "result";
    case TermKind::Persistent:
      return "persistent";
    case TermKind::Buffer:
      return "buffer";
  }
  return "";
}

const char* kind_name(EffectKind kind) {
  switch (kind) {
    case EffectKind::Lookup:
      return "lookup";
    case EffectKind::Call:
      return "call";
    case EffectKind::Build:
      return "build";
    case EffectKind::Hook:
      return "hook";
    case EffectKind::Hash:
      return "hash";
    case EffectKind::PersistentLoad:
      return "persistent_load";
    case EffectKind::Extension:
      return "extension";
  }
  return "";
}

constexpr std::size_t kTextLimit = 4096;
constexpr int kDepth = 6;

// (kind, offset, size, value): value is what a literal says, the items of a container, (key, value) pairs of a dict, the
// (module, name) of a global, the code of an extension, (callee, arguments, keywords) of a result.
py::tuple term(const Term& t, int depth) {
  py::object value = py::none();
  std::uint64_t size = t.size();
  const auto below = [&](const Term& part) -> py::object {
    if (depth >= kDepth) return py::none();
    return term(part, depth + 1);
  };
  switch (t.kind()) {
    case TermKind::Bool:
    case TermKind::Int: {
      bool fits = false;
      const std::int64_t number = t.integer(&fits);
      if (fits) value = py::int_(number);
      break;
    }
    case TermKind::Float:
      value = py::float_(t.number());
      break;
    case TermKind::Str:
      value = text(t.text(kTextLimit));
      size = t.payload_size();
      break;
    case TermKind::Bytes:
    case TermKind::ByteArray:
      value = py::bytes(t.text(kTextLimit));
      size = t.payload_size();
      break;
    case TermKind::Tuple:
    case TermKind::List:
    case TermKind::Set:
    case TermKind::FrozenSet:
    case TermKind::Dict: {
      if (depth >= kDepth) break;
      py::list items;
      for (std::uint64_t i = 0; i < t.kept(); ++i) {
        if (t.kind() == TermKind::Dict) {
          items.append(py::make_tuple(below(t.key(i)), below(t.item(i))));
        } else {
          items.append(below(t.item(i)));
        }
      }
      value = items;
      break;
    }
    case TermKind::Global:
      value = py::make_tuple(below(t.module()), below(t.name()));
      break;
    case TermKind::Extension:
      value = py::int_(t.extension_code());
      break;
    case TermKind::Result:
      value = py::make_tuple(below(t.callee()), below(t.arguments()), below(t.keywords()));
      break;
    case TermKind::Persistent:
      value = below(t.arguments());
      break;
    default:
      break;
  }
  const std::uint64_t offset = t.offset();
  const py::object place = offset == ~std::uint64_t{0} ? py::object(py::none()) : py::object(py::int_(offset));
  return py::make_tuple(kind_name(t.kind()), place, size, value);
}

py::list loader_names(inspect::Loaders loaders) {
  py::list names;
  for (std::size_t i = 0; i < inspect::kLoaderCount; ++i) {
    if ((loaders >> i & 1) != 0) names.append(text(inspect::loader_name(static_cast<inspect::Loader>(i))));
  }
  return names;
}

py::object name_part(const inspect::NamePart& part) {
  return part.known ? py::object(text(part.text)) : py::object(py::none());
}

class Collect : public inspect::EffectSink {
 public:
  bool on_effect(const Effect& effect) override {
    py::dict found;
    found["kind"] = kind_name(effect.kind);
    found["opcode"] = text(pickle::opcode_info(effect.opcode).name);
    found["offset"] = effect.offset;
    found["pickle"] = effect.pickle;
    found["reach"] = effect.reach == inspect::Reach::Reached      ? "reached"
                     : effect.reach == inspect::Reach::NotReached ? "not reached"
                                                                  : "after fault";
    found["loaders"] = loader_names(effect.loaders);
    found["needs"] = effect.needs;
    found["file_buffer"] = effect.file_buffer;
    found["object"] = term(effect.callee, 0);
    found["arguments"] = term(effect.arguments, 0);
    found["expression"] = text(effect.callee.expression());
    found["inert"] = effect.arguments.inert();
    if (effect.keywords.kind() != TermKind::Unknown) found["keywords"] = term(effect.keywords, 0);
    if (effect.kind == EffectKind::Lookup) {
      found["module"] = name_part(effect.module);
      found["name"] = name_part(effect.name);
      found["attributes"] = effect.attributes;
      if (effect.maps_for != 0) {
        found["maps_to"] = py::make_tuple(text(effect.maps_to_module), text(effect.maps_to_name));
        found["maps_for"] = loader_names(effect.maps_for);
      }
    }
    effects.append(std::move(found));
    return PyErr_CheckSignals() == 0;
  }

  py::list effects;
};

py::object fault_of(const std::optional<inspect::EffectFault>& fault) {
  if (!fault) return py::none();
  return py::make_tuple(text(fault->id), fault->offset, fault->after, text(fault->message));
}

// (effects, facts): a dict for each effect, in order, and one of what is to be said of the whole.
py::tuple read_effects(const py::object& data) {
  const engine::BufferView view(data.ptr(), PyBUF_SIMPLE);
  if (!view) throw py::error_already_set();
  Collect sink;
  const inspect::EffectsResult result = inspect::read_effects(view.bytes(), {}, sink);
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  py::dict facts;
  facts["fault"] = fault_of(result.fault);
  facts["trailing_fault"] = fault_of(result.trailing_fault);
  py::dict outcomes;
  for (std::size_t i = 0; i < inspect::kLoaderCount; ++i) {
    const inspect::LoaderOutcome& outcome = result.outcomes[i];
    if (!outcome.reads) continue;
    outcomes[text(inspect::loader_name(static_cast<inspect::Loader>(i)))] =
        py::make_tuple(fault_of(outcome.fault), outcome.end, outcome.effects);
  }
  facts["outcomes"] = outcomes;
  py::list differences;
  for (const inspect::LoaderDifference& difference : result.differences) {
    differences.append(py::make_tuple(text(difference.id), difference.offset, loader_names(difference.one),
                                      loader_names(difference.other), text(difference.message)));
  }
  facts["differences"] = differences;
  facts["needs"] = [&] {
    py::list needs;
    for (const inspect::Need& need : result.needs)
      needs.append(py::make_tuple(static_cast<int>(need.what), need.offset));
    return needs;
  }();
  facts["doubtful_from"] = result.doubtful_from ? py::object(py::int_(*result.doubtful_from)) : py::object(py::none());
  facts["complete"] = result.complete;
  facts["stopped"] = text(result.stopped);
  facts["protocol"] = result.protocol;
  facts["pickles"] = result.pickles;
  facts["end"] = result.end;
  facts["opcodes"] = result.opcodes;
  facts["dynamic"] = result.dynamic;
  return py::make_tuple(sink.effects, facts);
}

}  // namespace

void add_effects(py::module_& module) {
  module.def("read_effects", &read_effects, py::arg("data"),
             "What loading the pickles in data would look up, call and hash, in order, as (effects, facts). "
             "Executes nothing.");
}

}  // namespace dill::bindings
