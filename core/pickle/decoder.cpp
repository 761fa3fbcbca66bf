#include "pickle/decoder.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "pickle/escapes.h"

namespace dill::pickle {

namespace {

using Kind = DecodeError::Kind;

std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::uint64_t little_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

bool is_ascii(Bytes bytes) {
  for (const unsigned char byte : bytes) {
    if (byte >= 0x80) return false;
  }
  return true;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digit_of(char c, int base) {
  if (c >= '0' && c <= '9') return c - '0' < base;
  const char lower = static_cast<char>(c | 0x20);
  return base == 16 && lower >= 'a' && lower <= 'f';
}

struct Decimal {
  std::int64_t value = 0;
  bool big = false;
};

enum class Prefixes { Refuse, Accept };

// An integer as the Unpickler reads it: sign, digits; with prefixes also 0x, 0o, 0b. Underscores, which Python's int()
// would take between digits, are written by no pickler and refused.
std::optional<Decimal> parse_integer(std::string_view text, Prefixes prefixes) {
  text = trimmed(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (prefixes == Prefixes::Accept && text.size() > 2 && text[0] == '0') {
    const char letter = static_cast<char>(text[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    if (base != 10) text.remove_prefix(2);
  }
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (!is_digit_of(c, base)) return std::nullopt;
  }
  std::uint64_t magnitude = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  const std::uint64_t limit = std::uint64_t{1} << 63;
  if (parsed.ec != std::errc{} || magnitude > limit || (magnitude == limit && !negative)) return Decimal{0, true};
  return Decimal{static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude), false};
}

// Whether a decimal number that is out of the range of a double is too large (and not too small) for it.
bool is_large(std::string_view digits) {
  std::int64_t exponent = 0;
  const std::size_t e = digits.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view power = digits.substr(e + 1);
    if (!power.empty() && power[0] == '+') power.remove_prefix(1);
    if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc{}) return power[0] != '-';
    digits = digits.substr(0, e);
  }
  const std::size_t first = digits.find_first_of("123456789");
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const auto magnitude = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  return exponent + magnitude > 0;
}

std::optional<double> parse_float(std::string_view text) {
  text = trimmed(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text[0] == '-' || text.find('(') != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) {
    value = is_large(text) ? std::numeric_limits<double>::infinity() : 0.0;
  } else if (parsed.ec != std::errc{}) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

// Reads one argument into an instruction that has its opcode and offset. Every function returns false after setting what
// error() is made of.
class ArgumentReader {
 public:
  ArgumentReader(Bytes bytes, const OpcodeInfo& info, Instruction& into)
      : bytes_(bytes), position_(into.offset + 1), info_(info), instruction_(into) {}

  bool read(Frames frames) {
    switch (info_.argument) {
      case ArgumentKind::None:
        return true;
      case ArgumentKind::Uint1:
        return read_unsigned(1);
      case ArgumentKind::Uint2:
        return read_unsigned(2);
      case ArgumentKind::Int4:
        return read_int4();
      case ArgumentKind::Uint4:
        return read_unsigned(4);
      case ArgumentKind::Uint8:
        return read_frame_length(frames);
      case ArgumentKind::DecimalNl:
        return read_decimal();
      case ArgumentKind::FloatNl:
        return read_float_text();
      case ArgumentKind::StringNl:
        return read_string_line();
      case ArgumentKind::StringNlPair:
        return read_line(instruction_.payload) && read_line(instruction_.second) &&
               ((is_utf8(instruction_.payload, Surrogates::Refuse) &&
                 is_utf8(instruction_.second, Surrogates::Refuse)) ||
                fail(Kind::BadText));
      case ArgumentKind::UnicodeNl:
        return read_line(instruction_.payload);
      case ArgumentKind::Float8:
        return read_double();
      case ArgumentKind::String1:
      case ArgumentKind::Bytes1:
        return read_sized(1);
      case ArgumentKind::String4:
        return read_signed_sized();
      case ArgumentKind::Bytes4:
        return read_sized(4);
      case ArgumentKind::Bytes8:
      case ArgumentKind::ByteArray8:
        return read_sized(8);
      case ArgumentKind::Unicode1:
        return read_sized(1) && check_text();
      case ArgumentKind::Unicode4:
        return read_sized(4) && check_text();
      case ArgumentKind::Unicode8:
        return read_sized(8) && check_text();
      case ArgumentKind::Long1:
        return read_sized(1) && take_long();
      case ArgumentKind::Long4:
        return read_signed_sized() && take_long();
    }
    return fail(Kind::UnknownOpcode);
  }

  std::uint64_t position() const { return position_; }
  DecodeError error() const {
    return {kind_, instruction_.offset, static_cast<unsigned char>(info_.opcode), needed_, available_};
  }

 private:
  Bytes bytes_;
  std::uint64_t position_;
  const OpcodeInfo& info_;
  Instruction& instruction_;
  Kind kind_ = Kind::EndOfData;
  std::uint64_t needed_ = 0;
  std::uint64_t available_ = 0;

  bool fail(Kind kind) {
    kind_ = kind;
    return false;
  }

  bool take(std::uint64_t count, Bytes& out) {
    available_ = bytes_.size() - position_;
    needed_ = count;
    if (count > available_) return fail(Kind::Truncated);
    out = bytes_.subspan(position_, count);
    position_ += count;
    return true;
  }

  bool read_number(std::size_t size, std::uint64_t& out) {
    Bytes raw;
    if (!take(size, raw)) return false;
    out = little_endian(raw);
    return true;
  }

  bool read_unsigned(std::size_t size) {
    std::uint64_t value = 0;
    if (!read_number(size, value)) return false;
    instruction_.integer = static_cast<std::int64_t>(value);
    return true;
  }

  bool read_int4() {
    std::uint64_t value = 0;
    if (!read_number(4, value)) return false;
    instruction_.integer = static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    return true;
  }

  bool read_double() {
    Bytes raw;
    if (!take(8, raw)) return false;
    std::uint64_t bits = 0;
    for (const unsigned char byte : raw) bits = bits << 8 | byte;
    instruction_.number = std::bit_cast<double>(bits);
    return true;
  }

  bool read_frame_length(Frames frames) {
    std::uint64_t value = 0;
    if (!read_number(8, value)) return false;
    needed_ = value;
    available_ = bytes_.size() - position_;
    if (value > available_ && frames == Frames::MustFit) return fail(Kind::FrameBeyondEnd);
    // Longer than any file; only reported, so the exact value does not matter.
    constexpr auto kLongest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    instruction_.integer = static_cast<std::int64_t>(std::min(value, kLongest));
    return true;
  }

  bool read_sized(std::size_t size) {
    std::uint64_t length = 0;
    return read_number(size, length) && take(length, instruction_.payload);
  }

  bool read_signed_sized() {
    if (!read_int4()) return false;
    const std::int64_t length = instruction_.integer;
    instruction_.integer = 0;
    if (length < 0) return fail(Kind::NegativeLength);
    return take(static_cast<std::uint64_t>(length), instruction_.payload);
  }

  bool check_text() { return is_utf8(instruction_.payload, Surrogates::Pass) || fail(Kind::BadText); }

  bool take_long() {
    Bytes digits = instruction_.payload;
    while (digits.size() > 8) {  // a sign byte that only repeats the sign needs no room
      const unsigned char sign = digits[digits.size() - 2] & 0x80 ? 0xFF : 0x00;
      if (digits.back() != sign) {
        instruction_.big = true;
        return true;
      }
      digits = digits.first(digits.size() - 1);
    }
    std::uint64_t value = little_endian(digits);
    if (!digits.empty() && digits.size() < 8 && (digits.back() & 0x80)) value |= ~std::uint64_t{0} << 8 * digits.size();
    instruction_.integer = static_cast<std::int64_t>(value);
    return true;
  }

  bool read_line(Bytes& line) {
    const std::size_t left = bytes_.size() - position_;
    const unsigned char* begin = bytes_.data() + position_;
    const void* newline = left == 0 ? nullptr : std::memchr(begin, '\n', left);
    if (newline == nullptr) {
      available_ = left;
      return fail(Kind::NoNewline);
    }
    const auto length = static_cast<std::size_t>(static_cast<const unsigned char*>(newline) - begin);
    line = bytes_.subspan(position_, length);
    position_ += length + 1;
    return true;
  }

  bool read_decimal() {
    if (!read_line(instruction_.payload)) return false;
    const std::string_view text = as_text(instruction_.payload);
    const Opcode opcode = info_.opcode;
    const bool number = opcode == Opcode::INT || opcode == Opcode::LONG;
    if (opcode == Opcode::INT && (text == "00" || text == "01")) {
      instruction_.boolean = true;
      instruction_.integer = text[1] - '0';
      return true;
    }
    if (opcode == Opcode::LONG && !text.empty() && text.back() == 'L') {
      instruction_.payload = instruction_.payload.first(text.size() - 1);
    }
    const auto value = parse_integer(as_text(instruction_.payload), number ? Prefixes::Accept : Prefixes::Refuse);
    if (!value || (!number && (value->big || value->value < 0))) return fail(Kind::BadDecimal);
    instruction_.integer = value->value;
    instruction_.big = value->big;
    return true;
  }

  bool read_float_text() {
    if (!read_line(instruction_.payload)) return false;
    const auto value = parse_float(as_text(instruction_.payload));
    if (!value) return fail(Kind::BadFloat);
    instruction_.number = *value;
    return true;
  }

  bool read_string_line() {
    if (!read_line(instruction_.payload)) return false;
    if (info_.opcode == Opcode::PERSID) return is_ascii(instruction_.payload) || fail(Kind::BadText);
    const Bytes quoted = instruction_.payload;
    if (quoted.size() < 2 || quoted.front() != quoted.back() || (quoted.front() != '\'' && quoted.front() != '"')) {
      return fail(Kind::BadQuotes);
    }
    instruction_.payload = quoted.subspan(1, quoted.size() - 2);
    return true;
  }
};

}  // namespace

tl::expected<Instruction, DecodeError> Decoder::next() {
  if (position_ >= bytes_.size()) return tl::unexpected(DecodeError{Kind::EndOfData, bytes_.size(), 0});
  const unsigned char byte = bytes_[position_];
  const OpcodeInfo* info = find_opcode(byte);
  if (info == nullptr) return tl::unexpected(DecodeError{Kind::UnknownOpcode, position_, byte});
  return read(*info);
}

tl::expected<Instruction, DecodeError> Decoder::read(const OpcodeInfo& info) {
  // Made where the caller wants it, from an instruction: an empty result would be cleared as a whole first.
  tl::expected<Instruction, DecodeError> result(Instruction{.opcode = info.opcode, .offset = position_});
  ArgumentReader reader(bytes_, info, *result);
  if (reader.read(frames_)) {
    result->length = reader.position() - position_;
    position_ = reader.position();
  } else {
    result = tl::unexpected(reader.error());
  }
  return result;
}

std::string DecodeError::message() const {
  const OpcodeInfo* info = find_opcode(byte);
  const std::string name(info == nullptr ? std::string_view("opcode") : info->name);
  switch (kind) {
    case Kind::EndOfData:
      return "the data ends without a STOP opcode";
    case Kind::UnknownOpcode: {
      constexpr char kHex[] = "0123456789abcdef";
      return std::string("byte 0x") + kHex[byte >> 4] + kHex[byte & 15] + " is no pickle opcode";
    }
    case Kind::Truncated:
      return name + " needs " + std::to_string(needed) + " more bytes, only " + std::to_string(available) + " are left";
    case Kind::NoNewline:
      return "the argument of " + name + " has no newline at its end";
    case Kind::NegativeLength:
      return name + " has a negative length";
    case Kind::FrameBeyondEnd:
      return "the frame is " + std::to_string(needed) + " bytes long, only " + std::to_string(available) + " are left";
    case Kind::BadDecimal:
      return "the argument of " + name + " is not a valid integer";
    case Kind::BadFloat:
      return "the argument of " + name + " is not a number";
    case Kind::BadQuotes:
      return "the argument of " + name + " is not in quotes";
    case Kind::BadText:
      return "the argument of " + name +
             (byte == static_cast<unsigned char>(Opcode::PERSID) ? " is not ASCII" : " is not UTF-8");
  }
  return name;
}

}  // namespace dill::pickle
