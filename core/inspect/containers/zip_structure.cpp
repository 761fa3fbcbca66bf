#include "inspect/containers/zip_structure.h"

#include <algorithm>
#include <cstring>

#include "inspect/containers/little_endian.h"

namespace dill::inspect::containers {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLocal = "PK\x03\x04"sv;
constexpr std::string_view kCentral = "PK\x01\x02"sv;
constexpr std::string_view kEnd = "PK\x05\x06"sv;
constexpr std::string_view kEnd64 = "PK\x06\x06"sv;
constexpr std::string_view kLocator64 = "PK\x06\x07"sv;
constexpr std::string_view kDescriptor = "PK\x07\x08"sv;

constexpr std::uint64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr std::uint64_t kTail = 65535 + kEndSize;
// Each end record may point at directories of its own, which cost a pass each.
constexpr std::size_t kMaxDirectories = 16;
constexpr std::size_t kMaxEnds = 64;

constexpr std::uint32_t k32 = 0xFFFF'FFFF;

bool fits(Bytes bytes, std::uint64_t at, std::uint64_t size) { return at <= bytes.size() && bytes.size() - at >= size; }

template <typename Number>
Number number(Bytes bytes, std::uint64_t at) {
  return little_endian<Number>(bytes, at);
}

std::string text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Takes the 64-bit values out of an extra field, in the order of the format, for those that do not fit in 32 bits.
void read_extra(Bytes extra, ZipHeader& header, std::uint64_t* offset) {
  while (extra.size() >= 4) {
    const auto id = number<std::uint16_t>(extra, 0);
    const std::size_t size = number<std::uint16_t>(extra, 2);
    extra = extra.subspan(4);
    Bytes field = extra.first(std::min(size, extra.size()));
    extra = extra.subspan(field.size());
    if (id != 1) continue;
    const auto take = [&](std::uint64_t& value) {
      if (value != k32 || field.size() < 8) return;
      value = number<std::uint64_t>(field, 0);
      field = field.subspan(8);
    };
    take(header.size);
    take(header.compressed);
    if (offset != nullptr) take(*offset);
    return;
  }
}

// The entries of the directory that begins at `begin`; gives its end. A directory goes on as long as entries follow: one
// reader counts them, another one their bytes.
std::uint64_t read_directory(Bytes bytes, const ZipDirectory& directory, std::size_t number_of_directory,
                             std::size_t max_entries, ZipStructure& structure) {
  std::uint64_t at = directory.begin;
  while (fits(bytes, at, kCentralSize) && starts_with(bytes, kCentral, at)) {
    if (structure.entries.size() >= max_entries) {
      structure.too_many = true;
      break;
    }
    const std::uint64_t name = number<std::uint16_t>(bytes, at + 28), extra = number<std::uint16_t>(bytes, at + 30),
                        comment = number<std::uint16_t>(bytes, at + 32);
    if (!fits(bytes, at + kCentralSize, name + extra + comment)) break;
    ZipEntry entry;
    entry.header.flags = number<std::uint16_t>(bytes, at + 8);
    entry.header.method = number<std::uint16_t>(bytes, at + 10);
    entry.header.crc = number<std::uint32_t>(bytes, at + 16);
    entry.header.compressed = number<std::uint32_t>(bytes, at + 20);
    entry.header.size = number<std::uint32_t>(bytes, at + 24);
    entry.offset = number<std::uint32_t>(bytes, at + 42);
    entry.header.name = text(bytes.subspan(at + kCentralSize, name));
    read_extra(bytes.subspan(at + kCentralSize + name, extra), entry.header, &entry.offset);
    entry.offset += directory.shift;
    entry.directory = number_of_directory;
    structure.entries.push_back(std::move(entry));
    at += kCentralSize + name + extra + comment;
  }
  return at;
}

class Directories {
 public:
  Directories(Bytes bytes, std::size_t max_entries, ZipStructure& structure)
      : bytes_(bytes), max_entries_(max_entries), structure_(structure) {}

  // What an end record (or a zip64 one) at `end` says. Some readers take the offset as it stands, some count the size
  // back from the record and shift all offsets by the difference.
  void add(std::uint64_t end, std::uint64_t entries, std::uint64_t size, std::uint64_t offset) {
    bool found = false;
    if (offset <= bytes_.size() && (entries == 0 || starts_with(bytes_, kCentral, offset))) {
      found = add_directory({.begin = offset, .end = 0, .shift = 0}, entries);
    }
    if (size <= end && end - size != offset && end - size > offset &&
        (entries == 0 || starts_with(bytes_, kCentral, end - size))) {
      found |= add_directory({.begin = end - size, .end = 0, .shift = end - size - offset}, entries);
    }
    if (!found && entries != 0) structure_.missing_directory = true;
  }

 private:
  bool add_directory(ZipDirectory directory, std::uint64_t entries) {
    for (const ZipDirectory& known : structure_.directories) {
      if (known.begin == directory.begin && known.shift == directory.shift) return true;
    }
    if (structure_.directories.size() >= kMaxDirectories) {
      structure_.too_many = true;
      return false;
    }
    const std::size_t before = structure_.entries.size();
    directory.end = read_directory(bytes_, directory, structure_.directories.size(), max_entries_, structure_);
    const std::size_t found = structure_.entries.size() - before;
    structure_.counts_differ |= found != entries;
    structure_.directories.push_back(directory);
    return true;
  }

  Bytes bytes_;
  std::size_t max_entries_;
  ZipStructure& structure_;
};

bool lies_in_entry(Bytes bytes, const ZipStructure& structure, std::uint64_t at) {
  return std::ranges::any_of(structure.entries, [&](const ZipEntry& entry) {
    if (entry.offset >= at) return false;
    const auto local = read_zip_local(bytes, entry.offset);
    return local && local->data <= at && at - local->data < entry.header.compressed;
  });
}

}  // namespace

std::optional<std::uint64_t> find_signature(Bytes bytes, std::uint64_t begin, std::uint64_t end,
                                            std::string_view kind) {
  if (begin >= end) return std::nullopt;
  const void* const found = ::memmem(bytes.data() + begin, end - begin, kind.data(), kind.size());
  if (found == nullptr) return std::nullopt;
  return static_cast<std::uint64_t>(static_cast<const unsigned char*>(found) - bytes.data());
}

std::optional<std::uint64_t> find_zip_end(Bytes bytes) {
  std::optional<std::uint64_t> last;
  std::uint64_t at = bytes.size() > kTail ? bytes.size() - kTail : 0;
  while (const auto found = find_signature(bytes, at, bytes.size(), kEnd)) {
    if (fits(bytes, *found, kEndSize)) last = *found;
    at = *found + 1;
  }
  return last;
}

std::optional<ZipLocal> read_zip_local(Bytes bytes, std::uint64_t offset) {
  if (!fits(bytes, offset, kLocalSize) || !starts_with(bytes, kLocal, offset)) return std::nullopt;
  const std::uint64_t name = number<std::uint16_t>(bytes, offset + 26),
                      extra = number<std::uint16_t>(bytes, offset + 28);
  if (!fits(bytes, offset + kLocalSize, name + extra)) return std::nullopt;
  ZipLocal local;
  local.offset = offset;
  local.data = offset + kLocalSize + name + extra;
  local.header.flags = number<std::uint16_t>(bytes, offset + 6);
  local.header.method = number<std::uint16_t>(bytes, offset + 8);
  local.header.crc = number<std::uint32_t>(bytes, offset + 14);
  local.header.compressed = number<std::uint32_t>(bytes, offset + 18);
  local.header.size = number<std::uint32_t>(bytes, offset + 22);
  local.header.name = text(bytes.subspan(offset + kLocalSize, name));
  read_extra(bytes.subspan(offset + kLocalSize + name, extra), local.header, nullptr);
  return local;
}

std::uint64_t behind_zip_descriptor(Bytes bytes, std::uint64_t end, bool expected) {
  const bool is_signed = starts_with(bytes, kDescriptor, end);
  if (!is_signed && !expected) return end;
  const std::uint64_t begin = end + (is_signed ? 4 : 0);
  // With sizes of 32 or 64 bits: what follows tells.
  for (const std::uint64_t size : {12, 20}) {
    if (!fits(bytes, begin, size)) break;
    for (const std::string_view next : {kLocal, kCentral, kEnd, kEnd64}) {
      if (starts_with(bytes, next, begin + size)) return begin + size;
    }
  }
  return is_signed && fits(bytes, begin, 12) ? begin + 12 : end;
}

ZipStructure read_zip_structure(Bytes bytes, std::size_t max_entries) {
  ZipStructure structure;
  Directories directories(bytes, max_entries, structure);
  std::uint64_t at = bytes.size() > kTail ? bytes.size() - kTail : 0;
  while (const auto found = find_signature(bytes, at, bytes.size(), kEnd)) {
    at = *found + 1;
    if (!fits(bytes, *found, kEndSize)) break;
    if (structure.ends.size() == kMaxEnds) {
      structure.too_many = true;
      break;
    }
    const std::uint64_t comment = number<std::uint16_t>(bytes, *found + 20);
    const Bytes rest = bytes.subspan(*found + kEndSize);
    ZipEnd end{.offset = *found, .end = 0, .comment = rest.first(std::min<std::uint64_t>(comment, rest.size()))};
    end.comment_cut = comment > rest.size();
    end.end = *found + kEndSize + end.comment.size();
    structure.ends.push_back(end);
  }
  // The last one first: it is what most readers take.
  for (auto end = structure.ends.rbegin(); end != structure.ends.rend(); ++end) {
    const std::uint64_t offset = end->offset;
    if (lies_in_entry(bytes, structure, offset)) continue;  // of a zip that is stored in this one
    const std::uint64_t entries = number<std::uint16_t>(bytes, offset + 10);
    const std::uint64_t size = number<std::uint32_t>(bytes, offset + 12),
                        begin = number<std::uint32_t>(bytes, offset + 16);
    bool wide = false;
    if (offset >= kLocatorSize && starts_with(bytes, kLocator64, offset - kLocatorSize)) {
      structure.records.push_back({offset - kLocatorSize, offset});
      const auto stated = number<std::uint64_t>(bytes, offset - kLocatorSize + 8);
      // Where the locator says, and right before it: readers differ.
      std::vector<std::uint64_t> places{stated};
      if (offset >= kLocatorSize + kEnd64Size && offset - kLocatorSize - kEnd64Size != stated) {
        places.push_back(offset - kLocatorSize - kEnd64Size);
      }
      for (const std::uint64_t place : places) {
        if (!fits(bytes, place, kEnd64Size) || !starts_with(bytes, kEnd64, place)) continue;
        structure.records.push_back({place, place + kEnd64Size});
        directories.add(place, number<std::uint64_t>(bytes, place + 32), number<std::uint64_t>(bytes, place + 40),
                        number<std::uint64_t>(bytes, place + 48));
        wide = true;
      }
    }
    // Readers without zip64, and those that take it only where the small numbers say so, believe these.
    const bool says_wide = entries == 0xFFFF || size == k32 || begin == k32;
    if (!wide || !says_wide) directories.add(offset, entries, size, begin);
  }
  return structure;
}

}  // namespace dill::inspect::containers
