#include "inspect/containers/npy.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "inspect/containers/little_endian.h"
#include "inspect/containers/pickle_trial.h"
#include "inspect/containers/reading.h"

namespace dill::inspect::containers {

namespace {

constexpr std::size_t kMaxHeader = std::size_t{1} << 20;

// The text of the value behind a key of a dict literal; "" if it is not there. Brackets and quotes are matched, nothing
// else is looked at.
std::string_view value_of(std::string_view dict, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    std::string quoted;
    quoted.append(1, quote).append(key).append(1, quote);
    const std::size_t found = dict.find(quoted);
    if (found == std::string_view::npos) continue;
    std::size_t begin = dict.find(':', found);
    if (begin == std::string_view::npos) return {};
    begin = dict.find_first_not_of(" \t", begin + 1);
    if (begin == std::string_view::npos) return {};
    int depth = 0;
    char within = 0;
    for (std::size_t i = begin; i < dict.size(); ++i) {
      const char c = dict[i];
      if (within != 0) {
        if (c == within) within = 0;
      } else if (c == '\'' || c == '"') {
        within = c;
      } else if (c == '[' || c == '(' || c == '{') {
        ++depth;
      } else if (c == ',' && depth == 0) {
        return dict.substr(begin, i - begin);
      } else if (c == ']' || c == ')' || c == '}') {
        if (depth == 0) return dict.substr(begin, i - begin);
        --depth;
      }
    }
    return dict.substr(begin);
  }
  return {};
}

// Size of an item of a plain type such as '<f8'; nullopt for all else.
std::optional<std::uint64_t> plain_size(std::string_view descr) {
  while (!descr.empty() && descr.back() == ' ') descr.remove_suffix(1);
  if (descr.size() < 4 || descr.front() != descr.back() || (descr.front() != '\'' && descr.front() != '"')) return {};
  descr = descr.substr(1, descr.size() - 2);
  if (std::string_view("<>|=").find(descr.front()) != std::string_view::npos) descr.remove_prefix(1);
  if (descr.size() < 2 || std::string_view("?biufcSaUVMm").find(descr.front()) == std::string_view::npos) return {};
  std::uint64_t size = 0;
  std::size_t i = 1;
  for (; i < descr.size() && descr[i] >= '0' && descr[i] <= '9'; ++i) {
    size = size * 10 + static_cast<std::uint64_t>(descr[i] - '0');
    if (size > std::numeric_limits<std::uint32_t>::max()) return {};
  }
  // Units of times: M8[ns].
  if (i < descr.size() && (descr[i] != '[' || descr.back() != ']')) return {};
  if (i == 1) return {};
  return descr.front() == 'U' ? size * 4 : size;
}

// Product of the numbers in "(3, 4)".
std::optional<std::uint64_t> items_of(std::string_view shape) {
  if (shape.size() < 2 || shape.front() != '(' || shape.find(')') == std::string_view::npos) return {};
  std::uint64_t product = 1;
  for (std::size_t i = 1; i < shape.size() && shape[i] != ')';) {
    if (shape[i] == ' ' || shape[i] == ',' || shape[i] == 'L') {
      ++i;
      continue;
    }
    std::uint64_t number = 0;
    const std::size_t begin = i;
    for (; i < shape.size() && shape[i] >= '0' && shape[i] <= '9'; ++i) {
      if (__builtin_mul_overflow(number, 10, &number) ||
          __builtin_add_overflow(number, static_cast<std::uint64_t>(shape[i] - '0'), &number)) {
        return {};
      }
    }
    if (i == begin || __builtin_mul_overflow(product, number, &product)) return {};
  }
  return product;
}

}  // namespace

std::optional<NpyHeader> read_npy_header(Bytes bytes) {
  if (bytes.size() < 10 || bytes[6] < 1 || bytes[6] > 3) return std::nullopt;
  const bool wide = bytes[6] > 1;
  if (wide && bytes.size() < 12) return std::nullopt;
  const std::uint64_t begin = wide ? 12 : 10;
  const std::uint64_t length =
      wide ? little_endian<std::uint32_t>(bytes, 8) : std::uint64_t{little_endian<std::uint16_t>(bytes, 8)};
  if (length > bytes.size() - begin || length > kMaxHeader) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + begin, length);
  NpyHeader header;
  header.data = begin + length;
  const std::string_view descr = value_of(text, "descr");
  header.descr = descr.substr(0, 200);
  const auto item = plain_size(descr);
  const bool twice = text.find("descr") != text.rfind("descr");
  if (item && !twice) {
    header.may_hold_objects = false;
    std::uint64_t size = 0;
    const auto items = items_of(value_of(text, "shape"));
    if (items && !__builtin_mul_overflow(*items, *item, &size)) header.size = size;
  } else {
    // A list of fields is plain as long as none of its texts may mean an object, however they are spelled.
    header.may_hold_objects = twice || descr.empty() || descr.front() != '[' ||
                              descr.find_first_of("O\\") != std::string_view::npos ||
                              descr.find("object") != std::string_view::npos;
  }
  return header;
}

void read_npy(Reading& reading, const Place& place) {
  // Several arrays may follow each other.
  std::size_t parent = kNoMember;
  for (std::uint64_t begin = 0; begin < place.bytes.size() && reading.goes_on();) {
    Place array = place;
    array.bytes = place.bytes.subspan(begin);
    if (array.offset) array.offset = *array.offset + begin;
    if (begin > 0 && !starts_with(array.bytes, "\x93NUMPY")) {
      Place behind = array;
      behind.path = inner_path(place, "<behind the array>");
      behind.view = View::Other;
      reading.find(place, "trailing-data", Severity::Suspicious,
                   std::to_string(array.bytes.size()) + " bytes follow the array", begin);
      behind.parent = parent;
      behind.within = Format::Npy;
      ++behind.depth;
      reading.read(behind);
      return;
    }
    const auto header = read_npy_header(array.bytes);
    parent = reading.visit(array, Format::Npy);
    if (!header) {
      reading.find(place, "npy-header", Severity::Error, "the header of the array cannot be read", begin);
      return;
    }
    const std::uint64_t rest = array.bytes.size() - header->data;
    if (!header->may_hold_objects) {
      if (!header->size) return;
      if (*header->size > rest) {
        if (place.complete) {
          reading.find(place, "truncated-array", Severity::Error,
                       "the array has " + std::to_string(*header->size) + " bytes of which " + std::to_string(rest) +
                           " are there",
                       begin);
        }
        return;
      }
      begin += header->data + *header->size;
      continue;
    }
    const PickleTrial trial = try_pickle(array.bytes.subspan(header->data), ~std::uint64_t{0});
    if (trial.answer == PickleTrial::Answer::No) {
      if (header->descr.find('O') != std::string::npos && rest > 0 && header->descr.find('[') == std::string::npos) {
        reading.find(place, "npy-no-pickle", Severity::Error,
                     "the header promises an array of objects, but no pickle follows", begin + header->data);
      }
      return;
    }
    const std::uint64_t length = trial.stops ? trial.end : rest;
    Place pickle = Reading::part(array, Format::Npy, parent, header->data, length);
    pickle.view = place.view;
    reading.visit(pickle, Format::Pickle);
    begin += header->data + length;
  }
}

}  // namespace dill::inspect::containers
