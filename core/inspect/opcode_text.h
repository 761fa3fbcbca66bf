// The arguments of opcodes as people read them.
#pragma once

#include <cstddef>
#include <string>

#include "pickle/decoder.h"

namespace dill::inspect {

// The argument of an opcode: a Python literal, a number, two names ..., shortened to about `limit` characters. Control
// characters are escaped; other characters of texts stand as they are.
std::string argument_text(const pickle::Instruction& instruction, std::size_t limit = 80);

}  // namespace dill::inspect
