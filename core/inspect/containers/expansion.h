// Decompression in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

#include "inspect/containers/formats.h"

namespace dill::inspect::containers {

struct Expansion {
  enum class End : std::uint8_t {
    Complete,
    Limit,      // there is more, but `limit` bytes are reached
    NoMemory,   // likewise
    Damaged,    // the compressed data is wrong
    Truncated,  // the compressed data ends early
    Cancelled,
    Unknown,  // nobody here can read the format
  };

  Bytes bytes;
  std::shared_ptr<const void> storage;  // of the bytes
  std::uint64_t consumed = 0;           // of the compressed bytes; all of them if that is not known
  std::uint32_t streams = 0;            // complete ones, one behind the other
  bool wrong_checksum = false;          // the content is there all the same
  End end = End::Complete;
  std::string message;  // what is wrong
};

// At most this many bytes are expanded; `proceed` is called now and then and ends it by returning false.
struct Allowance {
  std::uint64_t limit = 0;
  std::function<bool()> proceed;
};

// Raw deflate, as in zips.
Expansion inflate_raw(Bytes compressed, const Allowance& allowance);
// zlib: one or more, as joblib reads it.
Expansion inflate_zlib(Bytes compressed, const Allowance& allowance);
// gzip: one or more, as Python's gzip module reads it (what it ignores in headers is ignored).
Expansion inflate_gzip(Bytes compressed, const Allowance& allowance);

// bzip2 and xz: one or more; the older .lzma: one. The compressed bytes are the parts, one behind the other.
Expansion expand_bzip2(std::initializer_list<Bytes> parts, const Allowance& allowance);
Expansion expand_xz(std::initializer_list<Bytes> parts, const Allowance& allowance);
Expansion expand_lzma(std::initializer_list<Bytes> parts, const Allowance& allowance);
// Zstd and Lz4.
Expansion expand_by_libarchive(Format format, Bytes compressed, const Allowance& allowance);

// Any of these by its format; End::Unknown for others.
Expansion expand(Format format, Bytes compressed, const Allowance& allowance);

}  // namespace dill::inspect::containers
