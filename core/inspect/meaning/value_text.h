// Values as Python writes them, as far as they are plain.
#pragma once

#include <string>

#include "inspect/meaning/contents.h"
#include "inspect/meaning/spelling.h"

namespace dill::inspect {

// repr() of a leaf, of tuples, lists, dicts and sets of such, of frozenset, complex, Ellipsis, and of objects whose class
// is known (spelling.h); a code object as "<code object f, file "app.py", line 3>"; what is stored by reference as its
// name; anything else as its type in angle brackets. About `limit` bytes and a "…" if it is longer. No recursion.
std::string value_text(const Contents& contents, const Item& item, std::size_t limit = 1'000);

// A spelling with its items written out, likewise.
std::string spelling_text(const Contents& contents, Spelling spelled, std::size_t limit = 1'000);

// "int" of builtins.int, "os.path.join" of itself.
std::string_view global_name(std::string_view dotted);

}  // namespace dill::inspect
