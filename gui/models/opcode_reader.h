// The opcodes of a pickle one after the other, across the raw arrays that joblib writes between them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <tl/expected.hpp>

#include "inspect/containers/members.h"
#include "pickle/decoder.h"

namespace dill::gui {

// An opcode, or raw bytes that are none.
struct OpcodeStep {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::optional<pickle::Instruction> instruction;  // nothing: the bytes of an array
  // An array of objects, which is a pickle of its own, begins or has ended before this opcode.
  bool enters = false;
  bool leaves = false;
};

class OpcodeReader {
 public:
  // `arrays` are in order; they and `bytes` must outlive the reader.
  OpcodeReader(std::span<const unsigned char> bytes, std::span<const inspect::RawPart> arrays);

  // After an error the position stays, and the next call gives the same error again.
  tl::expected<OpcodeStep, pickle::DecodeError> next();

  std::uint64_t position() const { return decoder_.position(); }
  std::uint64_t remaining() const { return decoder_.remaining(); }
  void seek(std::uint64_t offset);

 private:
  pickle::Decoder decoder_;
  std::span<const inspect::RawPart> arrays_;
  std::size_t array_ = 0;  // the first one that does not end before the position
};

}  // namespace dill::gui
