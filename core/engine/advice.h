// What to do about an object that cannot be pickled, by its type: text and code to paste.
#pragma once

#include <string_view>

namespace dill::engine {

// Advice for a type name as type_name() gives it; "" if there is none. Never empty for the types that users meet most.
std::string_view advice_for(std::string_view type);

}  // namespace dill::engine
