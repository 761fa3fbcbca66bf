// Classes by value: bases, metaclass, members or fields, methods, other attributes.
#include <algorithm>

#include "graph/text.h"
#include "inspect/meaning/class_facts.h"
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
  return std::string(global_name(graph.type(node)));
}

// What the machinery of enums, dataclasses and named tuples puts into a class.
bool is_machinery(std::string_view name, const ClassFacts& facts) {
  static constexpr std::string_view kParts[] = {"_member_names_",
                                                "_member_map_",
                                                "_value2member_map_",
                                                "_unhashable_values_",
                                                "_hashable_values_",
                                                "_unhashable_values_map_",
                                                "_member_type_",
                                                "_value_repr_",
                                                "_use_args_",
                                                "_new_member_",
                                                "_flag_mask_",
                                                "_singles_mask_",
                                                "_all_bits_",
                                                "_inverted_",
                                                "_boundary_",
                                                "_iter_member_",
                                                "_generate_next_value_",
                                                "__dataclass_fields__",
                                                "__dataclass_params__",
                                                "__match_args__",
                                                "_fields",
                                                "_field_defaults",
                                                "_make",
                                                "_replace",
                                                "_asdict",
                                                "__getnewargs__",
                                                "__new__",
                                                "__replace__"};
  if (std::ranges::find(kParts, name) != std::end(kParts)) return true;
  if (facts.kind == ClassFacts::Kind::DataClass) return false;
  return std::ranges::find(facts.fields, name, &ClassFacts::Field::name) != facts.fields.end();
}

std::string field_text(const Contents& contents, const ClassFacts::Field& field) {
  std::string text = "  " + field.name;
  if (field.type) {
    const std::string type = contents.graph().type(field.type->node) == "str"
                                 ? contents.str(*field.type).value_or("?")
                                 : value_text(contents, *field.type, kValueBytes);
    text += ": " + type;
  }
  if (field.value) text += " = " + value_text(contents, *field.value, kValueBytes);
  if (field.factory) text += " = " + value_text(contents, *field.factory, kValueBytes) + "()";
  return text;
}

void describe_fields(const Contents& contents, const ClassFacts& facts, std::vector<std::string>& lines) {
  const bool members = facts.kind == ClassFacts::Kind::Enum;
  const std::string what = facts.kind == ClassFacts::Kind::NamedTuple  ? "a named tuple of "
                           : facts.kind == ClassFacts::Kind::DataClass ? "a dataclass of "
                                                                       : "an enum of ";
  lines.push_back(what + graph::counted(facts.fields.size(), members ? "member" : "field") + ":");
  for (std::size_t i = 0; i < facts.fields.size() && i < kMostEntries; ++i) {
    lines.push_back(field_text(contents, facts.fields[i]));
  }
  if (facts.fields.size() > kMostEntries) {
    lines.push_back("  … " + std::to_string(facts.fields.size() - kMostEntries) + " more");
  }
}

// cloudpickle._make_skeleton_enum(bases, ...)
std::vector<Item> bases_of(const Contents& contents, NodeId type) {
  auto bases = contents.items(type, EdgeKind::ClassBase, kMostEntries);
  if (!bases.empty()) return bases;
  const auto callable = contents.items(type, EdgeKind::ReduceCallable, 1);
  if (callable.empty() || !contents.graph().type(callable[0].node).ends_with("._make_skeleton_enum")) return bases;
  const auto arguments = contents.items(type, EdgeKind::ReduceArgument, 1);
  return arguments.empty() ? bases : contents.items(arguments[0].node, EdgeKind::Item, kMostEntries);
}

std::string entry_text(const Contents& contents, std::string_view name, const Item& value) {
  if (contents.graph().type(value.node) == "function") {
    const std::string text = signature(contents, value.node);
    if (!text.empty()) return "  " + text;
  }
  return "  " + std::string(name) + " = " + value_text(contents, value, kValueBytes);
}

}  // namespace

void describe_class(const Contents& contents, NodeId type, std::vector<std::string>& lines) {
  const graph::ObjectGraph& graph = contents.graph();
  std::vector<NamedItem> entries = contents.entries(type, EdgeKind::ClassEntry, Contents::kMostItems);
  std::vector<Item> base_items = bases_of(contents, type);
  auto metaclass = contents.items(type, EdgeKind::Metaclass, 1);
  if (auto made = new_class(contents, type)) {
    base_items = std::move(made->bases);
    if (made->metaclass) metaclass = {*made->metaclass};
    entries = std::move(made->entries);
    for (NamedItem& entry : entries) entry.key = unquoted(entry.key);
  }
  const auto facts = class_facts(contents, type);
  if (entries.empty() && base_items.empty() && !facts) return;  // by reference
  std::vector<std::string> bases;
  bases.reserve(base_items.size() + 1);
  for (const Item& base : base_items) bases.push_back(class_text(contents, base.node));
  if (!metaclass.empty()) {
    const std::string name = class_text(contents, metaclass[0].node);
    if (name != "type") bases.push_back("metaclass=" + name);
  }
  lines.push_back("class " + graph.description(type) + (bases.empty() ? "" : "(" + joined(bases) + ")"));
  if (facts) describe_fields(contents, *facts, lines);
  std::size_t shown = 0;
  for (const NamedItem& entry : entries) {
    if (facts && is_machinery(entry.key, *facts)) continue;
    if (shown++ == kMostEntries) {
      lines.push_back("  … " + std::to_string(entries.size() - kMostEntries) + " more");
      break;
    }
    lines.push_back(entry_text(contents, entry.key, entry.value));
  }
}

}  // namespace dill::inspect
