#include "models/opcode_reader.h"

#include <algorithm>

namespace dill::gui {

OpcodeReader::OpcodeReader(std::span<const unsigned char> bytes, std::span<const inspect::RawPart> arrays)
    : decoder_(bytes, pickle::Frames::MayBeCut), arrays_(arrays) {}

void OpcodeReader::seek(std::uint64_t offset) {
  decoder_.seek(offset);
  const auto at = std::ranges::lower_bound(arrays_, offset, {}, &inspect::RawPart::end);
  array_ = static_cast<std::size_t>(at - arrays_.begin());
}

tl::expected<OpcodeStep, pickle::DecodeError> OpcodeReader::next() {
  OpcodeStep step;
  const std::uint64_t here = decoder_.position();
  for (; array_ < arrays_.size() && arrays_[array_].end <= here; ++array_) {
    step.leaves = step.leaves || (arrays_[array_].objects && arrays_[array_].end == here);
  }
  if (array_ < arrays_.size() && arrays_[array_].begin == here) {
    if (!arrays_[array_].objects) {
      step.offset = here;
      step.length = arrays_[array_].end - here;
      decoder_.seek(arrays_[array_].end);
      return step;
    }
    step.enters = true;
  }
  auto instruction = decoder_.next();
  if (!instruction) return tl::unexpected(instruction.error());
  step.offset = instruction->offset;
  step.length = instruction->length;
  step.instruction = *instruction;
  return step;
}

}  // namespace dill::gui
