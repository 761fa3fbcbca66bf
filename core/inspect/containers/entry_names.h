// What names of archive entries may not be.
#pragma once

#include <string_view>

namespace dill::inspect::containers {

// Whether extracting the entry by its name would write outside of the folder: absolute, with "..", a drive, backslashes
// that lead upwards.
bool is_bad_path(std::string_view name);

}  // namespace dill::inspect::containers
