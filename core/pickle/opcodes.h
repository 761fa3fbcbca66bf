// The 68 opcodes of the pickle protocols 0 to 5, under the names of CPython's pickletools.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dill::pickle {

inline constexpr int kHighestProtocol = 5;

enum class Opcode : unsigned char {
  INT = 'I',
  BININT = 'J',
  BININT1 = 'K',
  BININT2 = 'M',
  LONG = 'L',
  LONG1 = 0x8a,
  LONG4 = 0x8b,
  STRING = 'S',
  BINSTRING = 'T',
  SHORT_BINSTRING = 'U',
  BINBYTES = 'B',
  SHORT_BINBYTES = 'C',
  BINBYTES8 = 0x8e,
  BYTEARRAY8 = 0x96,
  NEXT_BUFFER = 0x97,
  READONLY_BUFFER = 0x98,
  NONE = 'N',
  NEWTRUE = 0x88,
  NEWFALSE = 0x89,
  UNICODE = 'V',
  SHORT_BINUNICODE = 0x8c,
  BINUNICODE = 'X',
  BINUNICODE8 = 0x8d,
  FLOAT = 'F',
  BINFLOAT = 'G',
  EMPTY_LIST = ']',
  APPEND = 'a',
  APPENDS = 'e',
  LIST = 'l',
  EMPTY_TUPLE = ')',
  TUPLE = 't',
  TUPLE1 = 0x85,
  TUPLE2 = 0x86,
  TUPLE3 = 0x87,
  EMPTY_DICT = '}',
  DICT = 'd',
  SETITEM = 's',
  SETITEMS = 'u',
  EMPTY_SET = 0x8f,
  ADDITEMS = 0x90,
  FROZENSET = 0x91,
  POP = '0',
  DUP = '2',
  MARK = '(',
  POP_MARK = '1',
  GET = 'g',
  BINGET = 'h',
  LONG_BINGET = 'j',
  PUT = 'p',
  BINPUT = 'q',
  LONG_BINPUT = 'r',
  MEMOIZE = 0x94,
  EXT1 = 0x82,
  EXT2 = 0x83,
  EXT4 = 0x84,
  GLOBAL = 'c',
  STACK_GLOBAL = 0x93,
  REDUCE = 'R',
  BUILD = 'b',
  INST = 'i',
  OBJ = 'o',
  NEWOBJ = 0x81,
  NEWOBJ_EX = 0x92,
  PROTO = 0x80,
  STOP = '.',
  FRAME = 0x95,
  PERSID = 'P',
  BINPERSID = 'Q',
};

// What follows the opcode byte. Numbers are little-endian except Float8, which is big-endian; "Nl" arguments are text
// up to and without a newline. The digit is the size of the number, or of the length in front of the payload, in bytes.
enum class ArgumentKind : std::uint8_t {
  None,
  Uint1,
  Uint2,
  Int4,
  Uint4,
  Uint8,
  DecimalNl,     // decimal number; "00" and "01" mean False and True after INT; LONG may end in L
  FloatNl,       // repr() of a float
  StringNl,      // text as it stands (PERSID), or a quoted str literal with escapes (STRING)
  StringNlPair,  // two lines: module, then name
  UnicodeNl,     // raw-unicode-escape
  Float8,        // IEEE double
  String1,       // bytes of a Python 2 str; String4 has a signed length
  String4,
  Unicode1,  // UTF-8, lone surrogates allowed
  Unicode4,
  Unicode8,
  Bytes1,
  Bytes4,
  Bytes8,
  ByteArray8,
  Long1,  // two's complement; Long4 has a signed length
  Long4,
};

struct OpcodeInfo {
  Opcode opcode;
  std::string_view name;  // as in pickletools
  ArgumentKind argument;
  std::uint8_t protocol;          // the protocol that introduced it
  std::string_view stack_before;  // what it takes from the stack, bottom first: "dict mark items"
  std::string_view stack_after;   // what it puts there instead
};

inline constexpr std::size_t kOpcodeCount = 68;

inline constexpr std::array<OpcodeInfo, kOpcodeCount> kOpcodes{{
    {Opcode::INT, "INT", ArgumentKind::DecimalNl, 0, "", "int_or_bool"},
    {Opcode::BININT, "BININT", ArgumentKind::Int4, 1, "", "int"},
    {Opcode::BININT1, "BININT1", ArgumentKind::Uint1, 1, "", "int"},
    {Opcode::BININT2, "BININT2", ArgumentKind::Uint2, 1, "", "int"},
    {Opcode::LONG, "LONG", ArgumentKind::DecimalNl, 0, "", "int"},
    {Opcode::LONG1, "LONG1", ArgumentKind::Long1, 2, "", "int"},
    {Opcode::LONG4, "LONG4", ArgumentKind::Long4, 2, "", "int"},
    {Opcode::STRING, "STRING", ArgumentKind::StringNl, 0, "", "bytes_or_str"},
    {Opcode::BINSTRING, "BINSTRING", ArgumentKind::String4, 1, "", "bytes_or_str"},
    {Opcode::SHORT_BINSTRING, "SHORT_BINSTRING", ArgumentKind::String1, 1, "", "bytes_or_str"},
    {Opcode::BINBYTES, "BINBYTES", ArgumentKind::Bytes4, 3, "", "bytes"},
    {Opcode::SHORT_BINBYTES, "SHORT_BINBYTES", ArgumentKind::Bytes1, 3, "", "bytes"},
    {Opcode::BINBYTES8, "BINBYTES8", ArgumentKind::Bytes8, 4, "", "bytes"},
    {Opcode::BYTEARRAY8, "BYTEARRAY8", ArgumentKind::ByteArray8, 5, "", "bytearray"},
    {Opcode::NEXT_BUFFER, "NEXT_BUFFER", ArgumentKind::None, 5, "", "buffer"},
    {Opcode::READONLY_BUFFER, "READONLY_BUFFER", ArgumentKind::None, 5, "buffer", "buffer"},
    {Opcode::NONE, "NONE", ArgumentKind::None, 0, "", "None"},
    {Opcode::NEWTRUE, "NEWTRUE", ArgumentKind::None, 2, "", "bool"},
    {Opcode::NEWFALSE, "NEWFALSE", ArgumentKind::None, 2, "", "bool"},
    {Opcode::UNICODE, "UNICODE", ArgumentKind::UnicodeNl, 0, "", "str"},
    {Opcode::SHORT_BINUNICODE, "SHORT_BINUNICODE", ArgumentKind::Unicode1, 4, "", "str"},
    {Opcode::BINUNICODE, "BINUNICODE", ArgumentKind::Unicode4, 1, "", "str"},
    {Opcode::BINUNICODE8, "BINUNICODE8", ArgumentKind::Unicode8, 4, "", "str"},
    {Opcode::FLOAT, "FLOAT", ArgumentKind::FloatNl, 0, "", "float"},
    {Opcode::BINFLOAT, "BINFLOAT", ArgumentKind::Float8, 1, "", "float"},
    {Opcode::EMPTY_LIST, "EMPTY_LIST", ArgumentKind::None, 1, "", "list"},
    {Opcode::APPEND, "APPEND", ArgumentKind::None, 0, "list object", "list"},
    {Opcode::APPENDS, "APPENDS", ArgumentKind::None, 1, "list mark items", "list"},
    {Opcode::LIST, "LIST", ArgumentKind::None, 0, "mark items", "list"},
    {Opcode::EMPTY_TUPLE, "EMPTY_TUPLE", ArgumentKind::None, 1, "", "tuple"},
    {Opcode::TUPLE, "TUPLE", ArgumentKind::None, 0, "mark items", "tuple"},
    {Opcode::TUPLE1, "TUPLE1", ArgumentKind::None, 2, "object", "tuple"},
    {Opcode::TUPLE2, "TUPLE2", ArgumentKind::None, 2, "object object", "tuple"},
    {Opcode::TUPLE3, "TUPLE3", ArgumentKind::None, 2, "object object object", "tuple"},
    {Opcode::EMPTY_DICT, "EMPTY_DICT", ArgumentKind::None, 1, "", "dict"},
    {Opcode::DICT, "DICT", ArgumentKind::None, 0, "mark items", "dict"},
    {Opcode::SETITEM, "SETITEM", ArgumentKind::None, 0, "dict object object", "dict"},
    {Opcode::SETITEMS, "SETITEMS", ArgumentKind::None, 1, "dict mark items", "dict"},
    {Opcode::EMPTY_SET, "EMPTY_SET", ArgumentKind::None, 4, "", "set"},
    {Opcode::ADDITEMS, "ADDITEMS", ArgumentKind::None, 4, "set mark items", "set"},
    {Opcode::FROZENSET, "FROZENSET", ArgumentKind::None, 4, "mark items", "frozenset"},
    {Opcode::POP, "POP", ArgumentKind::None, 0, "object", ""},
    {Opcode::DUP, "DUP", ArgumentKind::None, 0, "object", "object object"},
    {Opcode::MARK, "MARK", ArgumentKind::None, 0, "", "mark"},
    {Opcode::POP_MARK, "POP_MARK", ArgumentKind::None, 1, "mark items", ""},
    {Opcode::GET, "GET", ArgumentKind::DecimalNl, 0, "", "object"},
    {Opcode::BINGET, "BINGET", ArgumentKind::Uint1, 1, "", "object"},
    {Opcode::LONG_BINGET, "LONG_BINGET", ArgumentKind::Uint4, 1, "", "object"},
    {Opcode::PUT, "PUT", ArgumentKind::DecimalNl, 0, "", ""},
    {Opcode::BINPUT, "BINPUT", ArgumentKind::Uint1, 1, "", ""},
    {Opcode::LONG_BINPUT, "LONG_BINPUT", ArgumentKind::Uint4, 1, "", ""},
    {Opcode::MEMOIZE, "MEMOIZE", ArgumentKind::None, 4, "object", "object"},
    {Opcode::EXT1, "EXT1", ArgumentKind::Uint1, 2, "", "object"},
    {Opcode::EXT2, "EXT2", ArgumentKind::Uint2, 2, "", "object"},
    {Opcode::EXT4, "EXT4", ArgumentKind::Int4, 2, "", "object"},
    {Opcode::GLOBAL, "GLOBAL", ArgumentKind::StringNlPair, 0, "", "object"},
    {Opcode::STACK_GLOBAL, "STACK_GLOBAL", ArgumentKind::None, 4, "str str", "object"},
    {Opcode::REDUCE, "REDUCE", ArgumentKind::None, 0, "object object", "object"},
    {Opcode::BUILD, "BUILD", ArgumentKind::None, 0, "object object", "object"},
    {Opcode::INST, "INST", ArgumentKind::StringNlPair, 0, "mark items", "object"},
    {Opcode::OBJ, "OBJ", ArgumentKind::None, 1, "mark object items", "object"},
    {Opcode::NEWOBJ, "NEWOBJ", ArgumentKind::None, 2, "object object", "object"},
    {Opcode::NEWOBJ_EX, "NEWOBJ_EX", ArgumentKind::None, 4, "object object object", "object"},
    {Opcode::PROTO, "PROTO", ArgumentKind::Uint1, 2, "", ""},
    {Opcode::STOP, "STOP", ArgumentKind::None, 0, "object", ""},
    {Opcode::FRAME, "FRAME", ArgumentKind::Uint8, 4, "", ""},
    {Opcode::PERSID, "PERSID", ArgumentKind::StringNl, 0, "", "object"},
    {Opcode::BINPERSID, "BINPERSID", ArgumentKind::None, 1, "object", "object"},
}};

namespace detail {

inline constexpr unsigned char kNoOpcode = 0xFF;

// Position in kOpcodes of every possible byte.
constexpr std::array<unsigned char, 256> opcode_positions() {
  std::array<unsigned char, 256> positions{};
  positions.fill(kNoOpcode);
  for (std::size_t i = 0; i < kOpcodes.size(); ++i) {
    positions[static_cast<unsigned char>(kOpcodes[i].opcode)] = static_cast<unsigned char>(i);
  }
  return positions;
}

inline constexpr std::array<unsigned char, 256> kOpcodePositions = opcode_positions();

}  // namespace detail

// The entry for a byte of a pickle; nullptr if no protocol has an opcode of that value.
constexpr const OpcodeInfo* find_opcode(unsigned char byte) {
  const unsigned char position = detail::kOpcodePositions[byte];
  return position == detail::kNoOpcode ? nullptr : &kOpcodes[position];
}

// The entry for an opcode. `opcode` must be one of the enumerators.
constexpr const OpcodeInfo& opcode_info(Opcode opcode) {
  return kOpcodes[detail::kOpcodePositions[static_cast<unsigned char>(opcode)]];
}

}  // namespace dill::pickle
