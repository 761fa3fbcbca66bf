#include "session/checksum.h"

#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

namespace dill::session {
namespace {

static_assert(std::endian::native == std::endian::little, "eight bytes are taken at once");

constexpr std::uint64_t kPolynomial = 0xC96C'5795'D787'0F42;  // reflected
constexpr std::size_t kBlock = 1 << 20;

// Slicing by 8: what a byte contributes from each of eight positions.
constexpr auto kTables = [] {
  std::array<std::array<std::uint64_t, 256>, 8> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ kPolynomial : value >> 1;
    tables[0][byte] = value;
  }
  for (unsigned byte = 0; byte < 256; ++byte)
    for (std::size_t i = 1; i < tables.size(); ++i)
      tables[i][byte] = tables[i - 1][byte] >> 8 ^ tables[0][tables[i - 1][byte] & 0xFF];
  return tables;
}();

// PROTO 3, SHORT_BINBYTES of the text's length; STOP.
constexpr std::string_view kBegin =
    "\x80\x03"
    "C\x3b"
    "dill checksum crc64=";
constexpr std::string_view kMiddle = " bytes=";
constexpr std::size_t kDigits = 16;
static_assert(kBegin.size() + kDigits + kMiddle.size() + kDigits + 1 == kTrailerSize && 0x3b == kTrailerSize - 5);

// Adds what lies in the file from `start` to `end`. False if the system refuses, or if the file is shorter now.
Result<bool> add_file(Checksum& checksum, int descriptor, std::uint64_t start, std::uint64_t end) {
  std::vector<unsigned char> block(kBlock);
  while (start < end) {
    const std::size_t wanted = std::min<std::uint64_t>(kBlock, end - start);
    const ssize_t size = ::pread(descriptor, block.data(), wanted, static_cast<off_t>(start));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return tl::unexpected(SystemError{errno, {}});
    if (size == 0) return false;
    checksum.update(std::span(block).first(static_cast<std::size_t>(size)));
    start += static_cast<std::uint64_t>(size);
  }
  return true;
}

// Digits as they are written only: a trailer with an upper-case one was changed.
std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value;
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

void Checksum::update(std::span<const unsigned char> bytes) {
  size_ += bytes.size();
  std::uint64_t state = state_;
  while (bytes.size() >= 8) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes.data(), 8);
    eight ^= state;
    state = 0;
    for (std::size_t i = 0; i < 8; ++i) state ^= kTables[7 - i][eight >> (8 * i) & 0xFF];
    bytes = bytes.subspan(8);
  }
  for (const unsigned char byte : bytes) state = kTables[0][(state ^ byte) & 0xFF] ^ state >> 8;
  state_ = state;
}

Trailer make_trailer(const Checksum& checksum) {
  char digits[2][kDigits + 1];
  std::snprintf(digits[0], sizeof digits[0], "%016llx", static_cast<unsigned long long>(checksum.value()));
  std::snprintf(digits[1], sizeof digits[1], "%016llx", static_cast<unsigned long long>(checksum.size()));
  Trailer trailer;
  unsigned char* at = trailer.data();
  for (const std::string_view part : {kBegin, std::string_view(digits[0]), kMiddle, std::string_view(digits[1])})
    at = static_cast<unsigned char*>(std::memcpy(at, part.data(), part.size())) + part.size();
  *at = '.';
  return trailer;
}

std::optional<Sealed> read_trailer(std::span<const unsigned char> bytes) {
  if (bytes.size() != kTrailerSize || bytes.back() != '.') return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t middle = kBegin.size() + kDigits;
  if (!text.starts_with(kBegin) || text.substr(middle, kMiddle.size()) != kMiddle) return std::nullopt;
  const auto checksum = number(text.substr(kBegin.size(), kDigits));
  const auto size = number(text.substr(middle + kMiddle.size(), kDigits));
  if (!checksum || !size) return std::nullopt;
  return Sealed{*checksum, *size};
}

Result<void> seal(int descriptor) {
  struct stat status;
  if (::fstat(descriptor, &status) != 0) return tl::unexpected(SystemError{errno, {}});
  Checksum checksum;
  const auto added = add_file(checksum, descriptor, 0, static_cast<std::uint64_t>(status.st_size));
  if (!added) return tl::unexpected(added.error());
  const Trailer trailer = make_trailer(checksum);
  for (std::size_t done = 0; done < trailer.size();) {
    const ssize_t written =
        ::pwrite(descriptor, trailer.data() + done, trailer.size() - done, status.st_size + static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(SystemError{errno, {}});
    done += static_cast<std::size_t>(written);
  }
  return {};
}

Result<Seal> check_seal(int descriptor, std::uint64_t start) {
  struct stat status;
  if (::fstat(descriptor, &status) != 0) return tl::unexpected(SystemError{errno, {}});
  const auto end = static_cast<std::uint64_t>(status.st_size);
  if (end < start || end - start < kTrailerSize) return Seal::Missing;
  const std::uint64_t size = end - start - kTrailerSize;
  Trailer bytes;
  const ssize_t read = ::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(start + size));
  if (read < 0) return tl::unexpected(SystemError{errno, {}});
  const auto trailer = static_cast<std::size_t>(read) == bytes.size() ? read_trailer(bytes) : std::nullopt;
  if (!trailer || trailer->size != size) return Seal::Missing;
  Checksum checksum;
  const auto added = add_file(checksum, descriptor, start, start + size);
  if (!added) return tl::unexpected(added.error());
  return *added && checksum.value() == trailer->checksum ? Seal::Intact : Seal::Broken;
}

}  // namespace dill::session
