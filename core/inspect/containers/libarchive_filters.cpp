// libarchive's part of expansion.h: exactly one filter is allowed each time, and never one that starts a program.
#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>

#include "inspect/containers/expanded_bytes.h"
#include "inspect/containers/expansion.h"

namespace dill::inspect::containers {

namespace {

using End = Expansion::End;

struct Free {
  void operator()(archive* reader) const { ::archive_read_free(reader); }
};

struct Filter {
  Format format;
  int (*support)(archive*);
  int code;
};

constexpr Filter kFilters[] = {
    {Format::Zstd, &::archive_read_support_filter_zstd, ARCHIVE_FILTER_ZSTD},
    {Format::Lz4, &::archive_read_support_filter_lz4, ARCHIVE_FILTER_LZ4},
};

}  // namespace

Expansion expand_by_libarchive(Format format, Bytes compressed, const Allowance& allowance) {
  Expansion expansion;
  expansion.consumed = compressed.size();
  const Filter* const filter = std::ranges::find(kFilters, format, &Filter::format);
  const std::unique_ptr<archive, Free> reader(::archive_read_new());
  if (filter == std::end(kFilters) || reader == nullptr) {
    expansion.end = End::Unknown;
    return expansion;
  }
  // ARCHIVE_WARN: libarchive was built without the library and would start a program instead.
  if (filter->support(reader.get()) != ARCHIVE_OK || ::archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
      ::archive_read_support_format_empty(reader.get()) != ARCHIVE_OK) {
    expansion.end = End::Unknown;
    expansion.message = "this libarchive cannot read it";
    return expansion;
  }
  const auto fail = [&] {
    const char* const why = ::archive_error_string(reader.get());
    expansion.message = why != nullptr ? why : "wrong compressed data";
    const bool cut =
        expansion.message.find("runcated") != std::string::npos || expansion.message.find("nd of") != std::string::npos;
    expansion.end = cut ? End::Truncated : End::Damaged;
  };

  archive_entry* entry = nullptr;
  auto out = std::make_shared<ExpandedBytes>();
  if (::archive_read_open_memory(reader.get(), compressed.data(), compressed.size()) != ARCHIVE_OK) {
    fail();
    return expansion;
  }
  if (::archive_filter_code(reader.get(), 0) != filter->code) {
    expansion.end = End::Damaged;
    expansion.message = "it only begins like it";
    return expansion;
  }
  const int header = ::archive_read_next_header(reader.get(), &entry);
  if (header == ARCHIVE_EOF && ::archive_errno(reader.get()) == 0) {  // nothing is in it
    expansion.streams = 1;
    return expansion;
  }
  if (header != ARCHIVE_OK) {
    fail();
    return expansion;
  }
  while (true) {
    if (allowance.proceed && !allowance.proceed()) {
      expansion.end = End::Cancelled;
      break;
    }
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = ::archive_read_data_block(reader.get(), &block, &size, &offset);
    if (status == ARCHIVE_EOF) {
      expansion.streams = 1;
      break;
    }
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      fail();
      break;
    }
    const std::uint64_t left = allowance.limit - out->bytes().size();
    const Bytes bytes(static_cast<const unsigned char*>(block), std::min<std::uint64_t>(size, left));
    if (!out->append(bytes)) {
      expansion.end = End::NoMemory;
      break;
    }
    if (size > left) {
      expansion.end = End::Limit;
      break;
    }
  }
  out->trim();
  expansion.bytes = out->bytes();
  expansion.storage = out;
  return expansion;
}

}  // namespace dill::inspect::containers
