// Values as Python writes them, as far as they are plain.
#pragma once

#include <string>

#include "inspect/meaning/contents.h"

namespace dill::inspect {

// repr() of a leaf, of tuples, lists, dicts and sets of such, of frozenset, complex, Ellipsis, range and slice; a code
// object as "<code object f, file "app.py", line 3>"; anything else as its type in angle brackets. About `limit` bytes
// and a "…" if it is longer. No recursion.
std::string value_text(const Contents& contents, const Item& item, std::size_t limit = 1'000);

}  // namespace dill::inspect
