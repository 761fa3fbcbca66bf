// Writes opcodes with the framing of pickle._Pickler, which begins with protocol 4.
//
// What is called put_..._line is text, as protocol 0 (and LONG in protocol 1) has it; which form an object takes is for
// whoever drives the encoder to say. The whole output lies in one growing buffer. Large bytes objects can stay outside of it, where
// they are. With a Sink it is handed over in pieces: whoever drives the encoder calls
// flush() between two objects when is_full() says so, and bytes objects above the frame size go to the sink directly, so
// that at most kFlushBytes plus one frame are held. No Python, no Qt. Out of memory throws std::bad_alloc; whatever a
// Sink throws passes through.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

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
  Encoder(int protocol, Sink* sink) : protocol_(protocol), sink_(sink) { set_limits(); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  int protocol() const { return protocol_; }

  // Makes it as new, but for memory that is kept.
  // `large`, if given, is where output goes that is too large for the kept memory; it must outlive the output.
  void reset(int protocol, Sink* sink, LargeBlock* large = nullptr);

  // PROTO, which begins with protocol 2, and the start of the first frame.
  void start() {
    if (protocol_ >= 2) put(Opcode::PROTO, static_cast<std::uint8_t>(protocol_));
    begin_frame();
  }

  // STOP and the end of the last frame; everything is flushed.
  void finish() {
    put(Opcode::STOP);
    end_frame();
    hand_over();
  }

  // To be called before each object, as pickle._Pickler.save does: ends the frame once it is large enough.
  // True if it did. At least kObjectRoom bytes can be written at cursor() without asking for room, after this and after
  // everything else that asks.
  static constexpr std::size_t kObjectRoom = 512;
  bool next_object() {
    if (at_ < soft_limit_) [[likely]]
      return false;
    return make_room_for_object();
  }
  void make_room() {
    if (at_ > limit_) [[unlikely]]
      grow(0);
  }
  unsigned char* cursor() const { return at_; }
  void set_cursor(unsigned char* to) { at_ = to; }
  unsigned char* soft_limit() const { return soft_limit_; }  // from here on next_object() has something to do

  bool has_sink() const { return sink_ != nullptr; }

  // True if flush() should be called. To be asked after next_object().
  bool is_full() const { return frame_ >= kFlushBytes && sink_ != nullptr; }

  // Hands all frames that have ended to the sink.
  void flush();

  // At least `extra` bytes to write at; advance() takes them in.
  unsigned char* room(std::size_t extra) {
    if (static_cast<std::ptrdiff_t>(extra) > limit_ - at_) [[unlikely]]
      grow(extra);
    return at_;
  }
  void advance(std::size_t written) { at_ += written; }

  void put(Opcode op) {
    room(1);
    *at_++ = static_cast<unsigned char>(op);
  }

  void put(Opcode op, std::uint8_t argument) {
    unsigned char* to = room(2);
    to[0] = static_cast<unsigned char>(op);
    to[1] = argument;
    at_ = to + 2;
  }

  // An opcode with a fixed-size little-endian argument.
  template <class Number>
  void put_number(Opcode op, Number argument) {
    unsigned char* to = room(1 + sizeof argument);
    to[0] = static_cast<unsigned char>(op);
    std::memcpy(to + 1, &argument, sizeof argument);
    at_ = to + 1 + sizeof argument;
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

  // The str family of opcodes: `utf8` with surrogates passed through. `owner`, if given, keeps the bytes as they are until
  // the encoder is done with them: a large text is then not copied before the end.
  void put_unicode(std::string_view utf8, std::shared_ptr<void> owner = nullptr) {
    put_counted(Opcode::SHORT_BINUNICODE, Opcode::BINUNICODE, Opcode::BINUNICODE8, as_bytes(utf8), std::move(owner));
  }

  void put_bytes(std::span<const unsigned char> bytes, std::shared_ptr<void> owner = nullptr) {
    put_counted(Opcode::SHORT_BINBYTES, Opcode::BINBYTES, Opcode::BINBYTES8, bytes, std::move(owner));
  }

  void put_bytearray(std::span<const unsigned char> bytes) {
    unsigned char header[9];
    header[0] = static_cast<unsigned char>(Opcode::BYTEARRAY8);
    const std::uint64_t length = bytes.size();
    std::memcpy(header + 1, &length, 8);
    put_outside_if_large(header, bytes, nullptr);
  }

  void put_memoize() { put(Opcode::MEMOIZE); }

  // What stands for MEMOIZE before protocol 4.
  void put_put(std::uint32_t index) {
    if (index < 256)
      put(Opcode::BINPUT, static_cast<std::uint8_t>(index));
    else
      put_number(Opcode::LONG_BINPUT, index);
  }

  void put_get(std::uint32_t index) {
    if (index < 256)
      put(Opcode::BINGET, static_cast<std::uint8_t>(index));
    else
      put_number(Opcode::LONG_BINGET, index);
  }

  // An opcode whose argument is a line of text, given without its end.
  void put_line(Opcode op, std::string_view text) {
    put(op);
    put_raw(as_bytes(text));
    end_line();
  }
  void put_number_line(Opcode op, std::int64_t number);

  // The same with two lines.
  void put_global(std::string_view module, std::string_view name) {
    put_line(Opcode::GLOBAL, module);
    put_raw(as_bytes(name));
    end_line();
  }

  // One character of the argument of UNICODE, which begins with put(Opcode::UNICODE) and ends with end_line(): the
  // raw-unicode-escape of Python, with escapes also for the backslash and for what would end the line.
  void put_escaped(std::uint32_t code_point);
  void end_line() { put(static_cast<Opcode>('\n')); }

  // BINUNICODE whatever the length, as before protocol 4. At most 4 GiB.
  void put_long_unicode(std::string_view utf8) {
    unsigned char header[5];
    header[0] = static_cast<unsigned char>(Opcode::BINUNICODE);
    const auto length = static_cast<std::uint32_t>(utf8.size());
    std::memcpy(header + 1, &length, 4);
    put_outside_if_large(header, as_bytes(utf8), nullptr);
  }

  void put_raw(std::span<const unsigned char> bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    at_ += bytes.size();
  }

  // Bytes written so far, headers of open frames included.
  std::uint64_t position() const { return flushed_ + size() + outside_; }

  // How many bytes were not flushed to the sink (all of them if there is none), and a copy of them.
  std::size_t held() const { return size() + outside_; }
  void copy_to(unsigned char* to) const;

  // True if all of them lie in the large block given to reset(), from its beginning.
  bool is_in_large_block() const { return buffer_.is_large() && outside_ == 0; }

  // What copy_to() copies, if no owner was ever given.
  std::span<const unsigned char> bytes() const { return {buffer_.begin(), size()}; }

 private:
  static constexpr std::size_t kFrameHeader = 9;
  static constexpr int kFirstFramed = 4;  // protocol

  static std::span<const unsigned char> as_bytes(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
  }

  void put_counted(Opcode op1, Opcode op4, Opcode op8, std::span<const unsigned char> bytes,
                   std::shared_ptr<void> owner) {
    const std::size_t n = bytes.size();
    if (n <= 0xFF) {
      unsigned char* to = room(2 + n);
      to[0] = static_cast<unsigned char>(op1);
      to[1] = static_cast<unsigned char>(n);
      std::memcpy(to + 2, bytes.data(), n);
      at_ = to + 2 + n;
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
    put_outside_if_large({header, header_size}, bytes, std::move(owner));
  }

  struct Outside {   // bytes that are not in the buffer
    std::size_t at;  // where in the buffer they belong
    std::span<const unsigned char> bytes;
    std::shared_ptr<void> owner;
  };
  static constexpr std::size_t kOutside = std::size_t{1024} * 1024;

  void put_outside_if_large(std::span<const unsigned char> header, std::span<const unsigned char> bytes,
                            std::shared_ptr<void> owner);
  bool make_room_for_object();
  void grow(std::size_t extra);
  void set_limits();
  void begin_frame();
  void end_frame();
  void hand_over();
  std::size_t size() const { return static_cast<std::size_t>(at_ - buffer_.begin()); }

  int protocol_;
  Sink* sink_;
  OutputBuffer buffer_;
  unsigned char* at_ = buffer_.begin();
  unsigned char* limit_ = at_;       // kObjectRoom before the end of the buffer
  unsigned char* soft_limit_ = at_;  // from here on next_object() has something to do
  std::size_t frame_ = 0;            // where the header of the open frame lies, or would lie before protocol 4
  std::uint64_t flushed_ = 0;
  std::vector<Outside> outside_parts_;
  std::size_t outside_ = 0;  // bytes in them
};

}  // namespace dill::pickle
