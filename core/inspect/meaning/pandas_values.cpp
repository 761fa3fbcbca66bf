#include "inspect/meaning/pandas_values.h"

#include <algorithm>

#include "graph/text.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostLevels = 16;        // of a MultiIndex that are read
constexpr std::size_t kMostDistinct = 10'000;  // categories or labels of a level that are read
constexpr std::size_t kLabelBytes = 60;

// How deep arrays of arrays are followed: a Categorical has an Index, which has an array.
constexpr int kDeepest = 4;

PandasValues values_of(const Contents& contents, NodeId array, std::size_t most, int depth);
std::optional<PandasValues> labels_of(const Contents& contents, NodeId index, std::size_t most, int depth);

// The part of a pandas array's state that is of that type: (dtype, array, ...) from pandas 1.3 on.
std::optional<Item> state_part(const Contents& contents, NodeId array, std::string_view type_end) {
  for (const Item& state : contents.items(array, EdgeKind::State, 1)) {
    for (const Item& part : contents.items(state.node, EdgeKind::Item, 4)) {
      if (contents.graph().type(part.node).ends_with(type_end)) return part;
    }
  }
  return std::nullopt;
}

std::optional<Item> attribute(const Contents& contents, NodeId node, std::string_view name) {
  return contents.part(node, EdgeKind::Attribute, name);
}

PandasValues plain(const Contents& contents, NodeId array, std::size_t most) {
  const auto facts = array_facts(contents, array, most);
  if (!facts) return {0, {}, {}};
  PandasValues found{1, facts->dtype ? dtype_text(*facts->dtype) : std::string(), facts->items};
  for (const std::uint64_t length : facts->shape) found.count = item_count(std::vector{found.count, length});
  return found;
}

std::optional<std::int64_t> as_number(std::string_view text) {
  std::int64_t number = 0;
  if (text.empty() || text.size() > 18) return std::nullopt;
  for (const char c : text.substr(text[0] == '-' ? 1 : 0)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return text[0] == '-' ? -number : number;
}

// Texts instead of the numbers that stand for them; -1 stands for no value.
std::vector<std::string> decoded(const std::vector<std::string>& codes, const std::vector<std::string>& words) {
  std::vector<std::string> found;
  for (const std::string& code : codes) {
    const auto place = as_number(code);
    if (!place) return {};
    const bool known = *place >= 0 && *place < static_cast<std::int64_t>(words.size());
    found.push_back(known ? words[static_cast<std::size_t>(*place)] : *place < 0 ? "nan" : "…");
  }
  return found;
}

std::optional<Categories> categories(const Contents& contents, NodeId node, std::size_t most, int depth) {
  std::optional<Item> dtype = contents.whole(node);
  if (contents.graph().type(node).ends_with(".Categorical")) {
    dtype = state_part(contents, node, ".CategoricalDtype");
    if (!dtype) dtype = attribute(contents, node, "_dtype");
  }
  if (!dtype) return std::nullopt;
  const auto index = attribute(contents, dtype->node, "categories");
  if (!index) return std::nullopt;
  const auto labels = labels_of(contents, index->node, most, depth);
  if (!labels) return std::nullopt;
  const auto ordered = attribute(contents, dtype->node, "ordered");
  return Categories{*labels, ordered && contents.integer(*ordered).value_or(0) != 0};
}

PandasValues categorical(const Contents& contents, NodeId array, std::size_t most, int depth) {
  auto codes = state_part(contents, array, "numpy.ndarray");
  if (!codes) codes = attribute(contents, array, "_codes");
  PandasValues found;
  if (codes) found = plain(contents, codes->node, most);
  const auto words = most == 0 ? std::nullopt : categories(contents, array, kMostDistinct, depth);
  return {found.count, "category", words ? decoded(found.first, words->values.first) : std::vector<std::string>()};
}

// "UTC", "Europe/Berlin"
std::string zone_name(const Contents& contents, const Item& zone) {
  const std::string_view type = contents.graph().type(zone.node);
  if (type == "zoneinfo.ZoneInfo" || type == "result of pytz._p") {
    const auto arguments = contents.items(zone.node, EdgeKind::ReduceArgument, 1);
    if (!arguments.empty()) return contents.str(arguments[0]).value_or("?");
  }
  const std::string text = value_text(contents, zone, kLabelBytes);
  const bool utc = text == "datetime.timezone.utc" || type == "result of pytz._UTC";
  return utc ? "UTC" : text;
}

// Dates and durations: the array has the unit, the dtype the time zone.
PandasValues moments(const Contents& contents, NodeId array, const Item& inner, std::size_t most) {
  PandasValues found = plain(contents, inner.node, most);
  if (const auto dtype = state_part(contents, array, ".DatetimeTZDtype"); dtype && found.dtype.ends_with(']')) {
    if (const auto zone = attribute(contents, dtype->node, "tz")) {
      found.dtype.pop_back();
      found.dtype += ", " + zone_name(contents, *zone) + "]";
      // In the array they are of UTC.
      for (std::string& each : found.first)
        each += each == "NaT" ? "" : each.find('T') == std::string::npos ? "T00:00Z" : "Z";
    }
  }
  return found;
}

// Numbers of days, months ... whose unit is in the text "period[M]".
PandasValues periods(const Contents& contents, NodeId array, const Item& inner, std::size_t most) {
  PandasValues found = plain(contents, inner.node, most);
  const auto dtype = state_part(contents, array, ".PeriodDtype");
  const auto arguments = dtype ? contents.items(dtype->node, EdgeKind::ReduceArgument, 1) : std::vector<Item>();
  found.dtype = arguments.empty() ? "period" : contents.str(arguments[0]).value_or("period");
  std::string unit = found.dtype.substr(std::min(found.dtype.size(), found.dtype.find('[') + 1));
  unit = unit.substr(0, unit.find_first_of("]-"));
  if (unit == "min") unit = "m";
  if (unit == "A") unit = "Y";
  const TimeUnit known = unit == "W" ? TimeUnit{} : time_unit(unit, 1);
  for (std::string& each : found.first) {
    if (const auto number = as_number(each); number && !known.name.empty()) each = datetime64_text(*number, known);
  }
  return found;
}

// IntegerArray, FloatingArray, BooleanArray: values, and which of them are none.
PandasValues masked(const Contents& contents, const Item& data, const Item& mask, std::size_t most) {
  PandasValues found = plain(contents, data.node, most);
  const PandasValues none = plain(contents, mask.node, most);
  for (std::size_t i = 0; i < found.first.size() && i < none.first.size(); ++i) {
    if (none.first[i] == "True") found.first[i] = "<NA>";
  }
  if (found.dtype == "bool") {
    found.dtype = "boolean";
  } else if (found.dtype.starts_with("uint")) {
    found.dtype = "UI" + found.dtype.substr(2);
  } else if (!found.dtype.empty() && found.dtype[0] >= 'a' && found.dtype[0] <= 'z') {
    found.dtype[0] = static_cast<char>(found.dtype[0] - 'a' + 'A');
  }
  return found;
}

PandasValues values_of(const Contents& contents, NodeId array, std::size_t most, int depth) {
  const std::string_view type = contents.graph().type(array);
  if (depth > kDeepest) return {0, std::string(type), {}};
  if (type.ends_with(".Categorical")) return categorical(contents, array, most, depth + 1);
  const auto data = attribute(contents, array, "_data"), mask = attribute(contents, array, "_mask");
  if (data && mask) return masked(contents, *data, *mask, most);
  if (const auto values = attribute(contents, array, "_sparse_values")) {
    return {0, "Sparse[" + plain(contents, values->node, 0).dtype + "]", {}};
  }
  auto inner = state_part(contents, array, "numpy.ndarray");
  if (!inner) inner = attribute(contents, array, "_ndarray");
  PandasValues found;
  if (!inner) {
    found = plain(contents, array, most);
  } else if (type.ends_with(".PeriodArray")) {
    found = periods(contents, array, *inner, most);
  } else {
    found = moments(contents, array, *inner, most);
  }
  if (type.ends_with("StringArray")) found.dtype = "str";
  if (found.dtype.empty()) found.dtype = type;
  return found;
}

std::optional<PandasValues> range_labels(const Contents& contents, NodeId index, std::size_t most) {
  std::int64_t parts[3];
  const std::string_view names[] = {"start", "stop", "step"};
  for (int i = 0; i < 3; ++i) {
    const auto part = index_part(contents, index, names[i]);
    const auto value = part ? contents.integer(*part) : std::nullopt;
    constexpr std::int64_t kFar = std::int64_t{1} << 61;  // what follows cannot overflow
    if (!value || *value > kFar || *value < -kFar) return std::nullopt;
    parts[i] = *value;
  }
  const auto [start, stop, step] = parts;
  if (step == 0) return std::nullopt;
  const std::int64_t span = step > 0 ? stop - start : start - stop;
  const std::int64_t width = step > 0 ? step : -step;
  PandasValues labels{span <= 0 ? 0 : static_cast<std::uint64_t>((span - 1) / width + 1), "int64", {}};
  for (std::uint64_t i = 0; i < labels.count && i < most; ++i) {
    labels.first.push_back(std::to_string(start + static_cast<std::int64_t>(i) * step));
  }
  return labels;
}

// MultiIndex: levels with the labels that occur, and for each level a code for every row.
std::optional<PandasValues> tuple_labels(const Contents& contents, NodeId index, std::size_t most, int depth) {
  const auto levels = index_part(contents, index, "levels"), codes = index_part(contents, index, "codes");
  if (!levels || !codes) return std::nullopt;
  const auto level_items = contents.items(levels->node, EdgeKind::Item, kMostLevels);
  const auto code_items = contents.items(codes->node, EdgeKind::Item, kMostLevels);
  if (level_items.empty() || level_items.size() != code_items.size()) return std::nullopt;
  PandasValues found;
  for (std::size_t i = 0; i < level_items.size(); ++i) {
    const auto words = labels_of(contents, level_items[i].node, kMostDistinct, depth + 1);
    const PandasValues code = values_of(contents, code_items[i].node, most, depth + 1);
    if (!words) return std::nullopt;
    const auto texts = decoded(code.first, words->first);
    if (i == 0) found.count = code.count;
    found.first.resize(i == 0 ? texts.size() : std::min(texts.size(), found.first.size()));
    for (std::size_t row = 0; row < found.first.size(); ++row) found.first[row] += (i == 0 ? "(" : ", ") + texts[row];
  }
  for (std::string& each : found.first) each += ")";
  return found;
}

std::optional<PandasValues> interval_labels(const Contents& contents, NodeId index, std::size_t most, int depth) {
  const auto left = index_part(contents, index, "left"), right = index_part(contents, index, "right");
  if (!left || !right) return std::nullopt;
  const auto from = labels_of(contents, left->node, most, depth + 1),
             to = labels_of(contents, right->node, most, depth + 1);
  if (!from || !to) return std::nullopt;
  const auto closed = index_part(contents, index, "closed");
  const std::string side = closed ? contents.str(*closed).value_or("right") : "right";
  PandasValues found{from->count, "interval[" + from->dtype + ", " + side + "]", {}};
  for (std::size_t i = 0; i < from->first.size() && i < to->first.size(); ++i) {
    found.first.push_back((side == "left" || side == "both" ? "[" : "(") + from->first[i] + ", " + to->first[i] +
                          (side == "right" || side == "both" ? "]" : ")"));
  }
  return found;
}

std::optional<PandasValues> labels_of(const Contents& contents, NodeId index, std::size_t most, int depth) {
  const std::string_view type = contents.graph().type(index);
  if (depth > kDeepest) return std::nullopt;
  if (type.ends_with(".RangeIndex")) return range_labels(contents, index, most);
  // The levels of one are none themselves, whatever a file says.
  if (type.ends_with(".MultiIndex")) return depth == 0 ? tuple_labels(contents, index, most, depth) : std::nullopt;
  if (type.ends_with(".IntervalIndex")) return interval_labels(contents, index, most, depth);
  const auto data = index_part(contents, index, "data");
  if (!data) return std::nullopt;
  const PandasValues found = values_of(contents, data->node, most, depth);
  if (found.count == 0 && found.dtype == contents.graph().type(data->node)) return std::nullopt;
  return found;
}

}  // namespace

PandasValues array_values(const Contents& contents, NodeId array, std::size_t most) {
  return values_of(contents, array, most, 0);
}

std::optional<PandasValues> index_values(const Contents& contents, NodeId index, std::size_t most) {
  return labels_of(contents, index, most, 0);
}

std::optional<Item> index_part(const Contents& contents, NodeId index, std::string_view label) {
  const auto arguments = contents.items(index, EdgeKind::ReduceArgument, 2);
  if (arguments.size() < 2) return std::nullopt;
  return contents.part(arguments[1].node, EdgeKind::DictValue, "'" + std::string(label) + "'");
}

std::optional<Categories> categories_of(const Contents& contents, NodeId node, std::size_t most) {
  return categories(contents, node, most, 0);
}

}  // namespace dill::inspect
