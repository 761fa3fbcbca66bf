#include "inspect/arrays.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "graph/text.h"
#include "graph/utf8.h"

namespace dill::inspect {

using graph::EdgeKind;

namespace {

constexpr std::size_t kTextBytes = 64;
constexpr std::size_t kShownTextBytes = 40;  // of a str or bytes item

std::uint64_t unsigned_number(std::span<const unsigned char> bytes, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8 | bytes[big_endian ? i : bytes.size() - 1 - i];
  return value;
}

std::int64_t signed_number(std::span<const unsigned char> bytes, bool big_endian) {
  const auto shift = static_cast<unsigned>(64 - 8 * bytes.size());
  return static_cast<std::int64_t>(unsigned_number(bytes, big_endian) << shift) >> shift;
}

double half(std::uint64_t bits) {
  const bool negative = (bits & 0x8000) != 0;
  const std::uint64_t exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = 0;
  if (exponent == 31) {
    value = fraction == 0 ? HUGE_VAL : NAN;
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<double>(fraction), -24);
  } else {
    value = std::ldexp(static_cast<double>(fraction + 1024), static_cast<int>(exponent) - 25);
  }
  return negative ? -value : value;
}

std::string float_text(std::span<const unsigned char> bytes, bool big_endian) {
  const std::uint64_t bits = unsigned_number(bytes, big_endian);
  if (bytes.size() == 2) return graph::float_text(half(bits));
  if (bytes.size() == 4) return graph::float_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return graph::float_text(std::bit_cast<double>(bits));
}

// "(1+2j)", as Python shows it.
std::string complex_text(std::string real, std::string imaginary) {
  for (std::string* part : {&real, &imaginary}) {
    if (part->ends_with(".0")) part->resize(part->size() - 2);
  }
  if (real == "0") return imaginary + "j";
  return "(" + real + (imaginary.starts_with("-") ? "" : "+") + imaginary + "j)";
}

void append_utf8(std::string& text, std::uint64_t point) {
  if (point > 0x10FFFF) point = 0xFFFD;
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
    text += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    text += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    text += static_cast<char>(0xF0 | point >> 18);
    text += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    text += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    text += static_cast<char>(0x80 | (point & 0x3F));
  }
}

ValueId attribute(const Values& values, ValueId object, std::string_view name) {
  for (EdgeId e = values[object].first_edge; e != kNone; e = values.edge(e).next) {
    if (values.edge(e).kind == EdgeKind::Attribute && values.string(values.edge(e).label) == name) {
      return values.edge(e).child;
    }
  }
  return kNone;
}

}  // namespace

std::string dtype_name(const DType& dtype) {
  const std::uint64_t bits = dtype.item.size > 64 ? 0 : 8 * dtype.item.size;
  const std::string size = std::to_string(bits);
  switch (dtype.item.kind) {
    case '?':
    case 'b':
      return "bool";
    case 'i':
      return "int" + size;
    case 'u':
      return "uint" + size;
    case 'f':
      return "float" + size;
    case 'c':
      return "complex" + size;
    case 'O':
      return "object";
    case 'M':
      return "datetime64" + (dtype.unit.name.empty() ? "" : "[" + unit_text(dtype.unit) + "]");
    case 'm':
      return "timedelta64" + (dtype.unit.name.empty() ? "" : "[" + unit_text(dtype.unit) + "]");
    case 'U':
      return "U" + std::to_string(dtype.item.size / 4);
    default:
      return dtype.item.kind + std::to_string(dtype.item.size);
  }
}

std::string scalar_class(const DType& dtype, bool numpy_1) {
  switch (dtype.item.kind) {
    case '?':
    case 'b':
      return numpy_1 ? "bool_" : "bool";
    case 'M':
      return "datetime64";
    case 'm':
      return "timedelta64";
    case 'U':
      return "str_";
    case 'S':
      return "bytes_";
    case 'V':
      return "void";
    case 'f':
      return dtype.item.size > 8 ? "longdouble" : dtype_name(dtype);
    case 'c':
      return dtype.item.size > 16 ? "clongdouble" : dtype_name(dtype);
    default:
      return dtype_name(dtype);
  }
}

std::string array_text(std::string_view dtype, std::span<const std::uint64_t> shape) {
  std::string text = std::string(dtype) + (dtype.empty() ? "shape (" : ", shape (");
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string item_text(const DType& dtype, std::span<const unsigned char> bytes) {
  const std::uint64_t size = dtype.item.size;
  if (size == 0 || bytes.size() < size) return {};
  bytes = bytes.first(size);
  const bool big = dtype.order == '>';
  switch (dtype.item.kind) {
    case '?':
    case 'b':
      return bytes[0] != 0 ? "True" : "False";
    case 'M':
      return size == 8 ? datetime64_text(signed_number(bytes, big), dtype.unit) : std::string();
    case 'm':
      return size == 8 ? timedelta64_text(signed_number(bytes, big), dtype.unit) : std::string();
    case 'i':
      return size > 8 ? std::string() : std::to_string(signed_number(bytes, big));
    case 'u':
      return size > 8 ? std::string() : std::to_string(unsigned_number(bytes, big));
    case 'f':
      return size == 2 || size == 4 || size == 8 ? float_text(bytes, big) : std::string();
    case 'c':
      if (size != 8 && size != 16) return {};
      return complex_text(float_text(bytes.first(size / 2), big), float_text(bytes.subspan(size / 2), big));
    case 'S': {
      std::string text(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(size, 200)));
      text.resize(text.find_last_not_of('\0') + 1);
      return graph::python_literal(text, true);
    }
    case 'U': {
      std::string text;
      for (std::size_t i = 0; i + 4 <= size && text.size() < kShownTextBytes; i += 4) {
        append_utf8(text, unsigned_number(bytes.subspan(i, 4), big));
      }
      text.resize(text.find_last_not_of('\0') + 1);
      return graph::python_literal(graph::to_utf8(text));
    }
    default:
      return {};
  }
}

std::string_view storage_dtype(std::string_view storage_class) {
  using Pair = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Pair, 12> kStorages{{{"FloatStorage", "float32"},
                                                   {"DoubleStorage", "float64"},
                                                   {"HalfStorage", "float16"},
                                                   {"BFloat16Storage", "bfloat16"},
                                                   {"LongStorage", "int64"},
                                                   {"IntStorage", "int32"},
                                                   {"ShortStorage", "int16"},
                                                   {"CharStorage", "int8"},
                                                   {"ByteStorage", "uint8"},
                                                   {"BoolStorage", "bool"},
                                                   {"ComplexFloatStorage", "complex64"},
                                                   {"ComplexDoubleStorage", "complex128"}}};
  const std::string_view name = storage_class.substr(storage_class.rfind('.') + 1);
  const auto* const found = std::ranges::find(kStorages, name, &Pair::first);
  return found == kStorages.end() ? std::string_view() : found->second;
}

ValueId item_of(const Values& values, ValueId tuple, std::size_t place) {
  if (tuple == kNone || values[tuple].kind != Kind::Tuple) return kNone;
  EdgeId e = values[tuple].first_edge;
  for (std::size_t i = 0; e != kNone && i < place; ++i) e = values.edge(e).next;
  return e == kNone ? kNone : values.edge(e).child;
}

std::optional<DType> dtype_of(const Values& values, ValueId dtype) {
  if (dtype == kNone || values[dtype].kind != Kind::Object || values.string(values[dtype].type) != "numpy.dtype") {
    return std::nullopt;
  }
  std::optional<DType> found;
  for (EdgeId e = values[dtype].first_edge; e != kNone; e = values.edge(e).next) {
    const Edge& edge = values.edge(e);
    if (edge.kind == EdgeKind::ReduceArgument && !found && values[edge.child].kind == Kind::Str) {
      const auto item = item_type(values.text(values[edge.child], kTextBytes));
      if (!item) return std::nullopt;
      found = DType{.item = *item, .objects = item->kind == 'O'};
    } else if (edge.kind == EdgeKind::State && found) {
      // (version, byte order, subarray, names, fields, size, alignment, flags ...)
      const ValueId order = item_of(values, edge.child, 1);
      if (order != kNone && values[order].kind == Kind::Str) {
        const std::string text = values.text(values[order], kTextBytes);
        if (!text.empty()) found->order = text[0];
      }
      const ValueId flags = item_of(values, edge.child, 7);
      if (flags != kNone && values[flags].kind == Kind::Int && (values[flags].number & 1) != 0) found->objects = true;
      // (metadata, (unit, its count, ...)) of a datetime64 or timedelta64
      const ValueId unit = item_of(values, item_of(values, edge.child, 8), 1);
      const ValueId name = item_of(values, unit, 0), count = item_of(values, unit, 1);
      if (name != kNone && count != kNone && values[count].kind == Kind::Int) {
        const Kind kind = values[name].kind;
        if (kind == Kind::Bytes || kind == Kind::ByteArray || kind == Kind::Str) {
          found->unit = time_unit(values.text(values[name], 4), static_cast<std::int64_t>(values[count].number));
        }
      }
    }
  }
  return found;
}

std::optional<std::vector<std::uint64_t>> shape_of(const Values& values, ValueId tuple) {
  if (tuple == kNone || values[tuple].kind != Kind::Tuple) return std::nullopt;
  std::vector<std::uint64_t> shape;
  for (EdgeId e = values[tuple].first_edge; e != kNone; e = values.edge(e).next) {
    const Value& length = values[values.edge(e).child];
    if (length.kind != Kind::Int || length.big || static_cast<std::int64_t>(length.number) < 0) return std::nullopt;
    if (values.edge(e).count != 1) return std::nullopt;  // more dimensions than numpy has
    shape.push_back(length.number);
  }
  return shape;
}

std::optional<RawArray> raw_array_of(const Values& values, ValueId object) {
  if (values[object].kind != Kind::Object || values.string(values[object].type) != kRawArrayWrapper)
    return std::nullopt;
  const auto shape = shape_of(values, attribute(values, object, "shape"));
  const auto dtype = dtype_of(values, attribute(values, object, "dtype"));
  if (!shape || !dtype) return std::nullopt;
  const ValueId alignment = attribute(values, object, "numpy_array_alignment_bytes");
  return RawArray{.items = item_count(*shape),
                  .item_size = dtype->item.size,
                  .holds_objects = dtype->objects,
                  .aligned = alignment != kNone && values[alignment].kind == Kind::Int};
}

}  // namespace dill::inspect
