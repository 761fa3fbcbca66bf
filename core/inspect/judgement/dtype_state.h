// The states that pickles give to numpy's element types. numpy takes them as they are: flags that hide objects, or
// fields that reach beyond the end, make it take numbers of the file for addresses.
#pragma once

#include "inspect/effects/term.h"

namespace dill::inspect {

// Whether numpy itself could have written this state for the object, which numpy.dtype(...) made. What is not kept of
// more than 32 fields counts as true.
bool is_honest_dtype_state(const Term& object, const Term& state);

}  // namespace dill::inspect
