// What pandas writes: rows, columns with their dtypes, labels. Only the forms that current pandas writes are understood;
// of any other nothing is said.
#include <algorithm>

#include "graph/text.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostLabels = 40;

struct Labels {
  std::uint64_t count;
  std::vector<std::string> first;  // empty if they are not understood
};

// The array in an extension array: the first one among the parts of its state.
NodeId inner_array(const Contents& contents, NodeId array) {
  for (const Item& state : contents.items(array, EdgeKind::State, 1)) {
    for (const Item& part : contents.items(state.node, EdgeKind::Item, 4)) {
      if (contents.graph().type(part.node) == "numpy.ndarray") return part.node;
    }
  }
  return array;
}

std::string dtype_text(const Contents& contents, NodeId array) {
  const std::string_view type = contents.graph().type(array);
  if (type.ends_with(".Categorical")) return "category";
  if (type.ends_with("StringArray")) return "str";
  const auto facts = array_facts(contents, inner_array(contents, array), 0);
  return facts && facts->dtype ? dtype_name(*facts->dtype) : std::string(type);
}

std::optional<Labels> range_labels(const Contents& contents, NodeId index) {
  std::int64_t parts[3];
  const char* const names[] = {"'start'", "'stop'", "'step'"};
  const auto arguments = contents.items(index, EdgeKind::ReduceArgument, 2);
  if (arguments.size() < 2) return std::nullopt;
  for (int i = 0; i < 3; ++i) {
    const auto part = contents.part(arguments[1].node, EdgeKind::DictValue, names[i]);
    const auto value = part ? contents.integer(*part) : std::nullopt;
    constexpr std::int64_t kFar = std::int64_t{1} << 61;  // what follows cannot overflow
    if (!value || *value > kFar || *value < -kFar) return std::nullopt;
    parts[i] = *value;
  }
  const auto [start, stop, step] = parts;
  if (step == 0) return std::nullopt;
  const std::int64_t span = step > 0 ? stop - start : start - stop;
  const std::int64_t width = step > 0 ? step : -step;
  Labels labels{span <= 0 ? 0 : static_cast<std::uint64_t>((span - 1) / width + 1), {}};
  for (std::uint64_t i = 0; i < labels.count && i < kMostLabels; ++i) {
    labels.first.push_back(std::to_string(start + static_cast<std::int64_t>(i) * step));
  }
  return labels;
}

std::optional<Labels> labels_of(const Contents& contents, NodeId index) {
  if (contents.graph().type(index).ends_with(".RangeIndex")) return range_labels(contents, index);
  const auto arguments = contents.items(index, EdgeKind::ReduceArgument, 2);
  if (arguments.size() < 2) return std::nullopt;
  const auto data = contents.part(arguments[1].node, EdgeKind::DictValue, "'data'");
  if (!data) return std::nullopt;
  const auto facts = array_facts(contents, inner_array(contents, data->node), kMostLabels);
  if (!facts || facts->shape.size() != 1) return std::nullopt;
  return Labels{facts->shape[0], facts->items};
}

// The columns that a block holds: slice(start, stop, step). Others are not understood.
std::vector<std::size_t> places_of(const Contents& contents, NodeId slice) {
  std::vector<std::size_t> places;
  if (contents.graph().type(slice) != "slice") return places;
  const auto parts = contents.items(slice, EdgeKind::ReduceArgument, 3);
  if (parts.size() != 3) return places;
  const auto start = contents.integer(parts[0]), stop = contents.integer(parts[1]), step = contents.integer(parts[2]);
  if (!start || !stop || !step || *start < 0 || *step <= 0 || *stop > std::int64_t{1} << 61) return places;
  for (std::int64_t at = *start; at < *stop && at < static_cast<std::int64_t>(kMostLabels); at += *step) {
    places.push_back(static_cast<std::size_t>(at));
    if (*step > static_cast<std::int64_t>(kMostLabels)) break;
  }
  return places;
}

void describe_index(const Contents& contents, NodeId index, std::string_view what, std::vector<std::string>& lines) {
  const auto labels = labels_of(contents, index);
  if (!labels) return;
  std::string line = std::string(what) + graph::counted(labels->count, "label");
  if (!labels->first.empty()) line += ": " + joined(labels->first);
  lines.push_back(line + (labels->first.size() < labels->count && !labels->first.empty() ? ", …" : ""));
}

// BlockManager(blocks, [columns, rows])
void describe_blocks(const Contents& contents, NodeId manager, std::vector<std::string>& lines) {
  const auto arguments = contents.items(manager, EdgeKind::ReduceArgument, 2);
  if (arguments.size() < 2) return;
  const auto axes = contents.items(arguments[1].node, EdgeKind::Item, 2);
  if (axes.size() < 2) return;
  const auto columns = labels_of(contents, axes[0].node), rows = labels_of(contents, axes[1].node);
  if (!columns) return;
  lines.push_back((rows ? graph::counted(rows->count, "row") + ", " : "") + graph::counted(columns->count, "column"));
  std::vector<std::string> named = columns->first;
  for (const Item& block : contents.items(arguments[0].node, EdgeKind::Item, kMostLabels)) {
    const auto parts = contents.items(block.node, EdgeKind::ReduceArgument, 2);
    if (parts.size() < 2) continue;
    const std::string dtype = dtype_text(contents, parts[0].node);
    for (const std::size_t place : places_of(contents, parts[1].node)) {
      if (place < named.size()) named[place] += " (" + dtype + ")";
    }
  }
  if (!named.empty()) {
    lines.push_back("columns: " + joined(named) + (named.size() < columns->count ? ", …" : ""));
  }
  describe_index(contents, axes[1].node, "index: ", lines);
}

// SingleBlockManager: state ([rows], [values], ...)
void describe_series(const Contents& contents, NodeId manager, std::vector<std::string>& lines) {
  const auto state = contents.items(manager, EdgeKind::State, 1);
  if (state.empty()) return;
  const auto parts = contents.items(state[0].node, EdgeKind::Item, 2);
  if (parts.size() < 2) return;
  const auto rows = contents.items(parts[0].node, EdgeKind::Item, 1);
  const auto values = contents.items(parts[1].node, EdgeKind::Item, 1);
  if (rows.empty() || values.empty()) return;
  if (const auto labels = labels_of(contents, rows[0].node)) {
    lines.push_back(graph::counted(labels->count, "row") + " of " + dtype_text(contents, values[0].node));
  }
  const auto facts = array_facts(contents, inner_array(contents, values[0].node), kMostLabels);
  const bool codes = contents.graph().type(values[0].node).ends_with(".Categorical");
  if (facts && !facts->items.empty() && !codes) lines.push_back("first values: " + joined(facts->items));
  describe_index(contents, rows[0].node, "index: ", lines);
}

}  // namespace

void describe_frame(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const std::string_view type = contents.graph().type(node);
  if (type.ends_with("Index")) return describe_index(contents, node, "", lines);
  const auto manager = contents.part(node, EdgeKind::Attribute, "_mgr");
  if (!manager) return;
  if (contents.graph().type(manager->node).ends_with(".SingleBlockManager")) {
    describe_series(contents, manager->node, lines);
  } else {
    describe_blocks(contents, manager->node, lines);
  }
}

}  // namespace dill::inspect
