// What a file is that holds no pickle, in words.
#pragma once

#include <QString>

#include <string_view>

namespace dill::gui {

// "a safetensors file", "a PNG picture" for a name of inspect::Format; empty for formats that may hold pickles and for
// what is not known.
QString fileKind(std::string_view format);
// What can be done with such a file; empty if there is nothing to say.
QString fileAdvice(std::string_view format);

}  // namespace dill::gui
