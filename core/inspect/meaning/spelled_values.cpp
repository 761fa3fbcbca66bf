#include "inspect/meaning/spelled_values.h"

#include <algorithm>
#include <array>
#include <span>

#include "graph/text.h"
#include "inspect/meaning/array_dtype.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

using Arguments = std::vector<Item>;

Spelling just(std::string text) { return {std::move(text)}; }

// "1, 2, 3" without zeros at the end, of which `least` numbers stay.
std::string numbers(std::initializer_list<unsigned> all, std::size_t least) {
  std::vector<unsigned> left(all);
  while (left.size() > least && left.back() == 0) left.pop_back();
  std::string text;
  for (const unsigned number : left) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

// Hour (its highest bit is the fold), minute, second, microseconds.
std::optional<std::string> time_of_day(std::span<const unsigned char> bytes, std::string_view before, bool fold) {
  const unsigned hour = bytes[0] & 0x7F;
  const unsigned micro = bytes[3] * 65'536u + bytes[4] * 256u + bytes[5];
  if (hour > 23 || bytes[1] > 59 || bytes[2] > 59 || micro > 999'999) return std::nullopt;
  std::string text(before);
  text += numbers({hour, bytes[1], bytes[2], micro}, 2);
  if (fold) text += ", fold=1";
  return text;
}

// date(4 bytes), time(6 bytes[, tzinfo]), datetime(10 bytes[, tzinfo])
std::optional<Spelling> moment(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  if (arguments.empty()) return std::nullopt;
  const std::string text = contents.bytes(arguments[0]).value_or("");
  const std::span<const unsigned char> bytes(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string date;
  bool fold = false;
  std::optional<std::string> all;
  if (bytes.size() == 4 || bytes.size() == 10) {
    fold = (bytes[2] & 0x80) != 0;
    const unsigned month = bytes[2] & 0x7F;
    if (month < 1 || month > 12 || bytes[3] < 1 || bytes[3] > 31) return std::nullopt;
    date = std::to_string(bytes[0] * 256u + bytes[1]) + ", " + std::to_string(month) + ", " + std::to_string(bytes[3]);
  }
  if (bytes.size() == 4) {
    all = date;
  } else if (bytes.size() == 6) {
    all = time_of_day(bytes, "", (bytes[0] & 0x80) != 0);
  } else if (bytes.size() == 10) {
    all = time_of_day(bytes.subspan(4), date + ", ", fold);
  }
  if (!all) return std::nullopt;
  Spelling spelled = just(std::string(shown) + "(" + *all);
  if (arguments.size() > 1) {
    spelled.emplace_back(std::string(", tzinfo="));
    spelled.emplace_back(arguments[1]);
  }
  spelled.emplace_back(std::string(")"));
  return spelled;
}

std::optional<Spelling> duration(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  constexpr std::array<std::string_view, 3> kParts{"days", "seconds", "microseconds"};
  std::string text;
  for (std::size_t i = 0; i < arguments.size() && i < kParts.size(); ++i) {
    const auto value = contents.integer(arguments[i]);
    if (!value) return std::nullopt;
    if (*value != 0) text += (text.empty() ? "" : ", ") + std::string(kParts[i]) + "=" + std::to_string(*value);
  }
  return just(std::string(shown) + "(" + (text.empty() ? "0" : text) + ")");
}

std::optional<Spelling> time_zone(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  if (arguments.empty()) return std::nullopt;
  const auto parts = contents.items(arguments[0].node, EdgeKind::ReduceArgument, 3);
  const bool zero = parts.size() == 3 && arguments.size() == 1 &&
                    std::ranges::all_of(parts, [&](const Item& part) { return contents.integer(part) == 0; });
  if (zero) return just(std::string(shown) + ".utc");
  Spelling spelled{std::string(shown) + "(", arguments[0]};
  if (arguments.size() > 1) {
    spelled.emplace_back(std::string(", "));
    spelled.emplace_back(arguments[1]);
  }
  spelled.emplace_back(std::string(")"));
  return spelled;
}

std::optional<Spelling> path(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  const bool windows = shown.ends_with("WindowsPath");
  std::string text;
  for (const Item& part : arguments) {
    const auto name = contents.str(part);
    if (!name) return std::nullopt;
    const bool separated = text.empty() || text.ends_with('/') || (windows && text.ends_with('\\'));
    text += (separated ? "" : windows ? "\\" : "/") + *name;
  }
  return just(std::string(shown) + "(" + graph::python_literal(text.empty() ? "." : text) + ")");
}

// A decimal number of at most 128 bits in 32 hexadecimal digits; "" if it is none.
std::string hexadecimal(std::string_view decimal) {
  std::array<unsigned, 32> digits{};  // the lowest first
  for (const char c : decimal) {
    if (c < '0' || c > '9') return {};
    unsigned carry = static_cast<unsigned>(c - '0');
    for (unsigned& digit : digits) {
      carry += digit * 10;
      digit = carry & 15;
      carry >>= 4;
    }
    if (carry != 0) return {};
  }
  std::string text;
  for (std::size_t i = digits.size(); i-- > 0;) text += "0123456789abcdef"[digits[i]];
  return decimal.empty() ? std::string() : text;
}

std::optional<Spelling> uuid(const Contents& contents, NodeId node, std::string_view shown) {
  auto number = contents.part(node, EdgeKind::Attribute, "int");
  if (!number) number = contents.part(node, EdgeKind::Slot, "int");
  if (!number) return std::nullopt;
  std::string digits = hexadecimal(contents.text(*number));
  if (digits.empty()) return std::nullopt;
  for (const std::size_t place : {20u, 16u, 12u, 8u}) digits.insert(place, "-");
  return just(std::string(shown) + "('" + digits + "')");
}

std::optional<Spelling> pattern(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  struct Flag {
    std::int64_t bit;
    std::string_view name;
  };
  constexpr std::array<Flag, 7> kFlags{{{256, "re.ASCII"},
                                        {128, "re.DEBUG"},
                                        {2, "re.IGNORECASE"},
                                        {4, "re.LOCALE"},
                                        {8, "re.MULTILINE"},
                                        {16, "re.DOTALL"},
                                        {64, "re.VERBOSE"}}};
  constexpr std::int64_t kUnicode = 32;  // every pattern of a str has it
  if (arguments.size() != 2) return std::nullopt;
  const auto flags = contents.integer(arguments[1]);
  if (!flags) return std::nullopt;
  std::string names;
  std::int64_t left = *flags & ~kUnicode;
  for (const Flag& flag : kFlags) {
    if ((left & flag.bit) == 0) continue;
    names += (names.empty() ? "" : " | ") + std::string(flag.name);
    left &= ~flag.bit;
  }
  if (left != 0) names += (names.empty() ? "" : " | ") + std::to_string(left);
  return Spelling{std::string(shown) + "(", arguments[0], (names.empty() ? "" : ", " + names) + ")"};
}

// Fraction('3/7') up to 3.11, Fraction(3, 7) from then on.
std::optional<Spelling> fraction(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  if (arguments.size() == 2) {
    return Spelling{std::string(shown) + "(", arguments[0], std::string(", "), arguments[1], std::string(")")};
  }
  const std::string text = arguments.empty() ? std::string() : contents.str(arguments[0]).value_or("");
  const std::size_t bar = text.find('/');
  if (text.empty() || text.find_first_not_of("-0123456789/") != std::string::npos) return std::nullopt;
  const std::string over = bar == std::string::npos ? "1" : text.substr(bar + 1);
  return just(std::string(shown) + "(" + text.substr(0, bar) + ", " + over + ")");
}

// ZoneInfo._unpickle(key, from cache)
std::optional<Spelling> zone(const Arguments& arguments, std::string_view shown) {
  if (arguments.empty()) return std::nullopt;
  return Spelling{std::string(shown) + "(key=", arguments[0], std::string(")")};
}

// _array_reconstructor(class, type code, format, bytes), or array(type code, list).
std::optional<Spelling> array(const Contents& contents, const Arguments& arguments, std::string_view shown,
                              std::size_t most) {
  if (arguments.size() == 2) {
    return Spelling{std::string(shown) + "(", arguments[0], std::string(", "), arguments[1], std::string(")")};
  }
  if (arguments.size() != 4) return std::nullopt;
  constexpr std::array<DType, 18> kFormats{{{{'u', 1}, '<'},
                                            {{'i', 1}, '<'},
                                            {{'u', 2}, '<'},
                                            {{'u', 2}, '>'},
                                            {{'i', 2}, '<'},
                                            {{'i', 2}, '>'},
                                            {{'u', 4}, '<'},
                                            {{'u', 4}, '>'},
                                            {{'i', 4}, '<'},
                                            {{'i', 4}, '>'},
                                            {{'u', 8}, '<'},
                                            {{'u', 8}, '>'},
                                            {{'i', 8}, '<'},
                                            {{'i', 8}, '>'},
                                            {{'f', 4}, '<'},
                                            {{'f', 4}, '>'},
                                            {{'f', 8}, '<'},
                                            {{'f', 8}, '>'}}};
  const auto format = contents.integer(arguments[2]);
  if (!format || *format < 0 || *format >= static_cast<std::int64_t>(kFormats.size())) return std::nullopt;
  const DType& dtype = kFormats[static_cast<std::size_t>(*format)];
  const std::string data = contents.bytes(arguments[3]).value_or("");
  std::span<const unsigned char> bytes(reinterpret_cast<const unsigned char*>(data.data()), data.size());
  std::string items;
  for (std::size_t i = 0; i < most && bytes.size() >= dtype.item.size; ++i) {
    items += (i == 0 ? "" : ", ") + item_text(dtype, bytes);
    bytes = bytes.subspan(dtype.item.size);
  }
  if (!bytes.empty()) items += ", …";
  return Spelling{std::string(shown) + "(", arguments[1], ", [" + items + "])"};
}

// IPv4Address(167772161) is 10.0.0.1.
std::optional<Spelling> address(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  if (arguments.size() != 1) return std::nullopt;
  const auto number = contents.integer(arguments[0]);
  if (!number || *number < 0 || *number > 0xFFFF'FFFF) {
    return Spelling{std::string(shown) + "(", arguments[0], std::string(")")};
  }
  std::string text;
  for (const int shift : {24, 16, 8, 0}) text += (text.empty() ? "" : ".") + std::to_string(*number >> shift & 255);
  return just(std::string(shown) + "('" + text + "')");
}

// scalar(dtype, bytes): the description has the value.
std::optional<Spelling> numpy_time(const Contents& contents, NodeId node, std::string_view shown) {
  const std::string text = contents.graph().description(node);
  if (text.empty()) return std::nullopt;
  return just(std::string(shown) + "('" + text + "')");
}

// pandas: _unpickle_timestamp(value, freq, tz[, unit]); the value is that of UTC where there is a time zone.
std::optional<Spelling> timestamp(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  if (arguments.size() < 3) return std::nullopt;
  const auto value = contents.integer(arguments[0]);
  const auto unit = arguments.size() > 3 ? contents.integer(arguments[3]) : std::optional<std::int64_t>(10);
  if (!value || !unit) return std::nullopt;
  const std::string text = datetime64_text(*value, time_unit(numbered_unit(*unit), 1));
  if (contents.graph().type(arguments[2].node) == "NoneType") return just(std::string(shown) + "('" + text + "')");
  return Spelling{std::string(shown) + "('" + text + (text.find('T') == std::string::npos ? "T00:00Z" : "Z") + "', tz=",
                  arguments[2], std::string(")")};
}

// pandas: _timedelta_unpickle(value, unit)
std::optional<Spelling> time_delta(const Contents& contents, const Arguments& arguments, std::string_view shown) {
  if (arguments.empty()) return std::nullopt;
  const auto value = contents.integer(arguments[0]);
  const auto unit = arguments.size() > 1 ? contents.integer(arguments[1]) : std::optional<std::int64_t>(10);
  if (!value || !unit) return std::nullopt;
  return just(std::string(shown) + "('" + timedelta64_text(*value, time_unit(numbered_unit(*unit), 1)) + "')");
}

std::optional<Spelling> dtype(const Contents& contents, NodeId node, std::string_view shown) {
  const auto found = dtype_of(contents, node);
  if (!found) return std::nullopt;
  const std::string text = dtype_text(*found);
  return just(std::string(shown) + "(" + (text.starts_with('[') ? text : graph::python_literal(text)) + ")");
}

}  // namespace

std::optional<Spelling> spelled_value(const Contents& contents, NodeId node, std::string_view shown, std::size_t most) {
  const Arguments arguments = contents.items(node, EdgeKind::ReduceArgument, 64);
  if (shown == "datetime.date" || shown == "datetime.time" || shown == "datetime.datetime") {
    return moment(contents, arguments, shown);
  }
  if (shown == "datetime.timedelta") return duration(contents, arguments, shown);
  if (shown == "datetime.timezone") return time_zone(contents, arguments, shown);
  if (shown == "zoneinfo.ZoneInfo") return zone(arguments, shown);
  if (shown == "UUID") return uuid(contents, node, shown);
  if (shown == "re.compile") return pattern(contents, arguments, shown);
  if (shown == "Fraction") return fraction(contents, arguments, shown);
  if (shown.ends_with("Path")) return path(contents, arguments, shown);
  if (shown == "array") return array(contents, arguments, shown, most);
  if (shown == "IPv4Address") return address(contents, arguments, shown);
  if (shown.starts_with("numpy.")) return numpy_time(contents, node, shown);
  if (shown == "Timestamp") return timestamp(contents, arguments, shown);
  if (shown == "Timedelta") return time_delta(contents, arguments, shown);
  if (shown == "dtype") return dtype(contents, node, shown);
  return std::nullopt;
}

}  // namespace dill::inspect
