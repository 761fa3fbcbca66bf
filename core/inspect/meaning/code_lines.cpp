#include "inspect/meaning/code_lines.h"

#include <optional>

namespace dill::inspect {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return place_ >= bytes_.size(); }
  std::optional<unsigned> byte() {
    if (at_end()) return std::nullopt;
    return static_cast<unsigned char>(bytes_[place_++]);
  }
  // Six bits a byte, the lowest first.
  std::optional<std::uint64_t> little() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 60; shift += 6) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value |= std::uint64_t{*next & 63} << shift;
      if ((*next & 64) == 0) return value;
    }
    return std::nullopt;
  }
  std::optional<std::int64_t> signed_little() {
    const auto value = little();
    if (!value) return std::nullopt;
    const auto half = static_cast<std::int64_t>(*value >> 1);
    return (*value & 1) != 0 ? -half : half;
  }
  // Six bits a byte, the highest first.
  std::optional<std::uint64_t> big() {
    std::uint64_t value = 0;
    for (int i = 0; i < 10; ++i) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value = value << 6 | (*next & 63);
      if ((*next & 64) == 0) return value;
    }
    return std::nullopt;
  }

 private:
  std::string_view bytes_;
  std::size_t place_ = 0;
};

// A hostile table may add up to anything.
std::int64_t moved(std::int64_t line, std::int64_t delta) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(line) + static_cast<std::uint64_t>(delta));
}

std::int64_t as_signed(unsigned byte) { return static_cast<signed char>(static_cast<unsigned char>(byte)); }

// Calls each(bytes, lines) for the pairs of bytes in a table.
template <class Each>
void for_each_pair(std::string_view table, Each each) {
  for (std::size_t at = 0; at + 1 < table.size(); at += 2)
    each(static_cast<unsigned char>(table[at]), static_cast<unsigned char>(table[at + 1]));
}

std::vector<LineRange> from_lnotab(std::string_view table, std::int64_t line, std::size_t code_size) {
  std::vector<LineRange> ranges;
  std::uint64_t begin = 0;
  for_each_pair(table, [&](unsigned bytes, unsigned lines) {
    if (bytes != 0) {
      ranges.push_back({begin, begin + bytes, line});
      begin += bytes;
    }
    line = moved(line, as_signed(lines));
  });
  if (begin < code_size) ranges.push_back({begin, code_size, line});
  return ranges;
}

std::vector<LineRange> from_linetable(std::string_view table, std::int64_t line) {
  std::vector<LineRange> ranges;
  std::uint64_t begin = 0;
  for_each_pair(table, [&](unsigned bytes, unsigned lines) {
    const bool none = lines == 0x80;
    if (!none) line = moved(line, as_signed(lines));
    if (bytes != 0) ranges.push_back({begin, begin + bytes, none ? -1 : line});
    begin += bytes;
  });
  return ranges;
}

std::vector<LineRange> from_locations(std::string_view table, std::int64_t line) {
  std::vector<LineRange> ranges;
  std::uint64_t begin = 0;
  Reader reader(table);
  while (const auto head = reader.byte()) {
    if ((*head & 0x80) == 0) break;
    const unsigned form = *head >> 3 & 15;
    const std::uint64_t end = begin + 2 * ((*head & 7) + 1);
    bool good = true;
    switch (form) {
      case 15:  // no location
        break;
      case 14:
      case 13: {  // a line, and in the long form the last line and two columns
        const auto delta = reader.signed_little();
        good = delta.has_value();
        for (int i = 0; good && form == 14 && i < 3; ++i) good = reader.little().has_value();
        if (good) line = moved(line, *delta);
        break;
      }
      case 10:
      case 11:
      case 12:
        line = moved(line, form - 10);
        good = reader.byte() && reader.byte();
        break;
      default:
        good = reader.byte().has_value();
    }
    if (!good) break;
    ranges.push_back({begin, end, form == 15 ? -1 : line});
    begin = end;
  }
  return ranges;
}

}  // namespace

std::vector<LineRange> line_ranges(int minor, std::string_view table, std::int64_t first_line, std::size_t code_size) {
  if (minor < 10) return from_lnotab(table, first_line, code_size);
  if (minor == 10) return from_linetable(table, first_line);
  return from_locations(table, first_line);
}

std::vector<ExceptionRange> exception_ranges(std::string_view table) {
  std::vector<ExceptionRange> ranges;
  Reader reader(table);
  while (!reader.at_end()) {
    const auto begin = reader.big();
    const auto length = reader.big();
    const auto target = reader.big();
    const auto depth = reader.big();
    if (!depth) break;
    ranges.push_back({2 * *begin, 2 * (*begin + *length), 2 * *target, *depth >> 1, (*depth & 1) != 0});
  }
  return ranges;
}

}  // namespace dill::inspect
