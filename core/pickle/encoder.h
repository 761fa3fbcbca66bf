// Writes opcodes of protocol 4 and 5 with the framing of pickle._Pickler.
//
// The whole output lies in one growing buffer. With a Sink it is handed over in pieces: whoever drives the encoder calls
// flush() between two objects when is_full() says so, and bytes objects above the frame size go to the sink directly, so
// that at most kFlushBytes plus one frame are held. No Python, no Qt. Out of memory throws std::bad_alloc; whatever a
// Sink throws passes through.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "pickle/opcodes.h"
#include "pickle/output_buffer.h"

namespace dill::pickle {

static_assert(std::endian::native == std::endian::little, "the encoder stores little-endian numbers directly");

inline constexpr std::size_t kFrameMinimum = 4;      // a shorter frame is written without FRAME
inline constexpr std::size_t kFrameTarget = 65'536;  // a frame ends before the object after this size
inline constexpr std::size_t kFlushBytes = 262'144;

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(std::span<const unsigned char> bytes) = 0;
};

class Encoder {
 public:
  // `sink` may be null: then bytes() holds everything at the end.
  Encoder(int protocol, Sink* sink) : protocol_(protocol), sink_(sink) {}

  int protocol() const { return protocol_; }

  // Makes it as new, but for memory that is kept.
  void reset(int protocol, Sink* sink) {
    protocol_ = protocol;
    sink_ = sink;
    buffer_.trim();
    size_ = frame_ = 0;
    flushed_ = 0;
  }

  // PROTO and the start of the first frame.
  void start() {
    put(Opcode::PROTO, static_cast<std::uint8_t>(protocol_));
    begin_frame();
  }

  // STOP and the end of the last frame; everything is flushed.
  void finish() {
    put(Opcode::STOP);
    end_frame();
    hand_over();
  }

  // To be called before each object, as pickle._Pickler.save does: ends the frame once it is large enough.
  // True if it did.
  bool next_object() {
    if (size_ - frame_ < kFrameTarget + kFrameHeader) [[likely]]
      return false;
    commit_frame();
    return true;
  }

  bool has_sink() const { return sink_ != nullptr; }

  // True if flush() should be called. To be asked after next_object().
  bool is_full() const { return frame_ >= kFlushBytes && sink_ != nullptr; }

  // Hands all frames that have ended to the sink.
  void flush();

  // At least `extra` bytes to write at; advance() takes them in.
  unsigned char* room(std::size_t extra) {
    if (extra > static_cast<std::size_t>(buffer_.end() - buffer_.begin()) - size_) [[unlikely]]
      buffer_.grow(size_, size_ + extra);
    return buffer_.begin() + size_;
  }
  void advance(std::size_t written) { size_ += written; }

  void put(Opcode op) { *room(1) = static_cast<unsigned char>(op), size_ += 1; }

  void put(Opcode op, std::uint8_t argument) {
    unsigned char* to = room(2);
    to[0] = static_cast<unsigned char>(op);
    to[1] = argument;
    size_ += 2;
  }

  // An opcode with a fixed-size little-endian argument.
  template <class Number>
  void put_number(Opcode op, Number argument) {
    unsigned char* to = room(1 + sizeof argument);
    to[0] = static_cast<unsigned char>(op);
    std::memcpy(to + 1, &argument, sizeof argument);
    size_ += 1 + sizeof argument;
  }

  void put_int(std::int32_t value) {
    if (value >= 0 && value <= 0xFF)
      put(Opcode::BININT1, static_cast<std::uint8_t>(value));
    else if (value >= 0 && value <= 0xFFFF)
      put_number(Opcode::BININT2, static_cast<std::uint16_t>(value));
    else
      put_number(Opcode::BININT, value);
  }

  // LONG1 or LONG4; `digits` is the shortest two's complement form, little-endian (empty for 0).
  void put_long(std::span<const unsigned char> digits) {
    if (digits.size() < 256)
      put(Opcode::LONG1, static_cast<std::uint8_t>(digits.size()));
    else
      put_number(Opcode::LONG4, static_cast<std::int32_t>(digits.size()));
    put_raw(digits);
  }

  void put_float(double value) { put_number(Opcode::BINFLOAT, __builtin_bswap64(std::bit_cast<std::uint64_t>(value))); }

  // The str family of opcodes: `utf8` with surrogates passed through.
  void put_unicode(std::string_view utf8) {
    put_counted(Opcode::SHORT_BINUNICODE, Opcode::BINUNICODE, Opcode::BINUNICODE8, as_bytes(utf8));
  }

  void put_bytes(std::span<const unsigned char> bytes) {
    put_counted(Opcode::SHORT_BINBYTES, Opcode::BINBYTES, Opcode::BINBYTES8, bytes);
  }

  void put_bytearray(std::span<const unsigned char> bytes) {
    unsigned char header[9];
    header[0] = static_cast<unsigned char>(Opcode::BYTEARRAY8);
    const std::uint64_t length = bytes.size();
    std::memcpy(header + 1, &length, 8);
    put_outside_if_large(header, bytes);
  }

  void put_memoize() { put(Opcode::MEMOIZE); }

  void put_get(std::uint32_t index) {
    if (index < 256)
      put(Opcode::BINGET, static_cast<std::uint8_t>(index));
    else
      put_number(Opcode::LONG_BINGET, index);
  }

  void put_raw(std::span<const unsigned char> bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  // Bytes written so far, headers of open frames included.
  std::uint64_t position() const { return flushed_ + size_; }

  // What was not flushed to the sink; everything if there is none.
  std::span<const unsigned char> bytes() const { return {buffer_.begin(), size_}; }

 private:
  static constexpr std::size_t kFrameHeader = 9;

  static std::span<const unsigned char> as_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
  }

  void put_counted(Opcode op1, Opcode op4, Opcode op8, std::span<const unsigned char> bytes) {
    const std::size_t n = bytes.size();
    if (n <= 0xFF) {
      unsigned char* to = room(2 + n);
      to[0] = static_cast<unsigned char>(op1);
      to[1] = static_cast<unsigned char>(n);
      std::memcpy(to + 2, bytes.data(), n);
      size_ += 2 + n;
      return;
    }
    unsigned char header[9];
    std::size_t header_size = 5;
    if (n > 0xFFFF'FFFF) {
      header[0] = static_cast<unsigned char>(op8);
      const std::uint64_t length = n;
      std::memcpy(header + 1, &length, 8);
      header_size = 9;
    } else {
      header[0] = static_cast<unsigned char>(op4);
      const auto length = static_cast<std::uint32_t>(n);
      std::memcpy(header + 1, &length, 4);
    }
    put_outside_if_large({header, header_size}, bytes);
  }

  void put_outside_if_large(std::span<const unsigned char> header, std::span<const unsigned char> bytes) {
    if (bytes.size() < kFrameTarget) {
      put_raw(header);
      put_raw(bytes);
      return;
    }
    end_frame();
    put_raw(header);
    if (sink_ != nullptr) {
      hand_over();
      sink_->write(bytes);
      flushed_ += bytes.size();
    } else {
      put_raw(bytes);
    }
    begin_frame();
  }

  void begin_frame();
  void end_frame();
  void commit_frame();
  void hand_over();

  int protocol_;
  Sink* sink_;
  OutputBuffer buffer_;
  std::size_t size_ = 0;
  std::size_t frame_ = 0;  // where the header of the open frame lies
  std::uint64_t flushed_ = 0;
};

}  // namespace dill::pickle
