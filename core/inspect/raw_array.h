// Arrays that joblib writes between the opcodes of a pickle: raw bytes that follow the BUILD of a NumpyArrayWrapper.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace dill::inspect {

// What numpy.dtype's first argument says: 'f8', '<i4', 'U10', 'V16', 'O8', 'M8'.
struct ItemType {
  char kind;           // b i u f c S U V O M m, and ? for bool
  std::uint64_t size;  // bytes of an item
};

// nullopt for what is no such text.
std::optional<ItemType> item_type(std::string_view dtype);

// Product of the lengths; saturates at 2^64-1.
std::uint64_t item_count(std::span<const std::uint64_t> shape);

// What a joblib.numpy_pickle.NumpyArrayWrapper says about the bytes behind it.
struct RawArray {
  std::uint64_t items = 0;
  std::uint64_t item_size = 0;
  bool holds_objects = false;  // the dtype has objects in it: a pickle of its own follows instead of raw bytes
  bool aligned = false;  // numpy_array_alignment_bytes is there and not None: a length byte and padding come first
};

struct RawBytes {
  std::uint64_t begin;  // of the items, behind the padding
  std::uint64_t end;
};

// Where the items lie if `offset` is what follows the BUILD opcode; nullopt if they would reach beyond the input. Not to
// be asked if the array holds objects.
std::optional<RawBytes> raw_bytes(std::span<const unsigned char> input, std::uint64_t offset, const RawArray& array);

}  // namespace dill::inspect
