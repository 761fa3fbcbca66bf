#include "graph/access_path.h"

#include <algorithm>
#include <array>
#include <optional>

#include "graph/text.h"

namespace dill::graph {

namespace {

constexpr std::array<std::string_view, 35> kKeywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Only ASCII: Python folds other identifiers (NFKC), so that `.name` may mean another attribute.
bool is_name(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), is_name_character) &&
         std::find(kKeywords.begin(), kKeywords.end(), text) == kKeywords.end();
}

// Whether `.x` behind the expression would belong to all of it: names, attributes, calls and subscripts.
bool is_primary(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (depth > 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      if (--depth < 0) return false;
    } else if (depth == 0 && !is_name_character(c) && c != '.') {
      return false;
    }
  }
  return depth == 0 && quote == 0;
}

std::string item(const std::string& of, std::uint32_t index) { return of + "[" + std::to_string(index) + "]"; }

std::string attribute(const std::string& of, std::string_view name) {
  if (is_name(name)) return of + "." + std::string(name);
  return "getattr(" + of + ", " + python_literal(name) + ")";
}

std::string entry(const std::string& of, std::string_view name) { return of + "[" + python_literal(name) + "]"; }

struct Link {
  std::string expression;
  bool replayed = false;
};

// The expression for the child that `of` holds; nothing if there is none.
std::optional<Link> link(const std::string& of, EdgeKind kind, std::string_view label, std::uint32_t index,
                         std::uint32_t protocol) {
  const auto indexed = [&](const std::string& sequence) -> std::optional<Link> {
    if (index == kNoIndex) return std::nullopt;
    return Link{item(sequence, index)};
  };
  const std::string reduced = of + ".__reduce_ex__(" + std::to_string(protocol) + ")";
  switch (kind) {
    case EdgeKind::Attribute:
    case EdgeKind::Slot:
    case EdgeKind::FunctionState:
      if (label.empty()) return std::nullopt;
      return Link{attribute(of, label)};
    case EdgeKind::Item:
      return indexed(of);
    case EdgeKind::DictValue:
      if (label.empty()) return std::nullopt;
      return Link{of + "[" + std::string(label) + "]"};
    case EdgeKind::DictKey:
    case EdgeKind::SetItem:
      return indexed("list(" + of + ")");
    case EdgeKind::Closure:
      return indexed(of + ".__closure__");
    case EdgeKind::CellContents:
      return Link{of + ".cell_contents"};
    case EdgeKind::Default:
      return indexed(of + ".__defaults__");
    case EdgeKind::KwDefault:
      return Link{entry(of + ".__kwdefaults__", label)};
    case EdgeKind::Global:
      return Link{entry(of + ".__globals__", label)};
    case EdgeKind::Code:
      return Link{of + ".__code__"};
    case EdgeKind::ClassBase:
      return indexed(of + ".__bases__");
    case EdgeKind::Metaclass:
    case EdgeKind::Type:
      return Link{"type(" + of + ")"};
    case EdgeKind::ClassEntry:
    case EdgeKind::ModuleEntry:
      return Link{entry("vars(" + of + ")", label)};
    case EdgeKind::State:
      if (!label.empty()) return std::nullopt;
      return Link{of + ".__getstate__()", true};
    case EdgeKind::StateItem:
      if (label.empty()) return std::nullopt;
      return Link{of + ".__getstate__()[" + std::string(label) + "]", true};
    case EdgeKind::ReduceCallable:
      return Link{reduced + "[0]", true};
    case EdgeKind::ReduceArgument:
      if (index == kNoIndex) return std::nullopt;
      return Link{item(reduced + "[1]", index), true};
    case EdgeKind::CodeConstant:
      return indexed(of + ".co_consts");
    case EdgeKind::Bound:
      if (label != "__self__" && label != "__func__") return std::nullopt;
      return Link{attribute(of, label)};
    case EdgeKind::Root:
    case EdgeKind::Variable:  // start a path, see access_path()
    case EdgeKind::ReduceListItem:
    case EdgeKind::ReduceDictItem:
    case EdgeKind::ReduceSetter:
    case EdgeKind::PostItem:
    case EdgeKind::PersistentId:
    case EdgeKind::SaverItem:
    case EdgeKind::kCount:
      break;
  }
  return std::nullopt;
}

std::string numbered(std::string_view what, std::uint32_t index, std::string_view of = {}) {
  std::string text(what);
  if (index != kNoIndex) text += " " + std::to_string(index);
  return text.append(of);
}

std::string labelled(std::string_view what, std::string_view label, std::uint32_t index) {
  if (label.empty()) return numbered(what, index);
  return std::string(what) + " " + std::string(label);
}

std::string in_words(EdgeKind kind, std::string_view label, std::uint32_t index) {
  switch (kind) {
    case EdgeKind::Root:
    case EdgeKind::Variable:
      return std::string(label);
    case EdgeKind::Attribute:
    case EdgeKind::Slot:
      return "attribute " + std::string(label);
    case EdgeKind::Item:
      return numbered("item", index);
    case EdgeKind::DictValue:
      return label.empty() ? numbered("value", index, " of the dict") : "key " + std::string(label);
    case EdgeKind::DictKey:
      return numbered("key", index, " of the dict");
    case EdgeKind::SetItem:
      return numbered("element", index, " of the set");
    case EdgeKind::Closure:
      return labelled("closure variable", label, index);
    case EdgeKind::CellContents:
      return "contents of the cell";
    case EdgeKind::Default:
      return numbered("default", index);
    case EdgeKind::KwDefault:
      return labelled("keyword default", label, index);
    case EdgeKind::Global:
      return labelled("global variable", label, index);
    case EdgeKind::Code:
      return "code";
    case EdgeKind::FunctionState:
      return labelled("function attribute", label, index);
    case EdgeKind::ClassBase:
      return numbered("base class", index);
    case EdgeKind::Metaclass:
      return "metaclass";
    case EdgeKind::Type:
      return "class";
    case EdgeKind::ClassEntry:
      return labelled("class attribute", label, index);
    case EdgeKind::ModuleEntry:
      return labelled("module variable", label, index);
    case EdgeKind::State:
      return labelled("state", label, kNoIndex);
    case EdgeKind::StateItem:
      return label.empty() ? numbered("item", index, " of the state") : "key " + std::string(label) + " of the state";
    case EdgeKind::ReduceCallable:
      return "function that rebuilds it";
    case EdgeKind::ReduceArgument:
      return numbered("argument", index, " of the function that rebuilds it");
    case EdgeKind::ReduceListItem:
      return numbered("list item", index);
    case EdgeKind::ReduceDictItem:
      return label.empty() ? numbered("dict item", index) : "dict item with key " + std::string(label);
    case EdgeKind::ReduceSetter:
      return "state setter";
    case EdgeKind::CodeConstant:
      return numbered("constant", index);
    case EdgeKind::PostItem:
      return numbered("argument", index, " of a later call");
    case EdgeKind::PersistentId:
      return "persistent id";
    case EdgeKind::Bound:
      return label == "__func__" ? "function of the method" : "object that the method is bound to";
    case EdgeKind::SaverItem:
      return labelled("object saved by a saver", label, index);
    case EdgeKind::kCount:
      break;
  }
  return {};
}

std::string root_expression(const ObjectGraph& graph, const Step& root, const PathOptions& options) {
  if (!options.root.empty()) return options.root;
  const std::string_view label = graph.string(root.label);
  return label.empty() ? std::string("obj") : std::string(label);
}

}  // namespace

std::vector<Step> tree_path(const ObjectGraph& graph, NodeId node) {
  const GraphColumns& c = graph.columns();
  std::vector<Step> steps;
  for (; node != kNoNode; node = c.parent[node]) steps.push_back({node, c.edge[node], c.label[node], c.index[node]});
  std::reverse(steps.begin(), steps.end());
  return steps;
}

AccessPath access_path(const ObjectGraph& graph, const std::vector<Step>& steps, const PathOptions& options) {
  if (steps.empty()) return {};
  AccessPath path;
  path.route = root_expression(graph, steps.front(), options);
  Link reached{steps.size() == 1 || is_primary(path.route) ? path.route : "(" + path.route + ")"};
  bool expressible = true;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const std::string_view label = graph.string(step.label);
    if (step.kind == EdgeKind::Variable && !label.empty()) {
      path.route = label;
      reached = {std::string(label)};
      expressible = true;
      continue;
    }
    path.route += " -> " + in_words(step.kind, label, step.index);
    if (!expressible) continue;
    const auto next = link(reached.expression, step.kind, label, step.index, options.protocol);
    expressible = next.has_value();
    if (next) reached = {next->expression, reached.replayed || next->replayed};
  }
  if (expressible) {
    path.expression = reached.expression;
    path.replayed = reached.replayed;
  }
  return path;
}

AccessPath access_path(const ObjectGraph& graph, NodeId node, const PathOptions& options) {
  return access_path(graph, tree_path(graph, node), options);
}

}  // namespace dill::graph
