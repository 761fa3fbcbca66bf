// Tells formats by their first bytes.
#pragma once

#include <span>

#include "inspect/containers/members.h"

namespace dill::inspect::containers {

using Bytes = std::span<const unsigned char>;

// The format that the bytes begin like, with what can be told from the beginning alone: Data if none. Pickles, and zips
// that begin with something else, are not looked for.
Format recognise(Bytes bytes);

// Whether all of the first bytes are characters of a text in UTF-8 or ASCII.
bool looks_like_text(Bytes bytes);

bool starts_with(Bytes bytes, std::string_view magic, std::size_t at = 0);

}  // namespace dill::inspect::containers
