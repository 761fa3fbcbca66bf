// Reads a pickle opcode by opcode, without copying, allocating or executing anything.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "pickle/opcodes.h"

namespace dill::pickle {

using Bytes = std::span<const unsigned char>;

// One opcode with its argument. Spans point into the bytes that the decoder reads.
struct Instruction {
  Opcode opcode = Opcode::STOP;
  std::uint64_t offset = 0;  // of the opcode byte
  std::uint64_t length = 0;  // opcode byte and argument, newlines included

  // Int4, Uint1..8, DecimalNl, Long1, Long4: the value, unless `big`.
  std::int64_t integer = 0;
  double number = 0;     // Float8, FloatNl
  bool boolean = false;  // INT's "00" and "01", which mean False and True; integer is 0 or 1
  bool big = false;      // the integer does not fit in 64 bits: see payload

  // Text and bytes arguments: the payload without length, quotes and newline; escapes as they stand (see escapes.h).
  // DecimalNl: the digits as written, without newline and final L. Long1, Long4: the bytes, little-endian two's
  // complement. StringNlPair: the module.
  Bytes payload;
  Bytes second;  // StringNlPair: the name
};

struct DecodeError {
  enum class Kind : std::uint8_t {
    EndOfData,       // no opcode left: the pickle ends without STOP
    UnknownOpcode,   // `byte` starts no opcode
    Truncated,       // the argument needs `needed` bytes, `available` are left
    NoNewline,       // a text argument without newline up to the end
    NegativeLength,  // a signed length (String4, Long4) is below zero
    FrameBeyondEnd,  // the frame is `needed` bytes long, `available` are left
    BadDecimal,      // the text of INT, LONG, GET, PUT is no integer, or GET/PUT has a negative one
    BadFloat,        // the text of FLOAT is no number
    BadQuotes,       // STRING without matching quotes
    BadText,         // not UTF-8 (ASCII for PERSID)
  };
  Kind kind;
  std::uint64_t offset;  // of the opcode at fault; the length of the data for EndOfData
  unsigned char byte;    // the opcode byte; 0 for EndOfData
  std::uint64_t needed = 0;
  std::uint64_t available = 0;

  // One sentence for people, without the offset.
  std::string message() const;
};

// How FRAME opcodes are checked. Readers of damaged files want what there is of the last frame.
enum class Frames : std::uint8_t { MustFit, MayBeCut };

class Decoder {
 public:
  // `bytes` must outlive the decoder and its instructions.
  explicit Decoder(Bytes bytes, Frames frames = Frames::MustFit) : bytes_(bytes), frames_(frames) {}

  // The next opcode. STOP does not end the decoder: what follows it is read as the next pickle. After an error the
  // position is that of the opcode at fault, and the next call gives the same error again.
  tl::expected<Instruction, DecodeError> next();

  // Offset of the next opcode.
  std::uint64_t position() const { return position_; }
  // Goes to an offset, at most the length of the data.
  void seek(std::uint64_t offset) { position_ = offset; }
  std::uint64_t remaining() const { return bytes_.size() - position_; }

 private:
  tl::expected<Instruction, DecodeError> read(const OpcodeInfo& info);

  Bytes bytes_;
  std::uint64_t position_ = 0;
  Frames frames_;
};

}  // namespace dill::pickle
