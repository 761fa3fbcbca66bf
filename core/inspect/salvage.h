// What a pickle that breaks off was about to build.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "inspect/symbolic_machine.h"
#include "inspect/values.h"

namespace dill::inspect {

// Puts the objects that were still on the stack together as the opcodes that are missing would have done: items go into
// the container, arguments and states to the object below them. Where the stack does not tell, an Unfinished value holds
// them. Returns what is left over as roots, in stream order. `end` is where reading ended. Linear, no recursion.
std::vector<ValueId> salvage(Values& values, std::span<const Entry> stack, std::span<const Mark> marks,
                             std::uint64_t end);

}  // namespace dill::inspect
