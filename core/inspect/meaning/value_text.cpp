#include "inspect/meaning/value_text.h"

#include <variant>

#include "inspect/meaning/code_object.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

std::string without_fraction(std::string text) {
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

class Writer {
 public:
  Writer(const Contents& contents, std::size_t limit) : contents_(contents), limit_(limit) {}

  std::string write(const Item& item) {
    todo_.emplace_back(item);
    while (!todo_.empty()) {
      if (text_.size() > limit_) {
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
    if (type == "tuple" && detail == graph::DetailKind::Length) {
      const auto items = contents_.items(item.node, EdgeKind::Item, limit_);
      sequence("(", items, items.size() == 1 ? ",)" : ")");
    } else if (type == "list") {
      sequence("[", contents_.items(item.node, EdgeKind::Item, limit_), "]");
    } else if (type == "frozenset" || type == "set") {
      const auto items = contents_.items(item.node, EdgeKind::SetItem, limit_);
      const std::string name(type);
      if (items.empty()) {
        text_ += name + "()";
      } else {
        sequence(type == "set" ? "{" : name + "({", items, type == "set" ? "}" : "})");
      }
    } else if (is_code(graph, item.node)) {
      code(item.node);
    } else if (type == "builtins.complex" || type == "__builtin__.complex" || type == "complex") {
      complex(item);
    } else if (type == "builtins.Ellipsis" || type == "__builtin__.Ellipsis") {
      text_ += "Ellipsis";
    } else if (detail == graph::DetailKind::None && type != "NoneType") {
      text_ += "<" + std::string(type) + ">";
    } else if (detail == graph::DetailKind::Length) {
      text_ += "<" + std::string(type) + ": " + graph.description(item.node) + ">";
    } else {
      text_ += contents_.text(item, limit_);
    }
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
  std::string text_;
  std::vector<Part> todo_;  // what comes next is the last one
};

}  // namespace

std::string value_text(const Contents& contents, const Item& item, std::size_t limit) {
  return Writer(contents, limit).write(item);
}

}  // namespace dill::inspect
