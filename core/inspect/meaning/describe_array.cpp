// Arrays of numpy: dtype, shape, order, the first items.
#include <algorithm>

#include "graph/text.h"
#include "inspect/arrays.h"
#include "inspect/meaning/array_dtype.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostItems = 24;  // that are shown

struct ArrayParts {
  std::optional<Item> shape, dtype, data;
  bool fortran = false;
  std::optional<std::uint64_t> raw_end;  // the items lie in the file up to here
};

ArrayParts from_state(const Contents& contents, NodeId state) {
  const auto items = contents.items(state, EdgeKind::Item, 5);
  if (items.size() < 5) return {};
  return {items[1], items[2], items[4], contents.integer(items[3]).value_or(0) != 0, {}};
}

// Where the parts are depends on the function that makes the array.
ArrayParts parts_of(const Contents& contents, NodeId node) {
  const graph::ObjectGraph& graph = contents.graph();
  if (const auto shape = contents.part(node, EdgeKind::Attribute, "shape")) {  // joblib's wrapper
    ArrayParts parts{shape, contents.part(node, EdgeKind::Attribute, "dtype"), {}, false, graph.columns().end[node]};
    if (const auto order = contents.part(node, EdgeKind::Attribute, "order")) {
      parts.fortran = contents.str(*order).value_or("") == "F";
    }
    return parts;
  }
  if (const auto state = contents.items(node, EdgeKind::State, 1); !state.empty()) {
    return from_state(contents, state[0].node);
  }
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 4);
  if (arguments.size() < 3) return {};
  if (graph.type(arguments[2].node) == "tuple" && graph.type(arguments[1].node) == "numpy.dtype") {
    return {arguments[2],
            arguments[1],
            arguments[0],
            arguments.size() > 3 && contents.str(arguments[3]).value_or("") == "F",
            {}};
  }
  return from_state(contents, arguments[2].node);  // dill's _create_array(function, arguments, state)
}

std::vector<std::string> first_items(const Contents& contents, const ArrayParts& parts, const ArrayDType& dtype,
                                     std::uint64_t count, std::size_t most) {
  std::vector<std::string> shown;
  if (dtype.dtype.objects && parts.data) {
    for (const Item& item : contents.items(parts.data->node, EdgeKind::Item, most)) {
      shown.push_back(value_text(contents, item, 60));
    }
    return shown;
  }
  if (dtype.dtype.item.size == 0 || count > contents.bytes().size() / dtype.dtype.item.size) return shown;
  std::string text;
  std::span<const unsigned char> bytes;
  if (parts.raw_end && *parts.raw_end >= count * dtype.dtype.item.size) {
    bytes = contents.bytes().subspan(*parts.raw_end - count * dtype.dtype.item.size);
  } else if (parts.data) {
    text = contents.bytes(*parts.data).value_or("");
    bytes = {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
  }
  for (std::uint64_t i = 0; i < count && i < most && bytes.size() >= dtype.dtype.item.size; ++i) {
    std::string item = item_text(dtype, bytes);
    if (item.empty()) break;
    shown.push_back(std::move(item));
    bytes = bytes.subspan(dtype.dtype.item.size);
  }
  return shown;
}

// numpy.ma: (version, shape, dtype, order, items, a byte for each that is masked, fill value)
void describe_mask(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const auto state = contents.items(node, EdgeKind::State, 1);
  if (state.empty() || !contents.graph().type(node).ends_with(".MaskedArray")) return;
  const auto parts = contents.items(state[0].node, EdgeKind::Item, 7);
  if (parts.size() != 7) return;
  const auto mask = contents.bytes(parts[5]);
  if (!mask) return;
  const auto masked = static_cast<std::uint64_t>(mask->size() - static_cast<std::size_t>(std::ranges::count(*mask, 0)));
  lines.push_back(graph::counted(masked, "item") + " masked");
}

// multiarray.scalar(dtype, bytes)
void describe_scalar(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const auto callable = contents.items(node, EdgeKind::ReduceCallable, 1);
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 2);
  if (callable.empty() || arguments.size() != 2) return;
  if (!contents.graph().type(callable[0].node).ends_with(".multiarray.scalar")) return;
  const auto dtype = dtype_of(contents, arguments[0].node);
  const auto data = contents.bytes(arguments[1]);
  if (!dtype || !data) return;
  std::string text = item_text(*dtype, {reinterpret_cast<const unsigned char*>(data->data()), data->size()});
  if (text.empty()) return;
  const bool time = dtype->dtype.item.kind == 'M' || dtype->dtype.item.kind == 'm';
  if (time) text = graph::python_literal(text);
  const bool enclosed = dtype->dtype.item.kind == 'c' && text.starts_with("(");
  lines.push_back(std::string(contents.graph().type(node)) + (enclosed ? text : "(" + text + ")") +
                  (time || !dtype->fields.empty() ? ", " + dtype_text(*dtype) : ""));
}

}  // namespace

std::optional<ArrayFacts> array_facts(const Contents& contents, NodeId node, std::size_t most) {
  const ArrayParts parts = parts_of(contents, node);
  if (!parts.shape || !parts.dtype) return std::nullopt;
  ArrayFacts facts{dtype_of(contents, parts.dtype->node), {}, {}, parts.fortran};
  for (const Item& length : contents.items(parts.shape->node, EdgeKind::Item, 64)) {
    const auto value = contents.integer(length);
    if (!value || *value < 0) return std::nullopt;
    facts.shape.push_back(static_cast<std::uint64_t>(*value));
  }
  if (facts.dtype) facts.items = first_items(contents, parts, *facts.dtype, item_count(facts.shape), most);
  return facts;
}

void describe_array(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const auto facts = array_facts(contents, node, kMostItems);
  if (!facts) return describe_scalar(contents, node, lines);
  const auto& [dtype, shape, shown, fortran] = *facts;
  const std::uint64_t count = item_count(shape);
  lines.push_back("array: " + array_text(dtype ? dtype_text(*dtype) : "a dtype of its own", shape) +
                  (fortran ? ", column by column" : ""));
  if (!dtype) return;
  lines.push_back(graph::counted(count, "item") + " of " + graph::counted(dtype->dtype.item.size, "byte"));
  if (!shown.empty()) {
    lines.push_back("first items: " + joined(shown) + (shown.size() < count ? ", …" : ""));
  }
  describe_mask(contents, node, lines);
}

}  // namespace dill::inspect
