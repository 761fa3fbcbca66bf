// The bytecode of a code object in a pickle, instruction by instruction, as the module dis of its Python shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/meaning/code_lines.h"
#include "inspect/meaning/code_object.h"

namespace dill::inspect {

struct BytecodeInstruction {
  std::uint64_t offset;
  std::string_view name;  // "LOAD_FAST", or "<42>" if there is no such opcode
  std::optional<std::int64_t> argument;
  std::string text;                     // what the argument stands for: "x", "'abc'", "to 24"; may be empty
  std::optional<std::uint64_t> target;  // of a jump
  std::int64_t line = -1;               // -1: none
  bool is_target = false;               // something jumps here, or an exception comes here
};

struct Disassembly {
  int minor = 0;                                  // of the Python it is read as: 3.minor
  std::vector<BytecodeInstruction> instructions;  // inline caches left out, EXTENDED_ARG kept
  std::vector<ExceptionRange> exceptions;
};

// `minor`: of the Python that wrote the code (python_of()); nothing if there is no table for it.
std::optional<Disassembly> disassemble(const Contents& contents, const CodeObject& code, int minor);

// Lines as dis prints them: line, mark of a target, offset, name, argument and what it stands for; then the exceptions.
std::vector<std::string> disassembly_text(const Disassembly& disassembly);

}  // namespace dill::inspect
