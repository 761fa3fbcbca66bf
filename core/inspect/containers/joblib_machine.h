// Where the raw arrays of a joblib dump lie: they follow the BUILD of a NumpyArrayWrapper, and how long they are stands
// in the wrapper's state. So the opcodes are followed on a stack that knows what such states are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspect/containers/formats.h"

namespace dill::inspect::containers {

struct JoblibArray {
  std::uint64_t begin = 0;  // of its data, padding included
  std::uint64_t end = 0;    // behind it, as far as it is there
  bool objects = false;     // a pickle of its own
  bool cut = false;         // the file ends before the data does
};

struct JoblibDump {
  std::vector<JoblibArray> arrays;
  std::vector<std::uint64_t> external;  // offsets where wrappers of arrays in other files are built
  // What joblib reads as opcodes, without FRAME: parts of the bytes, in order.
  struct Run {
    std::uint64_t begin, end;
  };
  std::vector<Run> runs;
  std::uint64_t end = 0;       // behind the last opcode that was read, or array
  bool stops = false;          // a STOP was reached
  bool unknown_array = false;  // how long the array at `end` is can only be known at run time
};

JoblibDump follow_joblib(Bytes bytes);

}  // namespace dill::inspect::containers
