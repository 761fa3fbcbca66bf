#include "graph/access_path.h"

#include <algorithm>
#include <array>
#include <utility>

#include "graph/text.h"

namespace dill::graph {

namespace {

constexpr std::size_t kMaxExpressionSteps = 1000;  // Python's compiler gives up at a few thousand
constexpr std::size_t kRouteEnds = 20;             // of a long route the first and the last so many steps are written

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

// An expression that grows at both ends, so that a path of n steps takes O(n).
class Expression {
 public:
  explicit Expression(std::string start) : start_(std::move(start)) {}

  void append(std::string_view text) { tail_ += text; }
  void wrap(std::string_view open, std::string_view close) {
    opens_.push_back(open);
    tail_ += close;
  }
  void subscript(std::uint32_t index) { tail_ += "[" + std::to_string(index) + "]"; }
  void subscript(std::string_view name) { tail_ += "[" + python_literal(name) + "]"; }
  void attribute(std::string_view name) {
    if (is_name(name)) {
      tail_.append(".").append(name);
    } else {
      wrap("getattr(", ", " + python_literal(name) + ")");
    }
  }

  bool replayed = false;

  // Python refuses more than 200 nested brackets.
  bool too_deep() const { return opens_.size() > 150; }

  std::string text() const {
    std::string text;
    for (auto open = opens_.rbegin(); open != opens_.rend(); ++open) text += *open;
    return text + start_ + tail_;
  }

 private:
  std::vector<std::string_view> opens_;
  std::string start_;
  std::string tail_;
};

// Goes on from the parent's expression to the child's; false if there is none.
bool extend(Expression& path, EdgeKind kind, std::string_view label, std::uint32_t index, std::uint32_t protocol) {
  const auto indexed = [&](std::string_view sequence) {
    path.append(sequence);
    if (index != kNoIndex) path.subscript(index);
    return index != kNoIndex;
  };
  const auto literal_key = [&] {
    path.append("[");
    path.append(label);
    path.append("]");
    return !label.empty();
  };
  switch (kind) {
    case EdgeKind::Attribute:
    case EdgeKind::Slot:
    case EdgeKind::FunctionState:
      path.attribute(label);
      return !label.empty();
    case EdgeKind::Item:
      return indexed("");
    case EdgeKind::DictValue:
      return literal_key();
    case EdgeKind::DictKey:
    case EdgeKind::SetItem:
      path.wrap("list(", ")");
      return indexed("");
    case EdgeKind::Closure:
      return indexed(".__closure__");
    case EdgeKind::CellContents:
      path.append(".cell_contents");
      return true;
    case EdgeKind::Default:
      return indexed(".__defaults__");
    case EdgeKind::KwDefault:
      path.append(".__kwdefaults__");
      path.subscript(label);
      return true;
    case EdgeKind::Global:
      path.append(".__globals__");
      path.subscript(label);
      return true;
    case EdgeKind::Code:
      path.append(".__code__");
      return true;
    case EdgeKind::ClassBase:
      return indexed(".__bases__");
    case EdgeKind::Metaclass:
    case EdgeKind::Type:
      path.wrap("type(", ")");
      return true;
    case EdgeKind::ClassEntry:
    case EdgeKind::ModuleEntry:
      path.wrap("vars(", ")");
      path.subscript(label);
      return true;
    case EdgeKind::State:
      path.append(".__getstate__()");
      path.replayed = true;
      return label.empty();
    case EdgeKind::StateItem:
      path.append(".__getstate__()");
      path.replayed = true;
      return literal_key();
    case EdgeKind::ReduceCallable:
      path.append(".__reduce_ex__(" + std::to_string(protocol) + ")[0]");
      path.replayed = true;
      return true;
    case EdgeKind::ReduceArgument:
      path.replayed = true;
      return indexed(".__reduce_ex__(" + std::to_string(protocol) + ")[1]");
    case EdgeKind::CodeConstant:
      return indexed(".co_consts");
    case EdgeKind::Bound:
      path.attribute(label);
      return label == "__self__" || label == "__func__";
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
  return false;
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
  // The last variable on the way is a name of its own: everything above it is no part of the path.
  std::size_t first = steps.size() - 1;
  while (first > 0 && (steps[first].kind != EdgeKind::Variable || steps[first].label == 0)) --first;
  std::string start =
      first == 0 ? root_expression(graph, steps[0], options) : std::string(graph.string(steps[first].label));
  const std::size_t length = steps.size() - 1 - first;

  AccessPath path{.expression = {}, .replayed = false, .route = start};
  for (std::size_t i = first + 1; i < steps.size(); ++i) {
    if (length > 2 * kRouteEnds && i - first == kRouteEnds + 1) {
      const std::size_t skipped = length - 2 * kRouteEnds;
      path.route += " -> … " + counted(skipped, "step") + " …";
      i += skipped;
    }
    path.route += " -> " + in_words(steps[i].kind, graph.string(steps[i].label), steps[i].index);
  }

  if (length > kMaxExpressionSteps) return path;
  const bool needs_brackets = length > 0 && !is_primary(start);
  Expression expression(needs_brackets ? "(" + start + ")" : std::move(start));
  for (std::size_t i = first + 1; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (!extend(expression, step.kind, graph.string(step.label), step.index, options.protocol)) return path;
    if (expression.too_deep()) return path;
  }
  path.expression = expression.text();
  path.replayed = expression.replayed;
  return path;
}

AccessPath access_path(const ObjectGraph& graph, NodeId node, const PathOptions& options) {
  return access_path(graph, tree_path(graph, node), options);
}

}  // namespace dill::graph
