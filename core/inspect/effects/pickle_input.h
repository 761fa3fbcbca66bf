// How the loaders read the bytes of a pickle. All of them read the same bytes as long as frames end where an opcode or
// one of its parts ends.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "pickle/decoder.h"

namespace dill::inspect {

// Why an input gives nothing.
struct InputError {
  std::string_view id = "truncated";
  std::string_view message = "the data ends in the middle of an opcode";
};

inline constexpr InputError kTruncated{};
inline constexpr InputError kStraddle{"frame-straddle", "a part of the opcode crosses the end of its frame"};
inline constexpr InputError kNewFrame{"frame-in-frame", "a frame begins before the last one has ended"};
inline constexpr InputError kFrameTooLong{"frame-beyond-end", "the frame is longer than the rest of the data"};

// One byte after the other: pickle.loads, and every loader of a well-formed file. Frames are only watched: `frame_end`
// is where the last one ends.
class LinearInput {
 public:
  static constexpr bool kWatchesFrames = true;
  static constexpr bool kPython = false;

  LinearInput(pickle::Bytes bytes, std::uint64_t start)
      : begin_(bytes.data()), at_(bytes.data() + start), end_(bytes.data() + bytes.size()) {}

  std::uint64_t position() const { return static_cast<std::uint64_t>(at_ - begin_); }
  std::uint64_t left() const { return static_cast<std::uint64_t>(end_ - at_); }
  const unsigned char* next() { return at_ == end_ ? nullptr : at_++; }
  const unsigned char* take(std::uint64_t count) {
    if (count > left()) [[unlikely]]
      return nullptr;
    const unsigned char* taken = at_;
    at_ += count;
    return taken;
  }
  const unsigned char* take_into(std::uint64_t count) { return take(count); }
  bool line(pickle::Bytes& line) {
    const void* newline = left() == 0 ? nullptr : std::memchr(at_, '\n', left());
    if (newline == nullptr) return false;
    const auto length = static_cast<std::size_t>(static_cast<const unsigned char*>(newline) - at_);
    line = {at_, length};
    at_ += length + 1;
    return true;
  }
  // What is left where line() found no newline, for the Python machine, to which it is a line.
  bool rest(pickle::Bytes& rest) {
    rest = {at_, static_cast<std::size_t>(end_ - at_)};
    at_ = end_;
    return true;
  }
  bool frame(std::uint64_t length) { return length <= left(); }
  // Where the next load() goes on.
  std::uint64_t after_stop() const { return position(); }
  void restart() {}
  const InputError& error() const { return error_; }

 private:
  const unsigned char* begin_;
  const unsigned char* at_;
  const unsigned char* end_;
  InputError error_;
};

// The C machine with a file object: it asks for as much as it needs, keeps what it got in a buffer, and drops the rest
// of that when an argument is longer. `block` is the size of the buffer of the file object, which can be looked into
// ahead of reading (peek); 0 for io.BytesIO, which has no peek.
class StreamInput {
 public:
  static constexpr bool kWatchesFrames = false;
  static constexpr bool kPython = false;

  StreamInput(pickle::Bytes bytes, std::uint64_t start, std::uint64_t block)
      : bytes_(bytes), block_(block), next_(start), limit_(start), prefetched_(start), file_(start), buffered_(start) {}

  std::uint64_t position() const { return next_ < limit_ ? next_ : file_offset(); }
  std::uint64_t left() const { return bytes_.size() - std::min<std::uint64_t>(bytes_.size(), position()); }
  const unsigned char* next() { return take(1); }
  const unsigned char* take(std::uint64_t count);
  const unsigned char* take_into(std::uint64_t count);
  bool line(pickle::Bytes& line);
  bool rest(pickle::Bytes&) { return false; }
  bool frame(std::uint64_t length);
  std::uint64_t after_stop() {
    skip_consumed();
    return file_;
  }
  // Another load() with the same file object.
  void restart() {
    next_ = limit_ = prefetched_ = file_;
    peeked_ = false;
  }
  const InputError& error() const { return error_; }

 private:
  static constexpr std::uint64_t kPrefetch = std::uint64_t{128} * 1024;

  // The file's position if what was looked at is taken out of it.
  std::uint64_t file_offset() const { return next_ > prefetched_ && peeked_ ? file_ + (next_ - prefetched_) : file_; }
  void skip_consumed();
  std::uint64_t peek();
  std::uint64_t read(std::uint64_t count);
  // _Unpickler_ReadFromFile: fills the buffer; how many bytes are in it.
  std::uint64_t fill(std::uint64_t count);

  pickle::Bytes bytes_;
  std::uint64_t block_;
  // The buffer of the unpickler: the bytes from next_ to limit_, of which those from prefetched_ on are not read yet.
  std::uint64_t next_, limit_, prefetched_;
  bool peeked_ = false;
  // The file object: its position, and where its own buffer ends.
  std::uint64_t file_, buffered_;
  InputError error_;
};

// The Python machine: an opcode belongs to a frame as long as there are bytes in it.
class FramedInput {
 public:
  static constexpr bool kWatchesFrames = false;
  static constexpr bool kPython = true;

  FramedInput(pickle::Bytes bytes, std::uint64_t start) : bytes_(bytes), at_(start), frame_end_(start), file_(start) {}

  std::uint64_t position() const { return at_ < frame_end_ ? at_ : file_; }
  std::uint64_t left() const { return bytes_.size() - position(); }
  const unsigned char* next() { return take(1); }
  const unsigned char* take(std::uint64_t count);
  const unsigned char* take_into(std::uint64_t count) { return take(count); }
  bool line(pickle::Bytes& line);
  bool rest(pickle::Bytes& rest);
  bool frame(std::uint64_t length);
  std::uint64_t after_stop() const { return file_; }
  void restart() { at_ = frame_end_ = file_; }
  const InputError& error() const { return error_; }

 private:
  pickle::Bytes bytes_;
  std::uint64_t at_, frame_end_;  // equal: no frame
  std::uint64_t file_;            // behind the frame
  InputError error_;
};

}  // namespace dill::inspect
