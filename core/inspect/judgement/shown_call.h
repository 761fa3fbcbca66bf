// A call as an expression for people.
#pragma once

#include <cstddef>
#include <string>

#include "inspect/effects/term.h"

namespace dill::inspect {

// "os.system('id')", with about `limit` bytes for the function and as many for its arguments.
std::string shown_call(const Term& callee, const Term& arguments, std::size_t limit);

}  // namespace dill::inspect
