// zlib's part of expansion.h.
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "inspect/containers/expanded_bytes.h"
#include "inspect/containers/expansion.h"
#include "inspect/containers/little_endian.h"

namespace dill::inspect::containers {

namespace {

using End = Expansion::End;

constexpr std::size_t kStep = std::size_t{1} << 20;  // bytes between two questions whether to go on

class Inflater {
 public:
  // `window_bits` as zlib has them: negative for raw deflate.
  Inflater(int window_bits, const Allowance& allowance)
      : allowance_(allowance), out_(std::make_shared<ExpandedBytes>()) {
    ready_ = ::inflateInit2(&stream_, window_bits) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready_) ::inflateEnd(&stream_);
  }

  // Expands one stream behind what is there. Complete: `used` bytes were its length.
  End run(Bytes in, std::uint64_t& used, std::string& message) {
    used = 0;
    if (!ready_ || ::inflateReset(&stream_) != Z_OK) return End::NoMemory;
    while (true) {
      if (allowance_.proceed && !allowance_.proceed()) return End::Cancelled;
      std::span<unsigned char> room = out_->room();
      if (room.empty()) return End::NoMemory;
      const std::uint64_t left = allowance_.limit - std::min<std::uint64_t>(allowance_.limit, size());
      // One byte beyond the limit tells whether there is more.
      room = room.first(std::min<std::uint64_t>({room.size(), left + 1, kStep}));
      const std::size_t given = std::min<std::uint64_t>(in.size() - used, std::numeric_limits<uInt>::max());
      stream_.next_in = const_cast<unsigned char*>(in.data() + used);
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = room.data();
      stream_.avail_out = static_cast<uInt>(room.size());
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      const std::size_t written = room.size() - stream_.avail_out;
      used += given - stream_.avail_in;
      if (written > left) {
        out_->commit(left);
        return End::Limit;
      }
      out_->commit(written);
      if (status == Z_STREAM_END) return End::Complete;
      if (status == Z_MEM_ERROR) return End::NoMemory;
      if (status == Z_NEED_DICT) {
        message = "it needs a dictionary";
        return End::Damaged;
      }
      if (status != Z_OK && status != Z_BUF_ERROR) {
        message = stream_.msg != nullptr ? stream_.msg : "wrong compressed data";
        return End::Damaged;
      }
      if (used == in.size() && stream_.avail_out > 0) return End::Truncated;
    }
  }

  std::uint64_t size() const { return out_->bytes().size(); }
  Bytes since(std::uint64_t begin) const { return out_->bytes().subspan(begin); }

  void give(Expansion& expansion) {
    out_->trim();
    expansion.bytes = out_->bytes();
    expansion.storage = out_;
  }

 private:
  const Allowance& allowance_;
  std::shared_ptr<ExpandedBytes> out_;
  z_stream stream_{};
  bool ready_ = false;
};

std::uint32_t checksum(Bytes bytes) { return static_cast<std::uint32_t>(::crc32_z(0, bytes.data(), bytes.size())); }

// Length of the header that gzip data begins with; 0 if it is none or cut off.
std::size_t gzip_header(Bytes bytes) {
  if (bytes.size() < 18 || !starts_with(bytes, "\x1f\x8b\x08")) return 0;
  const unsigned char flags = bytes[3];
  std::size_t at = 10;
  if ((flags & 4) != 0) at += 2 + little_endian<std::uint16_t>(bytes, 10);
  for (const int text : {8, 16}) {
    if ((flags & text) == 0) continue;
    while (at < bytes.size() && bytes[at] != 0) ++at;
    ++at;
  }
  if ((flags & 2) != 0) at += 2;
  return at < bytes.size() ? at : 0;
}

}  // namespace

Expansion inflate_raw(Bytes compressed, const Allowance& allowance) {
  Expansion expansion;
  Inflater inflater(-MAX_WBITS, allowance);
  expansion.end = inflater.run(compressed, expansion.consumed, expansion.message);
  expansion.streams = expansion.end == End::Complete ? 1 : 0;
  inflater.give(expansion);
  return expansion;
}

Expansion inflate_zlib(Bytes compressed, const Allowance& allowance) {
  Expansion expansion;
  Inflater inflater(MAX_WBITS, allowance);
  while (expansion.end == End::Complete && (expansion.streams == 0 || expansion.consumed < compressed.size())) {
    const std::uint64_t before = inflater.size();
    std::uint64_t used = 0;
    std::string message;
    const End end = inflater.run(compressed.subspan(expansion.consumed), used, message);
    const bool nothing = end == End::Damaged && inflater.size() == before;
    if (nothing && expansion.streams > 0) break;  // something else follows
    expansion.consumed += used;
    // zlib looks at the checksum last, when everything was written.
    if (end == End::Damaged && message == "incorrect data check") {
      expansion.wrong_checksum = true;
    } else {
      expansion.end = end;
      expansion.message = message;
    }
    expansion.streams += expansion.end == End::Complete ? 1 : 0;
  }
  inflater.give(expansion);
  return expansion;
}

Expansion inflate_gzip(Bytes compressed, const Allowance& allowance) {
  Expansion expansion;
  Inflater inflater(-MAX_WBITS, allowance);
  std::uint64_t at = 0;
  while (expansion.end == End::Complete) {
    const Bytes rest = compressed.subspan(at);
    const std::size_t header = gzip_header(rest);
    if (header == 0) {
      if (expansion.streams == 0) expansion.end = End::Truncated;
      break;
    }
    const std::uint64_t begin = inflater.size();
    std::uint64_t used = 0;
    expansion.end = inflater.run(rest.subspan(header), used, expansion.message);
    at += header + used;
    if (expansion.end != End::Complete) break;
    if (compressed.size() - at < 8) {
      at = compressed.size();
      expansion.end = End::Truncated;
      break;
    }
    const Bytes content = inflater.since(begin);
    if (little_endian<std::uint32_t>(compressed, at) != checksum(content) ||
        little_endian<std::uint32_t>(compressed, at + 4) != static_cast<std::uint32_t>(content.size())) {
      expansion.wrong_checksum = true;
    }
    at += 8;
    ++expansion.streams;
    // Zeros may follow each of them.
    while (at < compressed.size() && compressed[at] == 0) ++at;
  }
  expansion.consumed = at;
  inflater.give(expansion);
  return expansion;
}

}  // namespace dill::inspect::containers
