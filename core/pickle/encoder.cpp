#include "pickle/encoder.h"

#include <algorithm>

namespace dill::pickle {

void Encoder::grow(std::size_t extra) {
  const std::size_t wanted = std::max(size_ + extra, capacity_ * 2);
  void* larger = std::realloc(buffer_.get(), wanted);
  if (larger == nullptr) throw std::bad_alloc();
  (void)buffer_.release();
  buffer_.reset(static_cast<unsigned char*>(larger));
  capacity_ = wanted;
}

// The header is filled in when the frame's length is known.
void Encoder::begin_frame() {
  frame_ = size_;
  room(kFrameHeader);
  size_ += kFrameHeader;
}

void Encoder::end_frame() {
  unsigned char* header = buffer_.get() + frame_;
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
  if (sink_ != nullptr && size_ >= kFlushBytes) flush();
  begin_frame();
}

void Encoder::flush() {
  if (sink_ == nullptr) return;
  sink_->write(bytes());
  flushed_ += size_;
  size_ = 0;
}

}  // namespace dill::pickle
