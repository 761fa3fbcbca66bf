#include "inspect/containers/formats.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "inspect/containers/little_endian.h"
#include "inspect/containers/tar.h"

namespace dill::inspect {

std::string_view to_string(Format format) {
  switch (format) {
    case Format::Pickle:
      return "pickle";
    case Format::Joblib:
      return "joblib";
    case Format::Zip:
      return "zip";
    case Format::TorchZip:
      return "torch zip";
    case Format::Npz:
      return "npz";
    case Format::Tar:
      return "tar";
    case Format::TorchTar:
      return "torch tar";
    case Format::TorchLegacy:
      return "torch legacy";
    case Format::Npy:
      return "npy";
    case Format::Gzip:
      return "gzip";
    case Format::Bzip2:
      return "bzip2";
    case Format::Xz:
      return "xz";
    case Format::Lzma:
      return "lzma";
    case Format::Zstd:
      return "zstd";
    case Format::Lz4:
      return "lz4";
    case Format::Zlib:
      return "zlib";
    case Format::JoblibZ:
      return "joblib zlib";
    case Format::SevenZip:
      return "7z";
    case Format::Rar:
      return "rar";
    case Format::Hdf5:
      return "hdf5";
    case Format::Safetensors:
      return "safetensors";
    case Format::Onnx:
      return "onnx";
    case Format::Gguf:
      return "gguf";
    case Format::Parquet:
      return "parquet";
    case Format::Arrow:
      return "arrow";
    case Format::Sqlite:
      return "sqlite";
    case Format::Dtrace:
      return "dtrace";
    case Format::Elf:
      return "elf";
    case Format::Pdf:
      return "pdf";
    case Format::Png:
      return "png";
    case Format::Text:
      return "text";
    case Format::Data:
      break;
  }
  return "data";
}

bool is_container(Format format) { return format >= Format::Zip && format <= Format::JoblibZ; }

namespace containers {

namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  Format format;
  std::size_t at = 0;
};

constexpr std::array kMagics{
    Magic{"\x1f\x8b\x08"sv, Format::Gzip},
    Magic{"\xfd"
          "7zXZ\0"sv,
          Format::Xz},
    Magic{"\x28\xb5\x2f\xfd"sv, Format::Zstd},
    Magic{"\x04\x22\x4d\x18"sv, Format::Lz4},
    Magic{"\x93NUMPY"sv, Format::Npy},
    Magic{"PK\x03\x04"sv, Format::Zip},
    Magic{"PK\x05\x06"sv, Format::Zip},
    Magic{"7z\xbc\xaf\x27\x1c"sv, Format::SevenZip},
    Magic{"Rar!\x1a\x07"sv, Format::Rar},
    Magic{"\x89HDF\r\n\x1a\n"sv, Format::Hdf5},
    Magic{"GGUF"sv, Format::Gguf},
    Magic{"PAR1"sv, Format::Parquet},
    Magic{"ARROW1"sv, Format::Arrow},
    Magic{"SQLite format 3\0"sv, Format::Sqlite},
    Magic{"\x7f"
          "ELF"sv,
          Format::Elf},
    Magic{"%PDF-"sv, Format::Pdf},
    Magic{"\x89PNG\r\n\x1a\n"sv, Format::Png},
    Magic{"DTR1"sv, Format::Dtrace, 8},
};

// magic_number of torch.serialization, as a pickle of protocol 2.
constexpr std::string_view kTorchLegacy = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;

bool is_bzip2(Bytes bytes) {
  if (!starts_with(bytes, "BZh"sv) || bytes.size() < 10 || bytes[3] < '1' || bytes[3] > '9') return false;
  return starts_with(bytes, "1AY&SY"sv, 4) || starts_with(bytes, "\x17\x72\x45\x38\x50\x90"sv, 4);
}

// .lzma has no magic: properties, size of the dictionary, size of the content (or -1), and a first byte that is 0.
bool is_lzma(Bytes bytes) {
  if (bytes.size() < 14 || bytes[0] >= 9 * 5 * 5 || bytes[13] != 0) return false;
  const std::uint32_t dictionary = little_endian<std::uint32_t>(bytes, 1);
  const std::uint64_t size = little_endian<std::uint64_t>(bytes, 5);
  // What encoders write: 2^n or 2^n + 2^(n-1).
  std::uint32_t rest = dictionary;
  while (rest > 3 && rest % 2 == 0) rest /= 2;
  const bool usual = dictionary == 0xFFFF'FFFF || (dictionary >= 4096 && rest <= 3);
  return usual && (size == ~std::uint64_t{0} || size < (std::uint64_t{1} << 40));
}

bool is_zlib(Bytes bytes) {
  return bytes.size() > 2 && (bytes[0] & 0x0F) == 8 && (bytes[0] >> 4) <= 7 && (bytes[1] & 0x20) == 0 &&
         (bytes[0] * 256 + bytes[1]) % 31 == 0;
}

// A length, then JSON of that length.
bool is_safetensors(Bytes bytes) {
  if (bytes.size() < 10) return false;
  const std::uint64_t length = little_endian<std::uint64_t>(bytes, 0);
  return length >= 2 && length <= bytes.size() - 8 && length <= 100'000'000 && bytes[8] == '{' && bytes[9] == '"';
}

// ModelProto: field 1 (ir_version) is a small number, field 2 (producer_name) or 7 (graph) follows.
bool is_onnx(Bytes bytes) {
  return bytes.size() > 16 && bytes[0] == 0x08 && bytes[1] >= 1 && bytes[1] <= 20 &&
         ((bytes[2] == 0x12 && bytes[3] < 64 && bytes.size() > 5u + bytes[3] && bytes[4] >= 'A' && bytes[4] <= 'z') ||
          bytes[2] == 0x3a);
}

}  // namespace

bool starts_with(Bytes bytes, std::string_view magic, std::size_t at) {
  return bytes.size() >= at && bytes.size() - at >= magic.size() &&
         std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

bool looks_like_text(Bytes bytes) {
  const Bytes head = bytes.first(std::min<std::size_t>(bytes.size(), 4096));
  std::size_t following = 0;
  for (const unsigned char byte : head) {
    if (following > 0) {
      if ((byte & 0xC0) != 0x80) return false;
      --following;
    } else if (byte >= 0xC2 && byte < 0xF5) {
      following = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    } else if (byte >= 0x7F || (byte < ' ' && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f')) {
      return false;
    }
  }
  return !head.empty() && (following == 0 || head.size() < bytes.size());
}

Format recognise(Bytes bytes) {
  for (const Magic& magic : kMagics) {
    if (starts_with(bytes, magic.bytes, magic.at)) return magic.format;
  }
  // Frames that a decoder skips may come first.
  if (bytes.size() > 8 && bytes[0] >= 0x50 && bytes[0] <= 0x5f && starts_with(bytes, "\x2a\x4d\x18"sv, 1)) {
    return Format::Zstd;
  }
  if (starts_with(bytes, kTorchLegacy)) return Format::TorchLegacy;
  if (starts_with(bytes, "ZF0x"sv)) return Format::JoblibZ;
  if (is_bzip2(bytes)) return Format::Bzip2;
  if (is_tar_header(bytes)) return Format::Tar;
  if (is_safetensors(bytes)) return Format::Safetensors;
  if (is_lzma(bytes)) return Format::Lzma;
  if (is_zlib(bytes)) return Format::Zlib;
  if (is_onnx(bytes)) return Format::Onnx;
  return Format::Data;
}

}  // namespace containers

}  // namespace dill::inspect
