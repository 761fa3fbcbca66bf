// The numbers that protocol 0 writes as text, as the different loaders read them: the C machine uses strtol and friends
// on a C string (a NUL ends it), the Python machine int() and float() on bytes, CPython 3.14 only base 10.
#pragma once

#include <cstdint>
#include <span>

#include "inspect/effects/loaders.h"

namespace dill::inspect {

// Who takes the text of an INT, LONG or FLOAT argument for a number. `line` is without its newline.
struct NumberVerdict {
  Loaders accept = kNoLoader;
  bool same_value = true;  // to all who accept it
  bool huge = false;       // more than 4300 digits, which CPython has refused since autumn 2022
};
NumberVerdict judge_int(std::span<const unsigned char> line);
NumberVerdict judge_long(std::span<const unsigned char> line);
NumberVerdict judge_float(std::span<const unsigned char> line);

// The argument of GET or PUT.
struct IndexVerdict {
  Loaders accept = kNoLoader;
  Loaders huge = kNoLoader;  // of those that accept it: to them it is above 2**63 - 1, and `index` means nothing
  bool negative = false;
  std::uint64_t index = 0;
};
IndexVerdict judge_index(std::span<const unsigned char> line);

}  // namespace dill::inspect
