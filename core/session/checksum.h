// The checksum that may follow a session's pickle.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "session/system_error.h"

namespace dill::session {

// CRC-64/XZ of bytes that come in pieces.
class Checksum {
 public:
  void update(std::span<const unsigned char> bytes);
  std::uint64_t value() const { return ~state_; }
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t state_ = ~std::uint64_t{0};
  std::uint64_t size_ = 0;
};

// The trailer is a pickle of its own, behind the STOP of the session's: a bytes object with the text below. So whoever
// reads one pickle after the other from a file reads it too.
//
//   dill checksum crc64=<16 hexadecimal digits> bytes=<16 hexadecimal digits>
inline constexpr std::size_t kTrailerSize = 64;
using Trailer = std::array<unsigned char, kTrailerSize>;

struct Sealed {
  std::uint64_t checksum;
  std::uint64_t size;  // of the bytes before the trailer
};

Trailer make_trailer(const Checksum& checksum);

// What a trailer says; nothing if the bytes are none.
std::optional<Sealed> read_trailer(std::span<const unsigned char> bytes);

// Appends the trailer for all that the file holds.
Result<void> seal(int descriptor);

enum class Seal { Missing, Intact, Broken };

// Looks at what lies from `start` to the end of the file, where the trailer is expected. The position of the file stays.
// A file that does not end with a trailer which is for as many bytes as lie before it is Missing one.
Result<Seal> check_seal(int descriptor, std::uint64_t start);

}  // namespace dill::session
