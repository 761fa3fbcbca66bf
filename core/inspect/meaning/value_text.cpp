#include "inspect/meaning/value_text.h"

#include <algorithm>
#include <variant>

#include "graph/text.h"
#include "inspect/meaning/code_object.h"
#include "inspect/meaning/spelling.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostArguments = 8;
// Calls of the results of calls write nothing until the first one is reached.
constexpr std::size_t kStepsPerByte = 20;

std::string without_fraction(std::string text) {
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

class Writer {
 public:
  Writer(const Contents& contents, std::size_t limit) : contents_(contents), limit_(limit) {}

  std::string write(Spelling spelled) {
    next(std::move(spelled));
    while (!todo_.empty()) {
      if (text_.size() > limit_ || ++steps_ > kStepsPerByte * limit_) {
        text_ += "…";
        break;
      }
      const Part part = std::move(todo_.back());
      todo_.pop_back();
      if (const auto* const text = std::get_if<std::string>(&part)) {
        text_ += *text;
      } else {
        value(std::get<Item>(part));
      }
    }
    return std::move(text_);
  }

 private:
  using Part = std::variant<std::string, Item>;

  void value(const Item& item) {
    const graph::ObjectGraph& graph = contents_.graph();
    const std::string_view type = graph.type(item.node);
    const graph::DetailKind detail = graph.columns().detail_kind[item.node];
    if (graph.columns().reduction[item.node] == graph::Reduction::Global) {
      text_ += global_name(type);
    } else if (type == "tuple" && detail == graph::DetailKind::Length) {
      const auto items = contents_.items(item.node, EdgeKind::Item, limit_);
      sequence("(", items, items.size() == 1 ? ",)" : ")");
    } else if (type == "list" && detail == graph::DetailKind::Length) {
      sequence("[", contents_.items(item.node, EdgeKind::Item, limit_), "]");
    } else if (type == "dict" && detail == graph::DetailKind::Length) {
      next(entries_spelling(contents_, item.node, EdgeKind::DictValue, limit_));
    } else if (type == "frozenset" || type == "set") {
      set(item.node, type);
    } else if (is_code(graph, item.node)) {
      code(item.node);
    } else if (type == "complex") {
      complex(item);
    } else if (graph.columns().outcome[item.node] == graph::Outcome::Folded) {
      text_ += "…";
    } else {
      object(item);
    }
  }

  void object(const Item& item) {
    const graph::ObjectGraph& graph = contents_.graph();
    const std::string_view type = graph.type(item.node);
    const graph::DetailKind detail = graph.columns().detail_kind[item.node];
    if (auto spelled = contents_.is_leaf(item) ? std::nullopt : spelling(contents_, item.node, limit_)) {
      next(std::move(*spelled));
    } else if (type == "function" || type == "module" || type == "method") {
      text_ += "<" + std::string(type) + name_of(item.node) + ">";
    } else if (auto call =
                   is_just_called(item.node) ? call_spelling(contents_, item.node, kMostArguments) : std::nullopt) {
      next(std::move(*call));
    } else if (detail == graph::DetailKind::None && type != "NoneType") {
      text_ += "<" + std::string(type) + ">";
    } else if (detail == graph::DetailKind::Length || is_array(item.node)) {
      text_ += "<" + std::string(type) + ": " + graph.description(item.node) + ">";
    } else {
      text_ += contents_.text(item, limit_);
    }
  }

  // A class was called, and nothing done to the object afterwards: then the call says all.
  bool is_just_called(NodeId node) const {
    const graph::ObjectGraph& graph = contents_.graph();
    if (graph.columns().detail_kind[node] != graph::DetailKind::None || graph.type(node).starts_with("result of ")) {
      return false;
    }
    bool called = false;
    const auto look = [&](EdgeKind kind) {
      called = called || kind == EdgeKind::ReduceArgument;
      return kind == EdgeKind::Type || kind == EdgeKind::ReduceCallable || kind == EdgeKind::ReduceArgument;
    };
    const auto children = graph.children(node);
    const auto references = graph.references_from(node);
    if (children.size() + references.size() > kMostArguments) return false;
    return std::ranges::all_of(children, [&](NodeId child) { return look(graph.columns().edge[child]); }) &&
           std::ranges::all_of(references, [&](std::uint32_t i) { return look(graph.columns().references[i].kind); }) &&
           called;
  }

  // "float64, shape (2, 3)" is no text of its own.
  bool is_array(NodeId node) const {
    const graph::ObjectGraph& graph = contents_.graph();
    return graph.columns().detail_kind[node] == graph::DetailKind::Text &&
           graph.description(node).find("shape (") != std::string::npos;
  }

  // " build" of a function "build at app.py:12".
  std::string name_of(NodeId node) const {
    const auto function = contents_.part(node, EdgeKind::Bound, "__func__");
    const std::string description = contents_.graph().description(function ? function->node : node);
    const std::string name = description.substr(0, description.rfind(" at "));
    return name.empty() ? std::string() : " " + name;
  }

  // Protocols below 4 write a set as a call with a list.
  void set(NodeId node, std::string_view type) {
    auto items = contents_.items(node, EdgeKind::SetItem, limit_);
    if (items.empty()) {
      if (const auto list = contents_.items(node, EdgeKind::ReduceArgument, 1); !list.empty()) {
        items = contents_.items(list[0].node, EdgeKind::Item, limit_);
      }
    }
    const std::string name(type);
    if (items.empty()) {
      text_ += name + "()";
    } else {
      sequence(type == "set" ? "{" : name + "({", items, type == "set" ? "}" : "})");
    }
  }

  void next(Spelling spelled) {
    for (std::size_t i = spelled.size(); i-- > 0;) todo_.push_back(std::move(spelled[i]));
  }

  void sequence(const std::string& open, const std::vector<Item>& items, const std::string& close) {
    text_ += open;
    todo_.emplace_back(close);
    for (std::size_t i = items.size(); i-- > 0;) {
      todo_.emplace_back(items[i]);
      if (i > 0) todo_.emplace_back(std::string(", "));
    }
  }

  void code(NodeId node) {
    const auto text = [&](std::string_view label) {
      const auto part = contents_.part(node, EdgeKind::Attribute, label);
      return part ? contents_.bytes(*part).value_or("") : std::string();
    };
    const auto line = contents_.part(node, EdgeKind::Attribute, "co_firstlineno");
    text_ += "<code object " + text("co_name") + ", file \"" + text("co_filename") + "\", line " +
             std::to_string(line ? contents_.integer(*line).value_or(0) : 0) + ">";
  }

  void complex(const Item& item) {
    const auto parts = contents_.items(item.node, EdgeKind::ReduceArgument, 2);
    if (parts.size() != 2) {
      text_ += "<complex>";
      return;
    }
    const std::string real = without_fraction(contents_.text(parts[0]));
    const std::string imaginary = without_fraction(contents_.text(parts[1]));
    if (real == "0") {
      text_ += imaginary + "j";
    } else {
      text_ += "(" + real + (imaginary.starts_with("-") ? "" : "+") + imaginary + "j)";
    }
  }

  const Contents& contents_;
  std::size_t limit_;
  std::size_t steps_ = 0;
  std::string text_;
  std::vector<Part> todo_;  // what comes next is the last one
};

}  // namespace

std::string_view global_name(std::string_view dotted) {
  for (const std::string_view module : {"builtins.", "__builtin__."}) {
    if (dotted.starts_with(module)) return dotted.substr(module.size());
  }
  return dotted;
}

std::string spelling_text(const Contents& contents, Spelling spelled, std::size_t limit) {
  return Writer(contents, limit).write(std::move(spelled));
}

std::string value_text(const Contents& contents, const Item& item, std::size_t limit) {
  return Writer(contents, limit).write({item});
}

}  // namespace dill::inspect
