#include "inspect/values.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "graph/folding.h"
#include "graph/text.h"
#include "graph/utf8.h"
#include "pickle/escapes.h"

namespace dill::inspect {

using pickle::Instruction;
using pickle::Opcode;

namespace {

constexpr std::size_t kLiteralBytes = 120;  // longer keys are cut in labels
constexpr std::size_t kExactBytes = 32;     // longer integers are described by their size

std::string_view as_text(pickle::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Decimal digits of a little-endian two's complement number of a few bytes.
std::string decimal(pickle::Bytes bytes) {
  const bool negative = !bytes.empty() && (bytes.back() & 0x80) != 0;
  std::vector<unsigned> digits{0};  // little-endian, base 10
  for (std::size_t i = bytes.size(); i-- > 0;) {
    unsigned carry = negative ? 255u - bytes[i] : bytes[i];
    for (unsigned& digit : digits) {
      carry += digit * 256;
      digit = carry % 10;
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits.push_back(carry % 10);
  }
  if (negative) {  // -x = ~x + 1
    std::size_t i = 0;
    while (i < digits.size() && digits[i] == 9) digits[i++] = 0;
    if (i == digits.size()) digits.push_back(0);
    ++digits[i];
  }
  std::string text = negative ? "-" : "";
  for (std::size_t i = digits.size(); i-- > 0;) text += static_cast<char>('0' + digits[i]);
  return text;
}

std::string float_literal(double value) {
  if (std::isnan(value)) return "float('nan')";
  if (std::isinf(value)) return value < 0 ? "float('-inf')" : "float('inf')";
  return graph::float_text(value);
}

}  // namespace

std::string latin1_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // Two-byte sequences after C2 and C3 are the upper half of Latin-1.
    if ((byte & 0xFE) == 0xC2 && i + 1 < text.size()) {
      bytes += static_cast<char>((byte & 3) << 6 | (text[++i] & 0x3F));
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

Value make_leaf(const Instruction& instruction) {
  Value value;
  read_leaf(instruction, value);
  return value;
}

void read_leaf(const Instruction& instruction, Value& value) {
  value.begin = instruction.offset;
  value.end = instruction.offset + instruction.length;
  const auto text = [&](Kind kind, Encoding encoding) {
    value.kind = kind;
    value.encoding = encoding;
    value.length = instruction.payload.size();
    // The payload ends where the argument ends, but for the newline and the quote of a text argument.
    const std::uint64_t behind = encoding == Encoding::Quoted ? 2 : encoding == Encoding::RawUnicode ? 1 : 0;
    value.number = value.end - behind - value.length;
  };
  switch (instruction.opcode) {
    case Opcode::NEWTRUE:
    case Opcode::NEWFALSE:
      value.kind = Kind::Bool;
      value.number = instruction.opcode == Opcode::NEWTRUE ? 1 : 0;
      break;
    case Opcode::INT:
    case Opcode::BININT:
    case Opcode::BININT1:
    case Opcode::BININT2:
    case Opcode::LONG:
    case Opcode::LONG1:
    case Opcode::LONG4:
      value.kind = instruction.boolean ? Kind::Bool : Kind::Int;
      value.number = static_cast<std::uint64_t>(instruction.integer);
      if (instruction.big) {
        value.big = true;
        value.length = instruction.payload.size();
        const bool binary = instruction.opcode == Opcode::LONG1 || instruction.opcode == Opcode::LONG4;
        value.encoding = binary ? Encoding::Binary : Encoding::Digits;
        value.number = binary ? value.end - value.length : instruction.offset + 1;
      }
      break;
    case Opcode::FLOAT:
    case Opcode::BINFLOAT:
      value.kind = Kind::Float;
      value.number = std::bit_cast<std::uint64_t>(instruction.number);
      break;
    case Opcode::STRING:
      text(Kind::Str, Encoding::Quoted);
      break;
    case Opcode::UNICODE:
      text(Kind::Str, Encoding::RawUnicode);
      break;
    case Opcode::BINSTRING:
    case Opcode::SHORT_BINSTRING:
    case Opcode::SHORT_BINUNICODE:
    case Opcode::BINUNICODE:
    case Opcode::BINUNICODE8:
      text(Kind::Str, Encoding::Plain);
      break;
    case Opcode::BINBYTES:
    case Opcode::SHORT_BINBYTES:
    case Opcode::BINBYTES8:
      text(Kind::Bytes, Encoding::Plain);
      break;
    case Opcode::BYTEARRAY8:
      text(Kind::ByteArray, Encoding::Plain);
      break;
    default:  // NONE
      break;
  }
}

void Values::attach(ValueId parent, ValueId child, bool original, const Hold& hold) {
  Value& holder = values_[parent];
  Value& held = values_[child];
  const bool leaf = held.is_leaf() && original;
  if (leaf && holder.run > 0) {
    Edge& last = edges_[holder.last_edge];
    if (last.kind == hold.kind && values_[last.child].kind == held.kind) {
      if (graph::fold(holder.run) == graph::Fold::JoinLast) {
        ++last.count;
        values_[last.child].end = held.end;
        held.folded = true;
        return;
      }
    } else {
      holder.run = 0;
    }
  }
  holder.run = leaf ? holder.run + 1 : 0;
  edges_.push_back({child, kNone, hold.label, hold.index, 1, hold.kind, original});
  link(parent, static_cast<EdgeId>(edges_.size() - 1));
}

void Values::link(ValueId parent, EdgeId edge) {
  Value& holder = values_[parent];
  edges_[edge].next = kNone;
  if (holder.last_edge == kNone) {
    holder.first_edge = edge;
  } else {
    edges_[holder.last_edge].next = edge;
  }
  holder.last_edge = edge;
}

EdgeId Values::unlink_all(ValueId parent) {
  Value& holder = values_[parent];
  const EdgeId first = holder.first_edge;
  holder.first_edge = holder.last_edge = kNone;
  holder.run = 0;
  return first;
}

void Values::drop_folded_tail(ValueId first) {
  while (values_.size() > first && values_.back().folded && !values_.back().shared) values_.pop_back();
}

void Values::truncate(ValueId values, EdgeId edges) {
  values_.resize(values);
  edges_.resize(edges);
}

ValueId Values::add_remainder(const Folded& folded) {
  const ValueId remainder = add(Kind::Remainder, folded.begin, folded.end);
  values_[remainder].length = folded.items;
  values_[remainder].number = folded.objects;
  return remainder;
}

ValueId Values::attach_remainder(ValueId parent, const Folded& folded, const Hold& hold) {
  if (const EdgeId last = values_[parent].last_edge; last != kNone) {
    Value& child = values_[edges_[last].child];
    if (child.kind == Kind::Remainder && edges_[last].kind == hold.kind) {
      child.end = folded.end;
      child.length += folded.items;
      child.number += folded.objects;
      return edges_[last].child;
    }
  }
  const ValueId remainder = add_remainder(folded);
  attach(parent, remainder, true, hold);
  return remainder;
}

graph::StringId Values::intern(std::string_view text) {
  return strings_.intern(graph::is_utf8(text) ? text : std::string_view(graph::to_utf8(text)));
}

std::string Values::text(const Value& value, std::size_t limit) const {
  pickle::Bytes raw = payload(value);
  switch (value.encoding) {
    case Encoding::Quoted:
    case Encoding::RawUnicode: {
      // An escape of at most ten bytes may be cut at the end; then the rest in front of it is what there is.
      raw = raw.first(std::min<std::size_t>(raw.size(), limit * 10));
      for (;;) {
        const auto decoded =
            value.encoding == Encoding::Quoted ? pickle::unescape_string(raw) : pickle::unescape_unicode(raw);
        if (decoded) return decoded->substr(0, limit);
        raw = raw.first(decoded.error().offset);
      }
    }
    case Encoding::Latin1:
      return latin1_bytes(as_text(raw.first(std::min(raw.size(), 2 * limit)))).substr(0, limit);
    case Encoding::RawLatin1: {
      const auto decoded = pickle::unescape_unicode(raw);
      return decoded ? latin1_bytes(*decoded).substr(0, limit) : std::string();
    }
    default:
      return std::string(as_text(raw.first(std::min(raw.size(), limit))));
  }
}

std::string_view Values::stored(const Value& value, std::size_t limit) const {
  return as_text(payload(value)).substr(0, limit);
}

std::uint64_t Values::text_length(const Value& value) const {
  const pickle::Bytes raw = payload(value);
  const auto code_points = [](auto bytes) {
    return static_cast<std::uint64_t>(
        std::count_if(bytes.begin(), bytes.end(), [](auto byte) { return (byte & 0xC0) != 0x80; }));
  };
  switch (value.encoding) {
    case Encoding::Quoted:
    case Encoding::RawUnicode: {
      const std::string decoded = text(value, raw.size() * 2);
      return value.encoding == Encoding::Quoted ? decoded.size() : code_points(std::string_view(decoded));
    }
    case Encoding::Latin1:
      return code_points(raw);
    case Encoding::RawLatin1:
      return text(value, raw.size()).size();
    default:
      return value.kind == Kind::Str ? code_points(raw) : raw.size();
  }
}

std::string Values::integer_text(const Value& value) const {
  if (!value.big) return std::to_string(static_cast<std::int64_t>(value.number));
  const pickle::Bytes raw = payload(value);
  if (value.encoding == Encoding::Binary) {
    if (raw.size() <= kExactBytes) return decimal(raw);
    return "integer of " + graph::grouped_digits(raw.size()) + " bytes";
  }
  if (raw.size() <= kLiteralBytes) return std::string(as_text(raw));
  return std::string(as_text(raw.first(20))) + "… (" + graph::counted(raw.size(), "digit") + ")";
}

std::string Values::literal(const Value& value) const {
  switch (value.kind) {
    case Kind::None:
      return "None";
    case Kind::Bool:
      return value.number != 0 ? "True" : "False";
    case Kind::Int:
      return integer_text(value);
    case Kind::Float:
      return float_literal(std::bit_cast<double>(value.number));
    case Kind::Str:
    case Kind::Bytes: {
      const bool bytes = value.kind == Kind::Bytes;
      std::string start = text(value, kLiteralBytes + 4);
      const bool cut = start.size() > kLiteralBytes;
      if (!bytes) start = graph::to_utf8(start);
      if (cut) start = bytes ? start.substr(0, kLiteralBytes) : std::string(graph::utf8_prefix(start, kLiteralBytes));
      std::string quoted = graph::python_literal(start, bytes);
      if (cut) quoted += "…";
      return quoted;
    }
    default:
      return {};
  }
}

}  // namespace dill::inspect
