#include "pickle/encoder.h"

#include <algorithm>
#include <charconv>

namespace dill::pickle {

void Encoder::reset(int protocol, Sink* sink, LargeBlock* large) {
  protocol_ = protocol;
  sink_ = sink;
  buffer_.reset(large);
  at_ = buffer_.begin();
  frame_ = 0;
  flushed_ = 0;
  outside_ = 0;
  outside_parts_.clear();
  set_limits();
}

// The header is filled in when the frame's length is known. Before protocol 4 a frame is nothing but what flush() hands
// over at once.
void Encoder::begin_frame() {
  room(kFrameHeader);
  frame_ = size();
  if (protocol_ >= kFirstFramed) at_ += kFrameHeader;
  set_limits();
}

void Encoder::end_frame() {
  if (protocol_ < kFirstFramed) return;
  unsigned char* header = buffer_.begin() + frame_;
  const auto length = static_cast<std::uint64_t>(at_ - header) - kFrameHeader;
  if (length >= kFrameMinimum) {
    header[0] = static_cast<unsigned char>(Opcode::FRAME);
    std::memcpy(header + 1, &length, 8);
  } else {
    std::memmove(header, header + kFrameHeader, length);
    at_ -= kFrameHeader;
  }
}

void Encoder::set_limits() {
  limit_ = buffer_.end() - kObjectRoom;
  soft_limit_ = std::min(buffer_.begin() + frame_ + kFrameHeader + kFrameTarget, limit_);
}

bool Encoder::make_room_for_object() {
  if (size() - frame_ >= kFrameTarget + kFrameHeader) {
    end_frame();
    begin_frame();
    return true;
  }
  grow(0);
  return false;
}

void Encoder::grow(std::size_t extra) {
  const std::size_t used = size();
  buffer_.grow(used, used + extra + 2 * kObjectRoom);
  at_ = buffer_.begin() + used;
  set_limits();
}

void Encoder::put_number_line(Opcode op, std::int64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  put_line(op, {digits, static_cast<std::size_t>(end - digits)});
}

void Encoder::put_escaped(std::uint32_t code_point) {
  unsigned char* to = room(10);
  const bool special =
      code_point == 0 || code_point == '\\' || code_point == '\n' || code_point == '\r' || code_point == 0x1A;
  if (code_point < 256 && !special) {
    *to++ = static_cast<unsigned char>(code_point);
  } else {
    *to++ = '\\';
    *to++ = code_point < 0x1'0000 ? 'u' : 'U';
    for (int shift = code_point < 0x1'0000 ? 12 : 28; shift >= 0; shift -= 4)
      *to++ = static_cast<unsigned char>("0123456789abcdef"[code_point >> shift & 0xF]);
  }
  at_ = to;
}

void Encoder::put_outside_if_large(std::span<const unsigned char> header, std::span<const unsigned char> bytes,
                                   std::shared_ptr<void> owner) {
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
  } else if (owner != nullptr && bytes.size() >= kOutside) {
    outside_parts_.push_back({size(), bytes, std::move(owner)});
    outside_ += bytes.size();
  } else {
    put_raw(bytes);
  }
  begin_frame();
}

void Encoder::copy_to(unsigned char* to) const {
  std::size_t from = 0;
  const auto copy = [&](const unsigned char* bytes, std::size_t n) {
    if (n != 0) std::memcpy(to, bytes, n);
    to += n;
  };
  for (const Outside& part : outside_parts_) {
    copy(buffer_.begin() + from, part.at - from);
    copy(part.bytes.data(), part.bytes.size());
    from = part.at;
  }
  copy(buffer_.begin() + from, size() - from);
}

void Encoder::flush() {
  if (sink_ == nullptr || frame_ == 0) return;
  const std::size_t done = frame_;
  sink_->write({buffer_.begin(), done});
  const std::size_t left = size() - done;
  flushed_ += done;
  std::memmove(buffer_.begin(), buffer_.begin() + done, left);
  at_ = buffer_.begin() + left;
  frame_ -= done;
  set_limits();
}

void Encoder::hand_over() {
  if (sink_ == nullptr) return;
  sink_->write({buffer_.begin(), size()});
  flushed_ += size();
  at_ = buffer_.begin();
  frame_ = 0;
  set_limits();
}

}  // namespace dill::pickle
