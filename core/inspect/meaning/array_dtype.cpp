#include "inspect/meaning/array_dtype.h"

#include "graph/text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostFields = 100;
constexpr std::size_t kStateParts = 9;  // version, order, subarray, names, fields, size, alignment, flags, metadata

// (metadata, (unit, count, ...))
TimeUnit unit_of(const Contents& contents, NodeId metadata) {
  const auto pair = contents.items(metadata, EdgeKind::Item, 2);
  if (pair.size() != 2) return {};
  const auto parts = contents.items(pair[1].node, EdgeKind::Item, 2);
  if (parts.size() != 2) return {};
  return time_unit(contents.bytes(parts[0]).value_or(""), contents.integer(parts[1]).value_or(1));
}

// What the dtype says of itself, its fields left out.
std::optional<DType> plain_dtype(const Contents& contents, NodeId node, std::vector<Item>& state) {
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 1);
  if (contents.graph().type(node) != "numpy.dtype" || arguments.empty()) return std::nullopt;
  if (const auto tuple = contents.items(node, EdgeKind::State, 1); !tuple.empty()) {
    state = contents.items(tuple[0].node, EdgeKind::Item, kStateParts);
  }
  DType dtype{};
  if (contents.graph().type(arguments[0].node) == "numpy.record") {
    const auto size = state.size() > 5 ? contents.integer(state[5]) : std::nullopt;
    if (!size || *size < 0) return std::nullopt;
    dtype.item = {'V', static_cast<std::uint64_t>(*size)};
  } else {
    const auto item = item_type(contents.str(arguments[0]).value_or(""));
    if (!item) return std::nullopt;
    dtype.item = *item;
  }
  dtype.objects = dtype.item.kind == 'O';
  if (state.size() > 1) {
    const std::string order = contents.str(state[1]).value_or("");
    if (!order.empty()) dtype.order = order[0];
  }
  if (state.size() == kStateParts) dtype.unit = unit_of(contents, state[8].node);
  return dtype;
}

}  // namespace

std::optional<ArrayDType> dtype_of(const Contents& contents, NodeId node) {
  std::vector<Item> state;
  const auto plain = plain_dtype(contents, node, state);
  if (!plain) return std::nullopt;
  ArrayDType found{*plain, {}};
  if (plain->item.kind != 'V' || state.size() < 5) return found;
  // names: a tuple; fields: name -> (dtype, offset)
  for (const Item& name : contents.items(state[3].node, EdgeKind::Item, kMostFields)) {
    const std::string text = contents.str(name).value_or("");
    const auto field = contents.part(state[4].node, EdgeKind::DictValue, graph::python_literal(text));
    const auto parts = field ? contents.items(field->node, EdgeKind::Item, 2) : std::vector<Item>();
    if (parts.size() != 2) return ArrayDType{*plain, {}};
    std::vector<Item> ignored;
    const auto dtype = plain_dtype(contents, parts[0].node, ignored);
    const auto offset = contents.integer(parts[1]);
    if (!dtype || !offset || *offset < 0) return ArrayDType{*plain, {}};
    found.fields.push_back({text, *dtype, static_cast<std::uint64_t>(*offset)});
  }
  return found;
}

std::string dtype_text(const ArrayDType& dtype) {
  if (dtype.fields.empty()) return (dtype.dtype.order == '>' ? ">" : "") + dtype_name(dtype.dtype);
  std::string text = "[";
  for (const DTypeField& field : dtype.fields) {
    text +=
        (text.size() == 1 ? "(" : ", (") + graph::python_literal(field.name) + ", '" + dtype_name(field.dtype) + "')";
  }
  return text + "]";
}

std::string item_text(const ArrayDType& dtype, std::span<const unsigned char> bytes) {
  if (dtype.fields.empty()) return item_text(dtype.dtype, bytes);
  if (bytes.size() < dtype.dtype.item.size) return {};
  std::string text = "(";
  for (const DTypeField& field : dtype.fields) {
    const bool inside = field.offset <= dtype.dtype.item.size;
    const std::string item =
        inside ? item_text(field.dtype, bytes.first(dtype.dtype.item.size).subspan(field.offset)) : std::string();
    text += (text.size() == 1 ? "" : ", ") + (item.empty() ? "?" : item);
  }
  return text + ")";
}

}  // namespace dill::inspect
