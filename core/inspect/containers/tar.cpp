#include "inspect/containers/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>

namespace dill::inspect::containers {

namespace {

constexpr std::size_t kBlock = 512;

struct Free {
  void operator()(archive* reader) const { ::archive_read_free(reader); }
};

std::uint64_t round_up(std::uint64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

// A number of a header, in octal digits or, with the highest bit set, in binary.
std::optional<std::uint64_t> number(Bytes field) {
  std::uint64_t value = 0;
  if ((field[0] & 0x80) != 0) {
    if (field[0] != 0x80) return std::nullopt;
    for (const unsigned char byte : field.subspan(1)) {
      if ((value >> 56) != 0) return std::nullopt;
      value = value << 8 | byte;
    }
    return value;
  }
  bool begun = false;
  for (const unsigned char byte : field) {
    if (byte >= '0' && byte <= '7') {
      value = value * 8 + (byte - '0');
      begun = true;
    } else if (byte != ' ' || begun) {
      break;
    }
  }
  if (!begun) return std::nullopt;
  return value;
}

std::string text(Bytes field) {
  const auto end = std::find(field.begin(), field.end(), 0);
  return {field.begin(), end};
}

TarEntry::Kind kind_of(const archive_entry* entry) {
  if (::archive_entry_hardlink(const_cast<archive_entry*>(entry)) != nullptr) return TarEntry::Kind::Link;
  switch (::archive_entry_filetype(const_cast<archive_entry*>(entry))) {
    case AE_IFREG:
      return TarEntry::Kind::File;
    case AE_IFDIR:
      return TarEntry::Kind::Folder;
    case AE_IFLNK:
      return TarEntry::Kind::Link;
    default:
      return TarEntry::Kind::Other;
  }
}

std::string name_of(archive_entry* entry, std::size_t number) {
  if (const char* name = ::archive_entry_pathname_utf8(entry)) return name;
  if (const char* name = ::archive_entry_pathname(entry)) return name;
  return "<entry " + std::to_string(number + 1) + ">";
}

// What lies behind the entry's header, as far as it is there. libarchive hands out parts of the bytes it was given.
Bytes content_of(archive* reader, Bytes all) {
  const unsigned char* begin = nullptr;
  const unsigned char* end = nullptr;
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  while (::archive_read_data_block(reader, &block, &size, &offset) == ARCHIVE_OK) {
    const auto* const at = static_cast<const unsigned char*>(block);
    if (size == 0) continue;
    if (at < all.data() || at + size > all.data() + all.size() || at < end) break;
    if (begin == nullptr) begin = at;
    end = at + size;
  }
  return begin == nullptr ? Bytes() : Bytes(begin, end);
}

la_ssize_t read_all(archive*, void* data, const void** buffer) {
  auto& rest = *static_cast<Bytes*>(data);
  *buffer = rest.data();
  const auto size = static_cast<la_ssize_t>(rest.size());
  rest = rest.subspan(rest.size());
  return size;
}

void walk(Bytes bytes, std::size_t max_entries, TarContent& content) {
  const std::unique_ptr<archive, Free> reader(::archive_read_new());
  Bytes rest = bytes;
  if (reader == nullptr || ::archive_read_support_format_tar(reader.get()) != ARCHIVE_OK ||
      ::archive_read_open(reader.get(), &rest, nullptr, &read_all, nullptr) != ARCHIVE_OK) {
    content.damage = "libarchive cannot read it";
    return;
  }
  while (true) {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return;
    if (status == ARCHIVE_RETRY) continue;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      const char* const why = ::archive_error_string(reader.get());
      content.damage = why != nullptr ? why : "an entry cannot be read";
      return;
    }
    if (content.entries.size() == max_entries) {
      content.more = true;
      return;
    }
    TarEntry found;
    found.name = name_of(entry, content.entries.size());
    found.kind = kind_of(entry);
    found.header = static_cast<std::uint64_t>(::archive_read_header_position(reader.get()));
    const la_int64_t size = ::archive_entry_size(entry);
    if (found.kind == TarEntry::Kind::File || size > 0) {
      found.bytes = content_of(reader.get(), bytes);
      const bool sparse = ::archive_entry_sparse_count(entry) > 0;
      found.cut = !sparse && size >= 0 && found.bytes.size() < static_cast<std::uint64_t>(size);
    }
    content.end = found.bytes.empty()
                      ? found.header + kBlock
                      : round_up(static_cast<std::uint64_t>(found.bytes.data() - bytes.data()) + found.bytes.size());
    content.entries.push_back(std::move(found));
  }
}

// An entry whose header lies at `at`.
TarEntry entry_at(Bytes bytes, std::uint64_t at) {
  const Bytes header = bytes.subspan(at, kBlock);
  TarEntry entry;
  entry.header = at;
  entry.hidden = true;
  entry.name = text(header.subspan(0, 100));
  if (starts_with(header, "ustar", 257)) {
    const std::string prefix = text(header.subspan(345, 155));
    if (!prefix.empty()) entry.name.insert(0, prefix + "/");
  }
  const unsigned char type = header[156];
  entry.kind = type == '5'                               ? TarEntry::Kind::Folder
               : type == '1' || type == '2'              ? TarEntry::Kind::Link
               : type == 0 || type == '0' || type == '7' ? TarEntry::Kind::File
                                                         : TarEntry::Kind::Other;
  const std::uint64_t size = number(header.subspan(124, 12)).value_or(0);
  const Bytes behind = bytes.subspan(at + kBlock);
  entry.cut = size > behind.size();
  entry.bytes = behind.first(std::min<std::uint64_t>(size, behind.size()));
  return entry;
}

// Looks for headers in the blocks [begin, end).
void look_for_hidden(Bytes bytes, std::uint64_t begin, std::uint64_t end, std::size_t max_entries,
                     TarContent& content) {
  for (std::uint64_t at = round_up(begin); at + kBlock <= end;) {
    if (!is_tar_header(bytes.subspan(at))) {
      at += kBlock;
      continue;
    }
    if (content.entries.size() >= max_entries) {
      content.more = true;
      return;
    }
    TarEntry entry = entry_at(bytes, at);
    at += kBlock + round_up(entry.bytes.size());
    content.end = std::max(content.end, std::min<std::uint64_t>(at, bytes.size()));
    content.entries.push_back(std::move(entry));
  }
}

}  // namespace

bool is_tar_header(Bytes bytes) {
  if (bytes.size() < kBlock || bytes[0] == 0) return false;
  constexpr std::size_t kAt = 148, kSize = 8;
  const auto stated = number(bytes.subspan(kAt, kSize));
  if (!stated) return false;
  // The field counts as spaces. Old programs added signed characters.
  std::uint64_t sum = kSize * ' ';
  std::int64_t signed_sum = static_cast<std::int64_t>(sum);
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (i >= kAt && i < kAt + kSize) continue;
    sum += bytes[i];
    signed_sum += static_cast<signed char>(bytes[i]);
  }
  return *stated == sum || static_cast<std::int64_t>(*stated) == signed_sum;
}

TarContent read_tar(Bytes bytes, std::size_t max_entries) {
  TarContent content;
  walk(bytes, max_entries, content);
  const std::size_t known = content.entries.size();
  std::uint64_t covered = 0;
  for (std::size_t i = 0; i < known && !content.more; ++i) {
    const std::uint64_t header = content.entries[i].header;
    if (header > covered) look_for_hidden(bytes, covered, header, max_entries, content);
    const Bytes own = content.entries[i].bytes;
    covered = i + 1 < known ? std::max(content.entries[i + 1].header, covered)
              : own.empty() ? header + kBlock
                            : round_up(static_cast<std::uint64_t>(own.data() - bytes.data()) + own.size());
  }
  if (!content.more)
    look_for_hidden(bytes, std::min<std::uint64_t>(covered, bytes.size()), bytes.size(), max_entries, content);
  return content;
}

}  // namespace dill::inspect::containers
