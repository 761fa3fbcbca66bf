// The header of a numpy .npy file: read as text, never evaluated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspect/containers/formats.h"

namespace dill::inspect::containers {

struct NpyHeader {
  std::uint64_t data = 0;        // offset behind the header
  std::string descr;             // the dtype as it stands, "" if there is none
  bool may_hold_objects = true;  // false: a plain type of numbers, texts or raw bytes
  // Length of the array's data, if the type is plain and the shape can be read.
  std::optional<std::uint64_t> size;
};

// nullopt if the header is cut off or of a version that is not known.
std::optional<NpyHeader> read_npy_header(Bytes bytes);

}  // namespace dill::inspect::containers
