// The texts of an ObjectGraph that people read: what an object is, and how its parent holds it.
#include <bit>
#include <cstring>

#include "graph/object_graph.h"
#include "graph/text.h"
#include "graph/utf8.h"

namespace dill::graph {

namespace {

struct Beginning {
  std::uint64_t length;  // of the whole object, in characters or bytes
  std::string_view stored;
};

Beginning beginning_at(std::span<const char> texts, std::uint64_t detail) {
  const char* const header = texts.data() + (detail >> 8);
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < kDetailHeader; ++i) {
    length |= std::uint32_t{static_cast<unsigned char>(header[i])} << (8 * i);
  }
  return {length, {header + kDetailHeader, static_cast<std::size_t>(detail & 0xFF)}};
}

std::string quoted(const Beginning& beginning, bool is_bytes) {
  const std::size_t stored = is_bytes ? beginning.stored.size() : utf8_length(beginning.stored);
  const bool cut = stored < beginning.length;
  std::string text = python_literal(beginning.stored, is_bytes);
  if (cut) {
    text.insert(text.size() - 1, "…");
    text += " (" + counted(beginning.length, is_bytes ? "byte" : "character") + ")";
  }
  return text;
}

std::string numbered(std::string_view what, std::uint32_t index) {
  std::string text(what);
  if (index != kNoIndex) text += " " + std::to_string(index);
  return text;
}

std::string named(std::string_view what, std::string_view label, std::uint32_t index) {
  if (label.empty()) return numbered(what, index);
  return std::string(what) + ": " + std::string(label);
}

}  // namespace

std::string ObjectGraph::description(NodeId node) const {
  const std::uint64_t detail = columns_.detail[node];
  std::string text;
  switch (columns_.detail_kind[node]) {
    case DetailKind::None:
      if (type(node) == "NoneType") text = "None";
      break;
    case DetailKind::Text:
      text = string(static_cast<StringId>(detail));
      break;
    case DetailKind::Int:
      text = std::to_string(static_cast<std::int64_t>(detail));
      break;
    case DetailKind::Float:
      text = float_text(std::bit_cast<double>(detail));
      break;
    case DetailKind::Bool:
      text = detail != 0 ? "True" : "False";
      break;
    case DetailKind::Str:
      text = quoted(beginning_at(columns_.texts, detail), false);
      break;
    case DetailKind::Bytes:
      text = quoted(beginning_at(columns_.texts, detail), true);
      break;
    case DetailKind::Length:
      text = counted(detail, "item");
      break;
    case DetailKind::kCount:
      break;
  }
  if (const std::uint32_t count = columns_.count[node]; count > 1 && columns_.outcome[node] != Outcome::Folded) {
    const std::string more = grouped_digits(count) + " objects";
    text = text.empty() ? more : text + " … (" + more + ")";
  }
  return text;
}

std::string ObjectGraph::edge_text(EdgeKind kind, StringId label_id, std::uint32_t index) const {
  const std::string_view label = string(label_id);
  switch (kind) {
    case EdgeKind::Root:
    case EdgeKind::Variable:
      return std::string(label);
    case EdgeKind::Attribute:
    case EdgeKind::Slot:
      return "." + std::string(label);
    case EdgeKind::Item:
      return "[" + (index == kNoIndex ? std::string("?") : std::to_string(index)) + "]";
    case EdgeKind::DictValue:
      return label.empty() ? numbered("value", index) : "[" + std::string(label) + "]";
    case EdgeKind::DictKey:
      return numbered("key", index);
    case EdgeKind::SetItem:
      return numbered("element", index);
    case EdgeKind::Closure:
      return named("closure", label, index);
    case EdgeKind::CellContents:
      return "cell contents";
    case EdgeKind::Default:
      return numbered("default", index);
    case EdgeKind::KwDefault:
      return named("keyword default", label, index);
    case EdgeKind::Global:
      return named("global", label, index);
    case EdgeKind::Code:
      return "code";
    case EdgeKind::FunctionState:
      return named("function", label, index);
    case EdgeKind::ClassBase:
      return numbered("base class", index);
    case EdgeKind::Metaclass:
      return "metaclass";
    case EdgeKind::Type:
      return "class";
    case EdgeKind::ClassEntry:
      return named("class attribute", label, index);
    case EdgeKind::ModuleEntry:
      return named("in module", label, index);
    case EdgeKind::State:
      return named("state", label, kNoIndex);
    case EdgeKind::StateItem:
      return label.empty() ? numbered("state, item", index) : "state[" + std::string(label) + "]";
    case EdgeKind::ReduceCallable:
      return "rebuilt by";
    case EdgeKind::ReduceArgument:
      return numbered("reduce argument", index);
    case EdgeKind::ReduceListItem:
      return numbered("list item", index);
    case EdgeKind::ReduceDictItem:
      return label.empty() ? numbered("dict item", index) : "dict item [" + std::string(label) + "]";
    case EdgeKind::ReduceSetter:
      return "state setter";
    case EdgeKind::CodeConstant:
      return numbered("constant", index);
    case EdgeKind::PostItem:
      return numbered("argument of a later call", index);
    case EdgeKind::PersistentId:
      return "persistent id";
    case EdgeKind::Bound:
      return label.empty() ? std::string("bound to") : "." + std::string(label);
    case EdgeKind::SaverItem:
      return named("saved by a saver", label, index);
    case EdgeKind::kCount:
      break;
  }
  return {};
}

std::string ObjectGraph::edge_text(NodeId node) const {
  return edge_text(columns_.edge[node], columns_.label[node], columns_.index[node]);
}

}  // namespace dill::graph
