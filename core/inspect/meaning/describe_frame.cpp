// What pandas writes: rows, columns with their dtypes, labels. Only the forms that current pandas writes are understood;
// of any other nothing is said.
#include <algorithm>

#include "graph/text.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/pandas_values.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostLabels = 40;
constexpr std::size_t kMostLevels = 16;
constexpr std::size_t kMostLevelLabels = 8;
constexpr std::size_t kNameBytes = 80;

// The columns that a block holds: slice(start, stop, step), or an array of places.
std::vector<std::size_t> places_of(const Contents& contents, NodeId placement) {
  std::vector<std::size_t> places;
  if (contents.graph().type(placement) == "numpy.ndarray") {
    for (const std::string& place : array_values(contents, placement, kMostLabels).first) {
      const bool number =
          !place.empty() && place.size() < 10 && place.find_first_not_of("0123456789") == std::string::npos;
      if (number) places.push_back(std::stoul(place));
    }
    return places;
  }
  if (contents.graph().type(placement) != "slice") return places;
  const auto parts = contents.items(placement, EdgeKind::ReduceArgument, 3);
  if (parts.size() != 3) return places;
  const auto start = contents.integer(parts[0]), stop = contents.integer(parts[1]), step = contents.integer(parts[2]);
  if (!start || !stop || !step || *start < 0 || *step <= 0 || *stop > std::int64_t{1} << 61) return places;
  for (std::int64_t at = *start; at < *stop && at < static_cast<std::int64_t>(kMostLabels); at += *step) {
    places.push_back(static_cast<std::size_t>(at));
    if (*step > static_cast<std::int64_t>(kMostLabels)) break;
  }
  return places;
}

// "'price'" of an index or a Series that has a name; "" for one without.
std::string name_text(const Contents& contents, const std::optional<Item>& name) {
  if (!name || contents.graph().type(name->node) == "NoneType") return {};
  return value_text(contents, *name, kNameBytes);
}

std::string first_text(const PandasValues& values) {
  if (values.first.empty()) return {};
  return joined(values.first) + (values.first.size() < values.count ? ", …" : "");
}

// "levels: 'k' (2: 'a', 'b'), 'n' (2: 1, 2)"
void describe_levels(const Contents& contents, NodeId index, std::vector<std::string>& lines) {
  const auto levels = index_part(contents, index, "levels");
  if (!levels) return;
  const auto names = index_part(contents, index, "names");
  const auto name_items = names ? contents.items(names->node, EdgeKind::Item, kMostLevels) : std::vector<Item>();
  std::vector<std::string> texts;
  for (const Item& level : contents.items(levels->node, EdgeKind::Item, kMostLevels)) {
    const std::string name = texts.size() < name_items.size() ? name_text(contents, name_items[texts.size()]) : "";
    const auto labels = index_values(contents, level.node, kMostLevelLabels);
    std::string text = name.empty() ? std::string("without a name") : name;
    if (labels) {
      text +=
          " (" + graph::grouped_digits(labels->count) + (labels->first.empty() ? "" : ": " + first_text(*labels)) + ")";
    }
    texts.push_back(std::move(text));
  }
  lines.push_back("levels: " + joined(texts));
}

std::string categories_text(const Categories& categories) {
  std::string text = graph::counted(categories.values.count, categories.ordered ? "ordered category" : "category");
  if (text.ends_with("categorys")) text.replace(text.size() - 9, 9, "categories");
  return text + (categories.values.first.empty() ? "" : ": " + first_text(categories.values));
}

// An index of its own; `what`: "index" for that of a frame.
void describe_index(const Contents& contents, NodeId index, std::string_view what, std::vector<std::string>& lines) {
  const auto labels = index_values(contents, index, kMostLabels);
  if (!labels) return;
  const std::string name = name_text(contents, index_part(contents, index, "name"));
  std::string line(what);
  if (!what.empty()) line += (name.empty() ? "" : " " + name) + ": ";
  line += graph::counted(labels->count, "label");
  if (!labels->first.empty()) line += ": " + first_text(*labels);
  lines.push_back(line);
  describe_levels(contents, index, lines);
  if (contents.graph().type(index).ends_with(".RangeIndex")) {
    if (what.empty() && !name.empty()) lines.push_back("name: " + name);
    return;
  }
  std::string more;
  if (what.empty() && !labels->dtype.empty()) more += "dtype: " + labels->dtype;
  if (const auto freq = index_part(contents, index, "freq"); freq && contents.graph().type(freq->node) != "NoneType") {
    more += (more.empty() ? "" : ", ") + std::string("freq: ") + value_text(contents, *freq, kNameBytes);
  }
  if (what.empty() && !name.empty()) more += (more.empty() ? "" : ", ") + std::string("name: ") + name;
  if (!more.empty()) lines.push_back(more);
  if (const auto data = index_part(contents, index, "data")) {
    if (const auto found = categories_of(contents, data->node, kMostLabels)) lines.push_back(categories_text(*found));
  }
}

// BlockManager(blocks, [columns, rows])
void describe_blocks(const Contents& contents, NodeId manager, std::vector<std::string>& lines) {
  const auto arguments = contents.items(manager, EdgeKind::ReduceArgument, 2);
  if (arguments.size() < 2) return;
  const auto axes = contents.items(arguments[1].node, EdgeKind::Item, 2);
  if (axes.size() < 2) return;
  const auto columns = index_values(contents, axes[0].node, kMostLabels);
  const auto rows = index_values(contents, axes[1].node, kMostLabels);
  if (!columns) return;
  lines.push_back((rows ? graph::counted(rows->count, "row") + ", " : "") + graph::counted(columns->count, "column"));
  std::vector<std::string> named = columns->first;
  for (const Item& block : contents.items(arguments[0].node, EdgeKind::Item, kMostLabels)) {
    const auto parts = contents.items(block.node, EdgeKind::ReduceArgument, 2);
    if (parts.size() < 2) continue;
    const std::string dtype = array_values(contents, parts[0].node, 0).dtype;
    for (const std::size_t place : places_of(contents, parts[1].node)) {
      if (place < named.size()) named[place] += " (" + dtype + ")";
    }
  }
  if (!named.empty()) {
    lines.push_back("columns: " + joined(named) + (named.size() < columns->count ? ", …" : ""));
  }
  describe_index(contents, axes[1].node, "index", lines);
}

// SingleBlockManager: state ([rows], [values], ...)
void describe_series(const Contents& contents, NodeId series, NodeId manager, std::vector<std::string>& lines) {
  const auto state = contents.items(manager, EdgeKind::State, 1);
  if (state.empty()) return;
  const auto parts = contents.items(state[0].node, EdgeKind::Item, 2);
  if (parts.size() < 2) return;
  const auto rows = contents.items(parts[0].node, EdgeKind::Item, 1);
  const auto blocks = contents.items(parts[1].node, EdgeKind::Item, 1);
  if (rows.empty() || blocks.empty()) return;
  const PandasValues values = array_values(contents, blocks[0].node, kMostLabels);
  const auto labels = index_values(contents, rows[0].node, 0);
  const std::string name = name_text(contents, contents.part(series, EdgeKind::Attribute, "_name"));
  const std::uint64_t count = labels ? labels->count : values.count;
  lines.push_back(graph::counted(count, "row") + " of " + values.dtype + (name.empty() ? "" : ", named " + name));
  if (!values.first.empty()) lines.push_back("first values: " + first_text(values));
  if (const auto found = categories_of(contents, blocks[0].node, kMostLabels)) lines.push_back(categories_text(*found));
  describe_index(contents, rows[0].node, "index", lines);
}

// An array of an extension type, such as a Categorical, or the dtype of one.
void describe_values(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const std::string_view type = contents.graph().type(node);
  if (!type.ends_with("Dtype")) {
    const PandasValues values = array_values(contents, node, kMostLabels);
    if (values.dtype == type) return;
    lines.push_back("array: " + graph::counted(values.count, "value") + " of " + values.dtype);
    if (!values.first.empty()) lines.push_back("first values: " + first_text(values));
  }
  if (const auto found = categories_of(contents, node, kMostLabels)) lines.push_back(categories_text(*found));
}

}  // namespace

void describe_frame(const Contents& contents, NodeId node, std::vector<std::string>& lines) {
  const std::string_view type = contents.graph().type(node);
  if (type.ends_with("Index")) return describe_index(contents, node, "", lines);
  if (type.ends_with("Array") || type.ends_with(".Categorical") || type.ends_with("Dtype")) {
    return describe_values(contents, node, lines);
  }
  const auto manager = contents.part(node, EdgeKind::Attribute, "_mgr");
  if (!manager) return;
  if (contents.graph().type(manager->node).ends_with(".SingleBlockManager")) {
    describe_series(contents, node, manager->node, lines);
  } else {
    describe_blocks(contents, manager->node, lines);
  }
}

}  // namespace dill::inspect
