#include "pickle/encoder.h"

namespace dill::pickle {

// The header is filled in when the frame's length is known.
void Encoder::begin_frame() {
  frame_ = size_;
  room(kFrameHeader);
  size_ += kFrameHeader;
}

void Encoder::end_frame() {
  unsigned char* header = buffer_.begin() + frame_;
  const std::uint64_t length = size_ - frame_ - kFrameHeader;
  if (length >= kFrameMinimum) {
    header[0] = static_cast<unsigned char>(Opcode::FRAME);
    std::memcpy(header + 1, &length, 8);
  } else {
    std::memmove(header, header + kFrameHeader, length);
    size_ -= kFrameHeader;
  }
}

void Encoder::commit_frame() {
  end_frame();
  begin_frame();
}

void Encoder::flush() {
  if (sink_ == nullptr || frame_ == 0) return;
  const std::size_t done = frame_;
  sink_->write({buffer_.begin(), done});
  flushed_ += done;
  std::memmove(buffer_.begin(), buffer_.begin() + done, size_ - done);
  size_ -= done;
  frame_ -= done;
}

void Encoder::hand_over() {
  if (sink_ == nullptr) return;
  sink_->write(bytes());
  flushed_ += size_;
  size_ = 0;
}

}  // namespace dill::pickle
