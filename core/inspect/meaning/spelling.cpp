#include "inspect/meaning/spelling.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inspect/meaning/class_facts.h"
#include "inspect/meaning/spelled_values.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostArguments = 64;

void add(Spelling& to, Spelling more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// "a, b"
Spelling listed(const std::vector<Item>& items) {
  Spelling text;
  for (const Item& item : items) {
    if (!text.empty()) text.emplace_back(std::string(", "));
    text.emplace_back(item);
  }
  return text;
}

Spelling around(std::string before, Spelling inner, std::string after) {
  Spelling text{std::move(before)};
  add(text, std::move(inner));
  text.emplace_back(std::move(after));
  return text;
}

// How a class keeps what is written of it.
enum class Form : std::uint8_t {
  Arguments,   // Name(the arguments of the call)
  Text,        // Name('...'): spelled_value() knows it
  Entries,     // Name({...}): entries that are set afterwards, behind the arguments
  Attributes,  // Name(a=1, b=2)
  ListItems,   // deque([...], maxlen=n)
  Inner,       // Name(value of an attribute)
  Spread,      // Name(items of an attribute)
  Partial,
  Alias,  // list[int]
};

struct Known {
  std::string_view type;
  std::string_view shown;
  Form form;
  std::string_view attribute = {};
};

constexpr std::array<Known, 46> kKnown{{
    {"datetime.date", "datetime.date", Form::Text},
    {"datetime.time", "datetime.time", Form::Text},
    {"datetime.datetime", "datetime.datetime", Form::Text},
    {"datetime.timedelta", "datetime.timedelta", Form::Text},
    {"datetime.timezone", "datetime.timezone", Form::Text},
    {"zoneinfo.ZoneInfo", "zoneinfo.ZoneInfo", Form::Text},
    {"uuid.UUID", "UUID", Form::Text},
    {"re.Pattern", "re.compile", Form::Text},
    {"fractions.Fraction", "Fraction", Form::Text},
    {"pathlib.Path", "Path", Form::Text},
    {"pathlib.PosixPath", "PosixPath", Form::Text},
    {"pathlib.WindowsPath", "WindowsPath", Form::Text},
    {"pathlib.PurePosixPath", "PurePosixPath", Form::Text},
    {"pathlib.PureWindowsPath", "PureWindowsPath", Form::Text},
    {"pathlib._local.PosixPath", "PosixPath", Form::Text},
    {"pathlib._local.WindowsPath", "WindowsPath", Form::Text},
    {"pathlib._local.PurePosixPath", "PurePosixPath", Form::Text},
    {"pathlib._local.PureWindowsPath", "PureWindowsPath", Form::Text},
    {"array.array", "array", Form::Text},
    {"pandas.Timestamp", "Timestamp", Form::Text},
    {"pandas.Timedelta", "Timedelta", Form::Text},
    {"numpy.dtype", "dtype", Form::Text},
    {"numpy.datetime64", "numpy.datetime64", Form::Text},
    {"numpy.timedelta64", "numpy.timedelta64", Form::Text},
    {"decimal.Decimal", "Decimal", Form::Arguments},
    {"ipaddress.IPv4Address", "IPv4Address", Form::Text},
    {"ipaddress.IPv6Address", "IPv6Address", Form::Arguments},
    {"ipaddress.IPv4Network", "IPv4Network", Form::Arguments},
    {"ipaddress.IPv6Network", "IPv6Network", Form::Arguments},
    {"range", "range", Form::Arguments},
    {"slice", "slice", Form::Arguments},
    {"bytearray", "bytearray", Form::Arguments},
    {"mappingproxy", "mappingproxy", Form::Arguments},
    {"collections.Counter", "Counter", Form::Entries},
    {"collections.OrderedDict", "OrderedDict", Form::Entries},
    {"collections.defaultdict", "defaultdict", Form::Entries},
    {"collections.deque", "deque", Form::ListItems},
    {"collections.ChainMap", "ChainMap", Form::Spread, "maps"},
    {"collections.UserDict", "UserDict", Form::Inner, "data"},
    {"collections.UserList", "UserList", Form::Inner, "data"},
    {"collections.UserString", "UserString", Form::Inner, "data"},
    {"types.SimpleNamespace", "namespace", Form::Attributes},
    {"SimpleNamespace", "namespace", Form::Attributes},
    {"functools.partial", "functools.partial", Form::Partial},
    {"types.GenericAlias", "", Form::Alias},
    {"GenericAlias", "", Form::Alias},
}};

Spelling entries_behind_arguments(const Contents& contents, NodeId node, std::string_view shown, std::size_t most) {
  Spelling inner = listed(contents.items(node, EdgeKind::ReduceArgument, kMostArguments));
  Spelling entries = entries_spelling(contents, node, EdgeKind::ReduceDictItem, most);
  const bool none = entries.size() == 1;  // "{}"
  if (!inner.empty() && !none) inner.emplace_back(std::string(", "));
  if (!none) add(inner, std::move(entries));
  return around(std::string(shown) + "(", std::move(inner), ")");
}

// deque(iterable, maxlen), its items appended afterwards.
Spelling deque(const Contents& contents, NodeId node, std::string_view shown, std::size_t most) {
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 2);
  auto items = contents.items(node, EdgeKind::ReduceListItem, most);
  if (items.empty() && !arguments.empty()) items = contents.items(arguments[0].node, EdgeKind::Item, most);
  Spelling text = around(std::string(shown) + "([", listed(items), "]");
  if (arguments.size() == 2) {
    text.emplace_back(std::string(", maxlen="));
    text.emplace_back(arguments[1]);
  }
  text.emplace_back(std::string(")"));
  return text;
}

// The state: (function, arguments, keywords, attributes).
std::optional<Spelling> partial(const Contents& contents, NodeId node, std::string_view shown, std::size_t most) {
  const auto state = contents.items(node, EdgeKind::State, 1);
  if (state.empty()) return std::nullopt;
  const auto parts = contents.items(state[0].node, EdgeKind::Item, 3);
  if (parts.size() != 3) return std::nullopt;
  std::vector<Item> positional{parts[0]};
  for (const Item& item : contents.items(parts[1].node, EdgeKind::Item, most)) positional.push_back(item);
  Spelling inner = listed(positional);
  for (const NamedItem& entry : contents.entries(parts[2].node, EdgeKind::DictValue, most)) {
    const bool name = entry.key.size() > 2 && entry.key.front() == '\'';
    inner.emplace_back(", " + (name ? entry.key.substr(1, entry.key.size() - 2) : entry.key) + "=");
    inner.emplace_back(entry.value);
  }
  return around(std::string(shown) + "(", std::move(inner), ")");
}

// list[int]
std::optional<Spelling> alias(const Contents& contents, NodeId node, std::size_t most) {
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 2);
  if (arguments.size() != 2) return std::nullopt;
  Spelling text{arguments[0]};
  const bool several = contents.graph().type(arguments[1].node) == "tuple";
  const auto items =
      several ? contents.items(arguments[1].node, EdgeKind::Item, most) : std::vector<Item>{arguments[1]};
  add(text, around("[", listed(items), "]"));
  return text;
}

std::optional<Spelling> inner_value(const Contents& contents, NodeId node, const Known& known, std::size_t most) {
  const auto value = contents.part(node, EdgeKind::Attribute, known.attribute);
  if (!value) return std::nullopt;
  const auto items =
      known.form == Form::Spread ? contents.items(value->node, EdgeKind::Item, most) : std::vector<Item>{*value};
  return around(std::string(known.shown) + "(", listed(items), ")");
}

std::optional<Spelling> known_spelling(const Contents& contents, NodeId node, const Known& known, std::size_t most) {
  switch (known.form) {
    case Form::Text:
      return spelled_value(contents, node, known.shown, most);
    case Form::Arguments: {
      const auto arguments = contents.items(node, EdgeKind::ReduceArgument, kMostArguments);
      if (arguments.empty()) return std::nullopt;
      return around(std::string(known.shown) + "(", listed(arguments), ")");
    }
    case Form::Entries:
      return entries_behind_arguments(contents, node, known.shown, most);
    case Form::Attributes:
      return around(std::string(known.shown) + "(", attributes_spelling(contents, node, most), ")");
    case Form::ListItems:
      return deque(contents, node, known.shown, most);
    case Form::Inner:
    case Form::Spread:
      return inner_value(contents, node, known, most);
    case Form::Partial:
      return partial(contents, node, known.shown, most);
    case Form::Alias:
      return alias(contents, node, most);
  }
  return std::nullopt;
}

// "Point(x=1, y=2)": fields in the order of the class, from attributes, slots, a list of slots or arguments.
Spelling fields_spelling(const Contents& contents, NodeId node, const ClassFacts& facts, std::size_t most) {
  std::vector<Item> places = contents.items(node, EdgeKind::ReduceArgument, most);
  if (facts.kind == ClassFacts::Kind::DataClass) {
    places.clear();
    if (const auto state = contents.items(node, EdgeKind::State, 1); !state.empty()) {
      places = contents.items(state[0].node, EdgeKind::Item, most);
    }
  }
  Spelling text{std::string(short_name(contents.graph().type(node))) + "("};
  std::size_t written = 0;
  for (std::size_t i = 0; i < facts.fields.size() && i < most; ++i) {
    const std::string& name = facts.fields[i].name;
    std::optional<Item> value;
    if (i < places.size()) value = places[i];
    if (!value) value = contents.part(node, EdgeKind::Attribute, name);
    if (!value) value = contents.part(node, EdgeKind::Slot, name);
    if (!value) continue;
    text.emplace_back((written++ == 0 ? "" : ", ") + name + "=");
    text.emplace_back(*value);
  }
  text.emplace_back(std::string(")"));
  return text;
}

// "<Color.RED: 1>": the member whose value the class was called with, or that the class has in its map.
Spelling member_spelling(const Contents& contents, NodeId node, const ClassFacts& facts) {
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 1);
  std::string name(short_name(contents.graph().type(node)));
  if (arguments.empty()) return {"<" + name + ">"};
  for (const ClassFacts::Field& field : facts.fields) {
    if (!field.value) continue;
    const bool same = field.value->node == arguments[0].node && field.value->offset == arguments[0].offset;
    if (same || (contents.is_leaf(*field.value) && contents.is_leaf(arguments[0]) &&
                 contents.text(*field.value) == contents.text(arguments[0]))) {
      name += "." + field.name;
      break;
    }
  }
  return {"<" + name + ": ", arguments[0], std::string(">")};
}

// dill._dill._eval_repr('range(0, 3)')
std::optional<std::string> evaluated(const Contents& contents, NodeId node, const Item& maker) {
  if (!contents.graph().type(maker.node).ends_with("._eval_repr")) return std::nullopt;
  const auto arguments = contents.items(node, EdgeKind::ReduceArgument, 2);
  return arguments.size() == 1 ? contents.str(arguments[0]) : std::nullopt;
}

}  // namespace

Spelling entries_spelling(const Contents& contents, NodeId node, EdgeKind kind, std::size_t most) {
  Spelling inner;
  for (const NamedItem& entry : contents.entries(node, kind, most)) {
    if (!inner.empty()) inner.emplace_back(std::string(", "));
    if (contents.graph().columns().outcome[entry.value.node] == graph::Outcome::Folded) {
      inner.emplace_back(std::string("…"));
      break;
    }
    if (entry.key_object) {
      inner.emplace_back(*entry.key_object);
      inner.emplace_back(std::string(": "));
    } else {
      inner.emplace_back((entry.key.empty() ? "?" : entry.key) + ": ");
    }
    inner.emplace_back(entry.value);
    if (entry.more > 0) inner.emplace_back(std::string(", …"));
  }
  if (inner.empty()) return {std::string("{}")};
  return around("{", std::move(inner), "}");
}

Spelling attributes_spelling(const Contents& contents, NodeId node, std::size_t most) {
  Spelling text;
  for (const EdgeKind kind : {EdgeKind::Attribute, EdgeKind::Slot}) {
    for (const NamedItem& entry : contents.entries(node, kind, most)) {
      text.emplace_back((text.empty() ? "" : ", ") + entry.key + "=");
      text.emplace_back(entry.value);
      if (entry.more > 0) text.emplace_back(std::string(", …"));
    }
  }
  return text;
}

std::optional<Spelling> call_spelling(const Contents& contents, NodeId node, std::size_t most) {
  const auto maker = maker_of(contents, node);
  if (!maker) return std::nullopt;
  Spelling text{*maker};
  add(text, around("(", listed(contents.items(node, EdgeKind::ReduceArgument, most)), ")"));
  return text;
}

std::optional<Spelling> spelling(const Contents& contents, NodeId node, std::size_t most) {
  const graph::ObjectGraph& graph = contents.graph();
  if (graph.columns().reduction[node] == graph::Reduction::Global) return std::nullopt;
  const auto maker = maker_of(contents, node);
  if (!maker) return std::nullopt;
  const std::string_view type = graph.type(node);
  if (const auto text = evaluated(contents, node, *maker)) return Spelling{*text};
  const auto* const known = std::ranges::find(kKnown, type, &Known::type);
  if (known != kKnown.end()) return known_spelling(contents, node, *known, most);
  const auto facts = class_facts(contents, maker->node);
  if (!facts) return std::nullopt;
  if (facts->kind == ClassFacts::Kind::Enum) return member_spelling(contents, node, *facts);
  return fields_spelling(contents, node, *facts, most);
}

}  // namespace dill::inspect
