// Objects of any class: enum members, dataclasses, named tuples, partial functions, bound methods, estimators of
// scikit-learn, values of well-known classes; else the call that makes them, or their attributes.
#include "graph/text.h"
#include "inspect/meaning/class_facts.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/details.h"
#include "inspect/meaning/spelling.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kTextBytes = 400;
constexpr std::size_t kMostItems = kTextBytes;  // so that text that leaves items out is cut, and says so

// Containers of the standard library, with how many items they have.
void describe_size(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const std::string_view type = contents.graph().type(node);
  if (!type.starts_with("collections.")) return;
  std::uint64_t items = 0, entries = 0;
  const auto count = [&](NodeId held, EdgeKind kind) -> std::uint64_t {
    std::uint64_t found = 0;
    for (const NamedItem& entry : contents.entries(held, kind, Contents::kMostItems)) found += 1 + entry.more;
    return found;
  };
  entries = count(node, EdgeKind::ReduceDictItem);
  items = count(node, EdgeKind::ReduceListItem);
  if (type == "collections.Counter") {
    const auto dict = contents.items(node, EdgeKind::ReduceArgument, 1);
    if (!dict.empty()) entries += count(dict[0].node, EdgeKind::DictValue);
  }
  if (entries > 0) {
    lines.push_back(entries == 1 ? "1 entry" : graph::grouped_digits(entries) + " entries");
  } else if (type == "collections.deque") {
    lines.push_back(graph::counted(items, "item"));
  }
}

// What a class is called, and the signature if the function is in the file.
void describe_function_part(const Contents& contents, const Item& function, std::vector<std::string>& lines) {
  const std::string text = signature(contents, function.node);
  if (!text.empty()) lines.push_back("function: " + text);
}

bool describe_method(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const auto function = contents.part(node, EdgeKind::Bound, "__func__");
  const auto self = contents.part(node, EdgeKind::Bound, "__self__");
  if (!function || !self) return false;
  lines.push_back("bound method " + value_text(contents, *function, kTextBytes) + " of " +
                  value_text(contents, *self, kTextBytes));
  describe_function_part(contents, *function, lines);
  return true;
}

// getattr(object, 'name'): how methods of classes by reference are stored.
bool describe_getattr(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const auto maker = maker_of(contents, node);
  if (!maker || global_name(contents.graph().type(maker->node)) != "getattr") return false;
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 2);
  if (arguments.size() != 2) return false;
  const auto name = contents.str(arguments[1]);
  if (!name) return false;
  lines.push_back("attribute " + *name + " of " + value_text(contents, arguments[0], kTextBytes));
  return true;
}

// scikit-learn: parameters have plain names, what fit() found ends with "_".
bool describe_estimator(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const auto version = contents.part(node, EdgeKind::Attribute, "_sklearn_version");
  const std::string_view type = contents.graph().type(node);
  if (!version && !type.starts_with("sklearn.")) return false;
  Spelling parameters{std::string(short_name(type)) + "("};
  std::vector<std::string> fitted;
  for (const NamedItem& entry : contents.entries(node, EdgeKind::Attribute, kMostItems)) {
    if (entry.key.starts_with('_')) continue;
    if (entry.key.ends_with('_')) {
      fitted.push_back(entry.key + " = " + value_text(contents, entry.value, 80));
      continue;
    }
    parameters.emplace_back((parameters.size() == 1 ? "" : ", ") + entry.key + "=");
    parameters.emplace_back(entry.value);
  }
  if (parameters.size() == 1 && fitted.empty()) return false;
  parameters.emplace_back(std::string(")"));
  lines.push_back(spelling_text(contents, std::move(parameters), kTextBytes));
  if (!fitted.empty()) {
    lines.emplace_back("fitted:");
    for (const std::string& each : fitted) lines.push_back("  " + each);
  }
  if (version) {
    lines.push_back("written by scikit-learn " + contents.str(*version).value_or("of a version that is no text"));
  }
  return true;
}

std::string_view kind_text(ClassFacts::Kind kind) {
  switch (kind) {
    case ClassFacts::Kind::Enum:
      return "an enum member";
    case ClassFacts::Kind::DataClass:
      return "a dataclass instance";
    case ClassFacts::Kind::NamedTuple:
      return "a named tuple";
  }
  return {};
}

}  // namespace

void describe_object(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  if (describe_method(contents, node, lines) || describe_getattr(contents, node, lines)) return;
  if (auto spelled = spelling(contents, node, kMostItems)) {
    const auto maker = maker_of(contents, node);
    const auto facts = maker ? class_facts(contents, maker->node) : std::nullopt;
    const std::string kind = facts ? std::string(kind_text(facts->kind)) + ": " : std::string();
    lines.push_back(kind + spelling_text(contents, std::move(*spelled), kTextBytes));
    describe_size(contents, node, lines);
    if (contents.graph().type(node) == "functools.partial") {
      if (const auto called = contents.items(node, EdgeKind::ReduceArgument, 1); !called.empty()) {
        describe_function_part(contents, called[0], lines);
      }
    }
    return;
  }
  if (contents.graph().type(node) == "complex") {
    lines.push_back(value_text(contents, contents.whole(node), kTextBytes));
    return;
  }
  if (describe_estimator(contents, node, lines)) return;
  const bool called = !contents.items(node, EdgeKind::ReduceCallable, 1).empty() ||
                      !contents.items(node, EdgeKind::ReduceArgument, 1).empty();
  if (called) {
    if (auto call = call_spelling(contents, node, kMostItems)) {
      lines.push_back("made by " + spelling_text(contents, std::move(*call), kTextBytes));
    }
  }
  Spelling attributes = attributes_spelling(contents, node, kMostItems);
  if (!attributes.empty()) {
    lines.push_back("attributes: " + spelling_text(contents, std::move(attributes), kTextBytes));
  } else if (const auto state = contents.items(node, EdgeKind::State, 1); !state.empty()) {
    lines.push_back("state: " + value_text(contents, state[0], kTextBytes));
  }
}

}  // namespace dill::inspect
