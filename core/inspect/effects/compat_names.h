// What find_class makes of the names that Python 2 had for modules, classes and functions (protocol below 3).
#pragma once

#include <optional>
#include <string_view>

namespace dill::inspect {

struct PythonThreeName {
  std::string_view module, name;
};

// Nothing if the name is the same in Python 3. The views point into tables, or are `name` itself.
std::optional<PythonThreeName> python_three_name(std::string_view module, std::string_view name);

}  // namespace dill::inspect
