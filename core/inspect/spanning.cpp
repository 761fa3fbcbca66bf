#include "inspect/spanning.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "graph/graph_builder.h"
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
  explicit Spanning(const Values& values)
      : values_(values), node_(values.size(), kNoNode), has_place_(values.size(), false) {
    builder_.reserve(values.size());
  }

  void add_root(const Root& root, std::uint32_t index) {
    const ValueId value = resolve(root.value);
    if (node_[value] != kNoNode) return;  // it hangs below an earlier root
    mark_places(value);
    const NodeId node = add_node(value, kNoNode, {kNone, kNone, 0, index, 1, EdgeKind::Root, true}, root.label);
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
        const NodeId node = add_node(child, parent, edge, values_.string(edge.label));
        if (values_[child].first_edge != kNone) open.push_back({node, values_[child].first_edge});
      } else {
        pending_.push_back({parent, id});
      }
    }
  }

  NodeId add_node(ValueId id, NodeId parent, const Edge& edge, std::string_view label) {
    const Value& value = values_[id];
    const std::string_view type = value.type == 0 ? builtin_type(value.kind) : values_.string(value.type);
    const NodeId node = builder_.add_node(parent, edge.kind, label, edge.index, type);
    node_[id] = node;
    builder_.set_begin(node, value.begin);
    // The bytes of a leaf that was written as a key or a name belong to the object which has that key or name.
    builder_.set_end(node, value.is_leaf() && !edge.original ? value.begin : value.end);
    builder_.set_reduction(node, value.reduction);
    if (edge.count > 1) {
      builder_.set_count(node, edge.count);
    } else if (value.memo != graph::kNoMemo) {
      builder_.set_memo(node, value.memo);
    }
    if (value.kind == Kind::Unfinished) builder_.set_outcome(node, graph::Outcome::NotExamined);
    if (value.kind == Kind::Remainder) {
      builder_.set_outcome(node, graph::Outcome::Folded);
      builder_.set_count(node, static_cast<std::uint32_t>(std::clamp<std::uint64_t>(value.number, 1, kNone)));
    }
    describe(node, value);
    return node;
  }

  void describe(NodeId node, const Value& value) {
    switch (value.kind) {
      case Kind::None:
        break;
      case Kind::Bool:
        builder_.set_bool(node, value.number != 0);
        break;
      case Kind::Int:
        if (value.big) {
          builder_.set_text(node, values_.integer_text(value));
        } else {
          builder_.set_int(node, static_cast<std::int64_t>(value.number));
        }
        break;
      case Kind::Float:
        builder_.set_float(node, std::bit_cast<double>(value.number));
        break;
      case Kind::Str:
        builder_.set_str(node, values_.text(value, graph::kDetailBytes + 4), values_.text_length(value));
        break;
      case Kind::Bytes:
      case Kind::ByteArray:
        if (value.note != 0) {  // made by a call that was folded
          builder_.set_text(node, values_.string(value.note));
          break;
        }
        builder_.set_bytes(node, values_.text(value, graph::kDetailBytes + 4), values_.text_length(value));
        break;
      case Kind::List:
      case Kind::Tuple:
      case Kind::Dict:
      case Kind::Set:
      case Kind::FrozenSet:
        builder_.set_length(node, value.length);
        break;
      case Kind::Remainder:
        builder_.set_text(node, remainder_text(value));
        break;
      default:
        if (value.note != 0) builder_.set_text(node, values_.string(value.note));
    }
  }

  const Values& values_;
  std::vector<NodeId> node_;
  std::vector<bool> has_place_;  // hangs where it was written, below a root
  std::vector<Pending> pending_;
  graph::GraphBuilder builder_;
};

}  // namespace

std::shared_ptr<const graph::ObjectGraph> span_graph(const Values& values, std::span<const Root> roots) {
  Spanning spanning(values);
  std::uint32_t index = 0;
  for (const Root& root : roots) spanning.add_root(root, index++);
  return spanning.finish();
}

}  // namespace dill::inspect
