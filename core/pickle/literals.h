// Which opcodes put a literal on the stack, and of which kind.
#pragma once

#include <array>
#include <cstdint>

#include "pickle/opcodes.h"

namespace dill::pickle {

enum class Literal : std::uint8_t {
  No,  // the opcode does something else
  None,
  Bool,
  Int,  // or bool: INT writes both
  Float,
  Text,  // str, or bytes of Python 2
  Bytes,
  ByteArray,  // the only one that can be changed later, and so is never folded
};

namespace detail {

consteval std::array<Literal, 256> literal_table() {
  std::array<Literal, 256> table{};
  const auto put = [&](Literal literal, auto... opcodes) {
    ((table[static_cast<unsigned char>(opcodes)] = literal), ...);
  };
  using enum Opcode;
  put(Literal::None, NONE);
  put(Literal::Bool, NEWTRUE, NEWFALSE);
  put(Literal::Int, INT, BININT, BININT1, BININT2, LONG, LONG1, LONG4);
  put(Literal::Float, FLOAT, BINFLOAT);
  put(Literal::Text, STRING, BINSTRING, SHORT_BINSTRING, UNICODE, SHORT_BINUNICODE, BINUNICODE, BINUNICODE8);
  put(Literal::Bytes, BINBYTES, SHORT_BINBYTES, BINBYTES8);
  put(Literal::ByteArray, BYTEARRAY8);
  return table;
}

inline constexpr std::array<Literal, 256> kLiterals = literal_table();

}  // namespace detail

// The literal that an opcode puts on the stack.
constexpr Literal literal_of(Opcode opcode) { return detail::kLiterals[static_cast<unsigned char>(opcode)]; }

// Literals that cannot be changed: neighbours of them become one leaf of the graph.
constexpr bool is_constant(Opcode opcode) {
  const Literal literal = literal_of(opcode);
  return literal != Literal::No && literal != Literal::ByteArray;
}

}  // namespace dill::pickle
