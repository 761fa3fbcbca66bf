// The modules that come with Python.
#pragma once

#include <string_view>

namespace dill::inspect {

// Whether a top-level module name belongs to the standard library of some Python 3, or to the main program.
bool is_standard_module(std::string_view top_level);

}  // namespace dill::inspect
