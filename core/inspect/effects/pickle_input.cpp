#include "inspect/effects/pickle_input.h"

namespace dill::inspect {

using pickle::Bytes;

// ---- the C machine ---------------------------------------------------------------------------------------------------

void StreamInput::skip_consumed() {
  if (peeked_ && next_ > prefetched_) {
    file_ += next_ - prefetched_;
    prefetched_ = next_;
  }
}

// io.BufferedReader.peek: what its buffer holds, or one block if that is nothing.
std::uint64_t StreamInput::peek() {
  if (buffered_ <= file_) buffered_ = std::min<std::uint64_t>(bytes_.size(), file_ + block_);
  return buffered_ - file_;
}

std::uint64_t StreamInput::read(std::uint64_t count) {
  const std::uint64_t size = bytes_.size();
  const std::uint64_t available = size - std::min<std::uint64_t>(size, file_);
  const std::uint64_t got = std::min(count, available);
  if (block_ == 0) {
    file_ += got;
    return got;
  }
  const std::uint64_t have = buffered_ > file_ ? buffered_ - file_ : 0;
  if (got > have) {  // whole blocks go past its buffer, the last part comes out of one that is filled
    const std::uint64_t missing = got - have;
    const std::uint64_t direct = missing / block_ * block_;
    const std::uint64_t begin = file_ + have + direct;
    buffered_ = direct == missing ? begin : std::min(size, begin + block_);
  }
  file_ += got;
  return got;
}

std::uint64_t StreamInput::fill(std::uint64_t count) {
  skip_consumed();
  if (block_ != 0 && count < kPrefetch) {
    const std::uint64_t ahead = peek();
    next_ = prefetched_ = file_;
    limit_ = file_ + ahead;
    peeked_ = true;
    if (count <= ahead) return count;
  }
  next_ = file_;
  const std::uint64_t got = read(count);
  limit_ = prefetched_ = next_ + got;
  peeked_ = false;
  return got;
}

const unsigned char* StreamInput::take(std::uint64_t count) {
  if (count > limit_ - next_ && fill(count) < count) return nullptr;
  const unsigned char* taken = bytes_.data() + next_;
  next_ += count;
  return taken;
}

const unsigned char* StreamInput::take_into(std::uint64_t count) {
  const std::uint64_t buffered = limit_ - next_;
  if (count <= buffered) return take(count);
  const unsigned char* taken = bytes_.data() + (buffered > 0 ? next_ : file_offset());
  next_ = limit_;
  skip_consumed();
  const std::uint64_t missing = count - buffered;
  if (read(missing) < missing) return nullptr;
  return taken;
}

bool StreamInput::line(Bytes& line) {
  const unsigned char* begin = bytes_.data() + next_;
  const void* newline = limit_ == next_ ? nullptr : std::memchr(begin, '\n', limit_ - next_);
  if (newline == nullptr) {
    skip_consumed();
    begin = bytes_.data() + file_;
    const std::uint64_t left = bytes_.size() - file_;
    newline = left == 0 ? nullptr : std::memchr(begin, '\n', left);
    if (newline == nullptr) return false;
    const auto length = static_cast<std::uint64_t>(static_cast<const unsigned char*>(newline) - begin) + 1;
    // readline() fills the file's buffer block by block until there is a newline in it.
    if (block_ != 0) {
      while (buffered_ < file_ + length) {
        buffered_ = std::min<std::uint64_t>(bytes_.size(), std::max(buffered_, file_) + block_);
      }
    }
    file_ += length;
    next_ = limit_ = prefetched_ = file_;
    peeked_ = false;
    line = {begin, length - 1};
    return true;
  }
  const auto length = static_cast<std::size_t>(static_cast<const unsigned char*>(newline) - begin);
  line = {begin, length};
  next_ += length + 1;
  return true;
}

bool StreamInput::frame(std::uint64_t length) {
  if (take(length) == nullptr) {
    error_ = kFrameTooLong;
    return false;
  }
  next_ -= length;
  return true;
}

// ---- the Python machine ----------------------------------------------------------------------------------------------

const unsigned char* FramedInput::take(std::uint64_t count) {
  if (count == 0) return bytes_.data();
  if (at_ < frame_end_) {
    if (count > frame_end_ - at_) {
      error_ = kStraddle;
      return nullptr;
    }
    const unsigned char* taken = bytes_.data() + at_;
    at_ += count;
    return taken;
  }
  if (count > bytes_.size() - file_) {
    error_ = kTruncated;
    return nullptr;
  }
  const unsigned char* taken = bytes_.data() + file_;
  file_ += count;
  at_ = frame_end_ = file_;
  return taken;
}

bool FramedInput::line(Bytes& line) {
  const bool framed = at_ < frame_end_;
  const std::uint64_t begin = framed ? at_ : file_;
  const std::uint64_t end = framed ? frame_end_ : bytes_.size();
  const void* newline = begin == end ? nullptr : std::memchr(bytes_.data() + begin, '\n', end - begin);
  if (newline == nullptr) {
    error_ = framed && end < bytes_.size() ? kStraddle : kTruncated;
    return false;
  }
  const auto length = static_cast<std::size_t>(static_cast<const unsigned char*>(newline) - (bytes_.data() + begin));
  line = bytes_.subspan(begin, length);
  if (framed) {
    at_ += length + 1;
  } else {
    file_ += length + 1;
    at_ = frame_end_ = file_;
  }
  return true;
}

// A file's last line may lack its newline, a frame's may not.
bool FramedInput::rest(Bytes& rest) {
  if (at_ < frame_end_) return false;
  rest = bytes_.subspan(file_);
  file_ = at_ = frame_end_ = bytes_.size();
  return true;
}

bool FramedInput::frame(std::uint64_t length) {
  if (at_ < frame_end_) {
    error_ = kNewFrame;
    return false;
  }
  at_ = file_;
  file_ += std::min<std::uint64_t>(length, bytes_.size() - file_);
  frame_end_ = file_;
  return true;
}

}  // namespace dill::inspect
