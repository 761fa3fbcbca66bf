// Attributes by which others call an object, without the file that sets them saying so.
#pragma once

#include <cstddef>
#include <string_view>

namespace dill::inspect {

// Names under which loading, copying, numpy or a known type looks for a method in an object's own attributes.
constexpr bool is_method_name(std::string_view name) {
  return (name.starts_with("__") && name.ends_with("__")) || name == "append" || name == "extend" || name == "add" ||
         name == "value_encode" || name == "value_decode";
}

inline constexpr std::size_t kLongestAddressName = 24;

// Attributes by which numpy gets the address of an array, and which no pickle has.
constexpr bool is_address_name(std::string_view name) {
  return name == "__array_interface__" || name == "__array_struct__" || name == "__cuda_array_interface__";
}

// Whether one of them begins with that character.
constexpr bool begins_method_name(char first) { return first == '_' || first == 'a' || first == 'e' || first == 'v'; }

}  // namespace dill::inspect
