#include "inspect/raw_array.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace dill::inspect {

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturating_product(std::uint64_t left, std::uint64_t right) {
  return right != 0 && left > kMost / right ? kMost : left * right;
}

}  // namespace

std::optional<ItemType> item_type(std::string_view dtype) {
  if (!dtype.empty() && std::string_view("<>|=").find(dtype.front()) != std::string_view::npos) dtype.remove_prefix(1);
  if (dtype.empty()) return std::nullopt;
  const char kind = dtype.front();
  if (std::string_view("?biufcSaUVOMm").find(kind) == std::string_view::npos) return std::nullopt;
  const std::string_view digits = dtype.substr(1);
  std::uint64_t size = kind == '?' ? 1 : 0;
  if (kind != '?' || !digits.empty()) {
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), size);
    // 'M8[ns]' has its unit behind the size.
    if (read.ec != std::errc() || (read.ptr != digits.data() + digits.size() && *read.ptr != '[')) return std::nullopt;
  }
  return ItemType{kind == 'a' ? 'S' : kind, kind == 'U' ? saturating_product(size, 4) : size};
}

std::uint64_t item_count(std::span<const std::uint64_t> shape) {
  if (std::ranges::find(shape, std::uint64_t{0}) != shape.end()) return 0;
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count = saturating_product(count, length);
  return count;
}

std::optional<RawBytes> raw_bytes(std::span<const unsigned char> input, std::uint64_t offset, const RawArray& array) {
  if (offset > input.size()) return std::nullopt;
  if (array.aligned) {
    if (offset == input.size()) return std::nullopt;
    const std::uint64_t padding = input[offset++];
    if (padding > input.size() - offset) return std::nullopt;
    offset += padding;
  }
  const std::uint64_t size = saturating_product(array.items, array.item_size);
  if (size > input.size() - offset) return std::nullopt;
  return RawBytes{offset, offset + size};
}

}  // namespace dill::inspect
