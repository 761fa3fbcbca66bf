// The bytecode instructions of CPython 3.8 to 3.14, as its modules opcode and dis know them.
//
// The tables are made by tables/generate.py with the Python in question. That of 3.14 was put together from published lists
// of its opcodes (tables/python_3_14.json), and held against what others know of 3.14: docs/inspect.md says what.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace dill::inspect {

// How the argument of an instruction is to be read.
enum class ArgumentKind : std::uint8_t {
  None,       // it has none
  Number,     // it means itself
  Constant,   // place in co_consts
  Name,       // place in co_names
  NameNull,   // the same, one bit to the left: the bit says whether NULL is pushed too
  NameSelf,   // the same for a method and its self
  NameSuper,  // place in co_names, two bits to the left
  Local,
  LocalPair,  // two places of four bits
  Free,
  Compare,
  Operator,
  JumpForward,
  JumpBackward,
  JumpTo,
  Extended,
  Resume,
  Intrinsic1,
  Intrinsic2,
  FormatValue,
  ConvertValue,
  FunctionFlags,
  CommonConstant,
  SpecialMethod,
  SmallInteger,
  IsNot,
  NotIn,
};

struct OpcodeInfo {
  std::uint8_t code;
  std::uint8_t caches;  // code units behind it that are its inline cache
  ArgumentKind kind;
  std::string_view name;
};

struct OpcodeTable {
  int minor = 0;                                // of Python 3.minor
  std::array<const OpcodeInfo*, 256> opcode{};  // nullptr where there is none
  std::span<const std::string_view> comparisons, operators, intrinsics_1, intrinsics_2, common_constants,
      special_methods;
};

inline constexpr int kFirstPython = 8;
inline constexpr int kLastPython = 14;

// The table of Python 3.minor; nullptr if there is none.
const OpcodeTable* opcode_table(int minor);

}  // namespace dill::inspect
