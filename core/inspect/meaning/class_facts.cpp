#include "inspect/meaning/class_facts.h"

#include <algorithm>

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostFields = 1'000;

std::string_view callable_of(const Contents& contents, NodeId type) {
  const auto callable = contents.items(type, EdgeKind::ReduceCallable, 1);
  return callable.empty() ? std::string_view() : contents.graph().type(callable[0].node);
}

std::vector<ClassFacts::Field> names_in(const Contents& contents, NodeId tuple) {
  std::vector<ClassFacts::Field> fields;
  for (const Item& name : contents.items(tuple, EdgeKind::Item, kMostFields)) {
    fields.push_back({contents.str(name).value_or("?"), {}, {}, {}});
  }
  return fields;
}

// The last fields have the defaults.
void add_defaults(const std::vector<Item>& defaults, std::vector<ClassFacts::Field>& fields) {
  for (std::size_t i = 0; i < defaults.size() && i < fields.size(); ++i) {
    fields[fields.size() - 1 - i].value = defaults[defaults.size() - 1 - i];
  }
}

// dill._dill._create_namedtuple(name, fields, module, defaults)
std::optional<ClassFacts> created_named_tuple(const Contents& contents, NodeId type) {
  const auto arguments = contents.items(type, EdgeKind::ReduceArgument, 4);
  if (arguments.size() < 2) return std::nullopt;
  ClassFacts facts{ClassFacts::Kind::NamedTuple, names_in(contents, arguments[1].node)};
  if (arguments.size() > 3) {
    add_defaults(contents.items(arguments[3].node, EdgeKind::Item, kMostFields), facts.fields);
  }
  return facts;
}

ClassFacts members_of(const Contents& contents, NodeId dict, bool of_members) {
  ClassFacts facts{ClassFacts::Kind::Enum, {}};
  for (const NamedItem& member : contents.entries(dict, EdgeKind::DictValue, kMostFields)) {
    std::optional<Item> value = member.value;
    if (of_members) {
      const auto arguments = contents.items(member.value.node, EdgeKind::ReduceArgument, 1);
      value = arguments.empty() ? std::nullopt : std::optional<Item>(arguments[0]);
    }
    facts.fields.push_back({unquoted(member.key), value, {}, {}});
  }
  return facts;
}

bool is_missing(const Contents& contents, const Item& item) {
  // By reference in dill's streams, by value in cloudpickle's.
  const std::string_view type = contents.graph().type(item.node);
  return type == "dataclasses.MISSING" || type == "dataclasses._MISSING_TYPE";
}

ClassFacts data_class(const Contents& contents, NodeId dict) {
  ClassFacts facts{ClassFacts::Kind::DataClass, {}};
  for (const NamedItem& each : contents.entries(dict, EdgeKind::DictValue, kMostFields)) {
    ClassFacts::Field field{unquoted(each.key), {}, {}, {}};
    const auto part = [&](std::string_view label) -> std::optional<Item> {
      auto found = contents.part(each.value.node, EdgeKind::Slot, label);
      if (!found) found = contents.part(each.value.node, EdgeKind::Attribute, label);
      if (found && is_missing(contents, *found)) return std::nullopt;
      return found;
    };
    field.type = part("type");
    field.value = part("default");
    field.factory = part("default_factory");
    facts.fields.push_back(std::move(field));
  }
  return facts;
}

// An enum's members are the plain values among its entries.
std::optional<ClassFacts> new_enum(const Contents& contents, const NewClass& made) {
  const graph::ObjectGraph& graph = contents.graph();
  const std::string_view meta = made.metaclass ? graph.type(made.metaclass->node) : std::string_view();
  if (meta != "enum.EnumMeta" && meta != "enum.EnumType") return std::nullopt;
  ClassFacts facts{ClassFacts::Kind::Enum, {}};
  for (const NamedItem& entry : made.entries) {
    const std::string name = unquoted(entry.key);
    const std::string_view type = graph.type(entry.value.node);
    const bool descriptor = type == "function" || type == "property" || type == "classmethod" || type == "staticmethod";
    if (name.empty() || name.starts_with('_') || descriptor) continue;
    facts.fields.push_back({name, entry.value, {}, {}});
  }
  return facts;
}

}  // namespace

std::optional<NewClass> new_class(const Contents& contents, NodeId type) {
  if (callable_of(contents, type) != "types.new_class") return std::nullopt;
  const auto arguments = contents.items(type, EdgeKind::ReduceArgument, 4);
  if (arguments.size() != 4) return std::nullopt;
  const auto state = contents.items(arguments[3].node, EdgeKind::State, 1);
  const auto parts = state.empty() ? std::vector<Item>() : contents.items(state[0].node, EdgeKind::Item, 3);
  if (parts.size() != 3) return std::nullopt;
  const auto source = contents.part(parts[2].node, EdgeKind::DictValue, "'source'");
  if (!source) return std::nullopt;
  return NewClass{contents.items(arguments[1].node, EdgeKind::Item, kMostFields),
                  contents.part(arguments[2].node, EdgeKind::DictValue, "'metaclass'"),
                  contents.entries(source->node, EdgeKind::DictValue, kMostFields)};
}

std::optional<ClassFacts> class_facts(const Contents& contents, NodeId type) {
  const graph::ObjectGraph& graph = contents.graph();
  if (graph.type(type) != "type" || graph.columns().reduction[type] == graph::Reduction::Global) return std::nullopt;
  const std::string_view callable = callable_of(contents, type);
  if (callable.ends_with("._create_namedtuple")) return created_named_tuple(contents, type);
  if (callable.ends_with("._make_skeleton_enum")) {
    const auto arguments = contents.items(type, EdgeKind::ReduceArgument, 4);
    if (arguments.size() == 4) return members_of(contents, arguments[3].node, false);
    return std::nullopt;
  }
  if (const auto made = new_class(contents, type)) return new_enum(contents, *made);
  const auto entry = [&](std::string_view label) { return contents.part(type, EdgeKind::ClassEntry, label); };
  if (const auto members = entry("_member_map_")) return members_of(contents, members->node, true);
  if (const auto fields = entry("__dataclass_fields__")) return data_class(contents, fields->node);
  if (const auto fields = entry("_fields"); fields && graph.type(fields->node) == "tuple") {
    ClassFacts facts{ClassFacts::Kind::NamedTuple, names_in(contents, fields->node)};
    if (const auto defaults = entry("_field_defaults")) {
      for (const NamedItem& each : contents.entries(defaults->node, EdgeKind::DictValue, kMostFields)) {
        const auto found = std::ranges::find(facts.fields, unquoted(each.key), &ClassFacts::Field::name);
        if (found != facts.fields.end()) found->value = each.value;
      }
    }
    return facts;
  }
  return std::nullopt;
}

std::optional<Item> maker_of(const Contents& contents, NodeId object) {
  for (const EdgeKind kind : {EdgeKind::Type, EdgeKind::ReduceCallable}) {
    const auto found = contents.items(object, kind, 1);
    if (!found.empty()) return found[0];
  }
  return std::nullopt;
}

std::string_view short_name(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace dill::inspect
