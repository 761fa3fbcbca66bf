#include "inspect/spanning.h"

#include <algorithm>
#include <array>
#include <vector>

#include "graph/graph_builder.h"
#include "graph/lazy_reserve.h"
#include "graph/text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::kNoNode;
using graph::NodeId;

namespace {

std::string_view builtin_type(Kind kind) {
  switch (kind) {
    case Kind::None:
      return "NoneType";
    case Kind::Bool:
      return "bool";
    case Kind::Int:
      return "int";
    case Kind::Float:
      return "float";
    case Kind::Str:
      return "str";
    case Kind::Bytes:
      return "bytes";
    case Kind::ByteArray:
      return "bytearray";
    case Kind::List:
      return "list";
    case Kind::Tuple:
      return "tuple";
    case Kind::Dict:
      return "dict";
    case Kind::Set:
      return "set";
    case Kind::FrozenSet:
      return "frozenset";
    case Kind::Global:
      return "global";
    case Kind::Object:
      return "object";
    case Kind::Persistent:
      return "persistent object";
    case Kind::Extension:
      return "extension";
    case Kind::Buffer:
      return "buffer";
    case Kind::Unfinished:
      return "unfinished";
    case Kind::Remainder:
      return "remainder";
  }
  return "object";
}

// "12,000 more items (36,000 objects), bytes 400 to 90,000"
std::string remainder_text(const Value& remainder) {
  std::string text = graph::counted(remainder.length, "more item");
  if (remainder.number > remainder.length) text += " (" + graph::counted(remainder.number, "object") + ")";
  return text + ", bytes " + graph::grouped_digits(remainder.begin) + " to " + graph::grouped_digits(remainder.end);
}

class Spanning {
 public:
  explicit Spanning(const Values& values) : values_(values), has_place_(values.size(), false) {
    graph::reserve_lazily(node_, values.size());
    node_.assign(values.size(), kNoNode);
    builder_.reserve(values.size());
  }

  void add_root(const Root& root, std::uint32_t index) {
    const ValueId value = resolve(root.value);
    if (node_[value] != kNoNode) return;  // it hangs below an earlier root
    mark_places(value);
    const NodeId node =
        add_node(value, kNoNode, {kNone, kNone, 0, index, 1, EdgeKind::Root, true}, builder_.intern(root.label));
    walk(value, node);
  }

  std::shared_ptr<const graph::ObjectGraph> finish() {
    for (const Pending& p : pending_) {
      const Edge& edge = values_.edge(p.edge);
      const NodeId target = node_[resolve(edge.child)];
      if (target != kNoNode) builder_.add_reference(p.from, target, edge.kind, values_.string(edge.label), edge.index);
    }
    return builder_.finish();
  }

 private:
  struct Step {
    NodeId node;
    EdgeId next;
  };
  struct Pending {
    NodeId from;
    EdgeId edge;
  };

  // What stands in the graph for a value. Only tuples and dicts are parts, and only of objects: one step is enough.
  ValueId resolve(ValueId value) const {
    const ValueId whole = values_[value].part_of;
    return whole == kNone ? value : whole;
  }

  // Marks what hangs below `root` by the places where it was written.
  void mark_places(ValueId root) {
    std::vector<ValueId> open{root};
    while (!open.empty()) {
      const ValueId value = open.back();
      open.pop_back();
      if (has_place_[value]) continue;
      has_place_[value] = true;
      for (EdgeId e = values_[value].first_edge; e != kNone; e = values_.edge(e).next) {
        const Edge& edge = values_.edge(e);
        const ValueId child = resolve(edge.child);
        if (edge.original && !has_place_[child]) open.push_back(child);
      }
    }
  }

  void walk(ValueId root, NodeId root_node) {
    std::vector<Step> open{{root_node, values_[root].first_edge}};
    while (!open.empty()) {
      Step& step = open.back();
      if (step.next == kNone) {
        open.pop_back();
        continue;
      }
      const EdgeId id = step.next;
      const NodeId parent = step.node;
      const Edge& edge = values_.edge(id);
      step.next = edge.next;
      const ValueId child = resolve(edge.child);
      // A folded leaf has no node, but whoever else refers to it shows what it refers to.
      const bool has_place = has_place_[child] && !values_[child].folded;
      if (node_[child] == kNoNode && (edge.original || !has_place)) {
        // Below a value that hangs at a reference, others may have their places.
        if (!has_place_[child]) mark_places(child);
        const NodeId node = add_node(child, parent, edge, string_id(edge.label));
        if (values_[child].first_edge != kNone) open.push_back({node, values_[child].first_edge});
      } else {
        pending_.push_back({parent, id});
      }
    }
  }

  NodeId add_node(ValueId id, NodeId parent, const Edge& edge, graph::StringId label) {
    const Value& value = values_[id];
    graph::NodeRow row{
        .parent = parent,
        .edge = edge.kind,
        .reduction = value.reduction,
        .label = label,
        .type = value.type == 0 ? builtin_type_id(value.kind) : string_id(value.type),
        .index = edge.index,
        .begin = value.begin,
        // The bytes of a leaf that was written as a key or a name belong to the object which has that key or name.
        .end = value.is_leaf() && !edge.original ? value.begin : value.end};
    if (edge.count > 1) {
      row.count = edge.count;
    } else {
      row.memo = value.memo;
    }
    if (value.kind == Kind::Unfinished) row.outcome = graph::Outcome::NotExamined;
    if (value.kind == Kind::Remainder) {
      row.outcome = graph::Outcome::Folded;
      row.count = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(value.number, 1, kNone));
    }
    describe(row, value);
    const NodeId node = builder_.add_node(row);
    node_[id] = node;
    describe(node, value);
    return node;
  }

  // The details that are a number.
  static void describe(graph::NodeRow& row, const Value& value) {
    const auto detail = [&](graph::DetailKind kind, std::uint64_t number) {
      row.detail_kind = kind;
      row.detail = number;
    };
    switch (value.kind) {
      case Kind::Bool:
        return detail(graph::DetailKind::Bool, value.number != 0 ? 1 : 0);
      case Kind::Int:
        return value.big ? void() : detail(graph::DetailKind::Int, value.number);
      case Kind::Float:
        return detail(graph::DetailKind::Float, value.number);
      case Kind::List:
      case Kind::Tuple:
      case Kind::Dict:
      case Kind::Set:
      case Kind::FrozenSet:
        return detail(graph::DetailKind::Length, value.length);
      default:
        return;
    }
  }

  // All others.
  void describe(NodeId node, const Value& value) {
    constexpr std::size_t kBeginning = graph::kDetailBytes + 4;
    switch (value.kind) {
      case Kind::None:
      case Kind::Bool:
      case Kind::Float:
      case Kind::List:
      case Kind::Tuple:
      case Kind::Dict:
      case Kind::Set:
      case Kind::FrozenSet:
        break;
      case Kind::Int:
        if (value.big) builder_.set_text(node, values_.integer_text(value));
        break;
      case Kind::Str:
        if (value.encoding == Encoding::Plain) {
          builder_.set_str(node, values_.stored(value, kBeginning), values_.text_length(value));
        } else {
          builder_.set_str(node, values_.text(value, kBeginning), values_.text_length(value));
        }
        break;
      case Kind::Bytes:
      case Kind::ByteArray:
        if (value.note != 0) {  // made by a call that was folded
          builder_.set_text(node, values_.string(value.note));
          break;
        }
        builder_.set_bytes(node, values_.text(value, kBeginning), values_.text_length(value));
        break;
      case Kind::Remainder:
        builder_.set_text(node, remainder_text(value));
        break;
      default:
        if (value.note != 0) builder_.set_text(node, values_.string(value.note));
    }
  }

  // The graph's id of a string of the store; each is looked up once only.
  graph::StringId string_id(graph::StringId id) {
    if (id == 0) return 0;
    if (id >= string_ids_.size()) string_ids_.resize(std::size_t{id} + 1, 0);
    if (string_ids_[id] == 0) string_ids_[id] = builder_.intern(values_.string(id));
    return string_ids_[id];
  }

  graph::StringId builtin_type_id(Kind kind) {
    graph::StringId& id = type_ids_[static_cast<std::size_t>(kind)];
    if (id == 0) id = builder_.intern(builtin_type(kind));
    return id;
  }

  const Values& values_;
  std::vector<NodeId> node_;
  std::vector<bool> has_place_;  // hangs where it was written, below a root
  std::vector<Pending> pending_;
  graph::GraphBuilder builder_;
  std::vector<graph::StringId> string_ids_;  // 0: not asked for yet
  std::array<graph::StringId, static_cast<std::size_t>(Kind::Remainder) + 1> type_ids_{};
};

}  // namespace

std::shared_ptr<const graph::ObjectGraph> span_graph(const Values& values, std::span<const Root> roots) {
  Spanning spanning(values);
  std::uint32_t index = 0;
  for (const Root& root : roots) spanning.add_root(root, index++);
  return spanning.finish();
}

}  // namespace dill::inspect
