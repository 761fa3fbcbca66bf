// liblzma's and libbz2's part of expansion.h. libarchive would lose the end of a stream that breaks off, which loaders
// still read.
#include <bzlib.h>
#include <lzma.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "inspect/containers/expanded_bytes.h"
#include "inspect/containers/expansion.h"

namespace dill::inspect::containers {

namespace {

using End = Expansion::End;

constexpr std::size_t kStep = std::size_t{1} << 20;  // bytes between two questions whether to go on
// Of the dictionary of a decoder, which its header asks for: what the strongest preset takes, twice.
constexpr std::uint64_t kDictionary = std::uint64_t{128} << 20;

// What one step of a decoder came to. `in` and `out` are shortened by what was used and written.
enum class Status : std::uint8_t { More, StreamEnd, NoMemory, TooMuchMemory, Damaged };

class Lzma {
 public:
  explicit Lzma(bool alone) : alone_(alone) {}
  Lzma(const Lzma&) = delete;
  Lzma& operator=(const Lzma&) = delete;
  ~Lzma() { ::lzma_end(&stream_); }

  bool begin_stream() {
    return (alone_ ? ::lzma_alone_decoder(&stream_, kDictionary) : ::lzma_stream_decoder(&stream_, kDictionary, 0)) ==
           LZMA_OK;
  }
  Status step(Bytes& in, std::span<unsigned char>& out, bool last) {
    stream_.next_in = in.data();
    stream_.avail_in = in.size();
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    const lzma_ret result = ::lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    in = in.last(stream_.avail_in);
    out = out.last(stream_.avail_out);
    switch (result) {
      case LZMA_OK:
      case LZMA_BUF_ERROR:  // nothing is left to read or no room to write
        return Status::More;
      case LZMA_STREAM_END:
        return Status::StreamEnd;
      case LZMA_MEM_ERROR:
        return Status::NoMemory;
      case LZMA_MEMLIMIT_ERROR:
        return Status::TooMuchMemory;
      default:
        return Status::Damaged;
    }
  }
  // Another stream begins here, as Python's lzma module sees it.
  bool begins(Bytes bytes) const {
    return !alone_ && starts_with(bytes, std::string_view("\xFD"
                                                          "7zXZ\0",
                                                          6));
  }

 private:
  bool alone_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Bzip2 {
 public:
  Bzip2() = default;
  Bzip2(const Bzip2&) = delete;
  Bzip2& operator=(const Bzip2&) = delete;
  ~Bzip2() { end(); }

  bool begin_stream() {
    end();
    stream_ = {};
    ready_ = ::BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
    return ready_;
  }
  Status step(Bytes& in, std::span<unsigned char>& out, bool) {
    constexpr std::size_t kMost = std::numeric_limits<unsigned>::max();
    const std::size_t given = std::min(in.size(), kMost);
    const std::size_t room = std::min(out.size(), kMost);
    stream_.next_in = reinterpret_cast<char*>(const_cast<unsigned char*>(in.data()));
    stream_.avail_in = static_cast<unsigned>(given);
    stream_.next_out = reinterpret_cast<char*>(out.data());
    stream_.avail_out = static_cast<unsigned>(room);
    const int result = ::BZ2_bzDecompress(&stream_);
    in = in.subspan(given - stream_.avail_in);
    out = out.subspan(room - stream_.avail_out);
    switch (result) {
      case BZ_OK:
        return Status::More;
      case BZ_STREAM_END:
        return Status::StreamEnd;
      case BZ_MEM_ERROR:
        return Status::NoMemory;
      default:
        return Status::Damaged;
    }
  }
  bool begins(Bytes bytes) const { return starts_with(bytes, "BZh"); }

 private:
  void end() {
    if (ready_) ::BZ2_bzDecompressEnd(&stream_);
    ready_ = false;
  }
  bz_stream stream_{};
  bool ready_ = false;
};

// The compressed bytes as they lie one part behind the other.
class Parts {
 public:
  explicit Parts(std::initializer_list<Bytes> parts) : parts_(parts) { skip(); }

  // Of the current part; empty at the end of all.
  Bytes front() const { return next_ < parts_.size() ? parts_[next_] : Bytes(); }
  bool is_last() const { return next_ + 1 >= parts_.size(); }
  void keep(Bytes rest) {
    if (next_ == parts_.size()) return;
    used_ += parts_[next_].size() - rest.size();
    parts_[next_] = rest;
    skip();
  }
  std::uint64_t used() const { return used_; }

 private:
  void skip() {
    while (next_ < parts_.size() && parts_[next_].empty()) ++next_;
  }
  std::vector<Bytes> parts_;
  std::size_t next_ = 0;
  std::uint64_t used_ = 0;
};

// One stream, behind what is there.
template <typename Decoder>
End expand_stream(Decoder& decoder, Parts& parts, const Allowance& allowance, ExpandedBytes& out,
                  std::string& message) {
  if (!decoder.begin_stream()) return End::NoMemory;
  while (true) {
    if (allowance.proceed && !allowance.proceed()) return End::Cancelled;
    std::span<unsigned char> room = out.room();
    if (room.empty()) return End::NoMemory;
    const std::uint64_t left = allowance.limit - std::min<std::uint64_t>(allowance.limit, out.bytes().size());
    // One byte beyond the limit tells whether there is more.
    room = room.first(std::min<std::uint64_t>({room.size(), left + 1, kStep}));
    Bytes in = parts.front();
    std::span<unsigned char> free = room;
    const Status status = decoder.step(in, free, parts.is_last());
    const std::size_t read = parts.front().size() - in.size();
    const std::size_t written = room.size() - free.size();
    parts.keep(in);
    out.commit(std::min<std::uint64_t>(written, left));
    if (written > left) return End::Limit;
    switch (status) {
      case Status::StreamEnd:
        return End::Complete;
      case Status::NoMemory:
        return End::NoMemory;
      case Status::TooMuchMemory:
        message = "its dictionary is too large";
        return End::Limit;
      case Status::Damaged:
        message = "wrong compressed data";
        return End::Damaged;
      case Status::More:
        break;
    }
    if (parts.front().empty() && read == 0 && written == 0) return End::Truncated;
  }
}

template <typename Decoder>
Expansion expand_streams(Decoder&& decoder, std::initializer_list<Bytes> compressed, const Allowance& allowance) {
  Expansion expansion;
  Parts parts(compressed);
  const auto out = std::make_shared<ExpandedBytes>();
  do {
    expansion.end = expand_stream(decoder, parts, allowance, *out, expansion.message);
    if (expansion.end != End::Complete) break;
    ++expansion.streams;
    // xz pads its streams with zeros.
    Bytes rest = parts.front();
    while (!rest.empty() && rest.front() == 0) rest = rest.subspan(1);
    if (!decoder.begins(rest)) break;
    parts.keep(rest);
  } while (true);
  expansion.consumed = parts.used();
  out->trim();
  expansion.bytes = out->bytes();
  expansion.storage = out;
  return expansion;
}

}  // namespace

Expansion expand_bzip2(std::initializer_list<Bytes> parts, const Allowance& allowance) {
  return expand_streams(Bzip2(), parts, allowance);
}

Expansion expand_xz(std::initializer_list<Bytes> parts, const Allowance& allowance) {
  return expand_streams(Lzma(false), parts, allowance);
}

Expansion expand_lzma(std::initializer_list<Bytes> parts, const Allowance& allowance) {
  return expand_streams(Lzma(true), parts, allowance);
}

}  // namespace dill::inspect::containers
