// Whether the loaders can read the escapes of STRING and UNICODE, without unfolding them: such a line may be as long as
// the file.
#pragma once

#include <span>

namespace dill::inspect {

struct EscapeVerdict {
  bool valid = true;
  bool ascii = true;  // STRING: what it means is ASCII
};

// The text between the quotes of STRING.
EscapeVerdict check_string_escapes(std::span<const unsigned char> text);
// The line of UNICODE.
EscapeVerdict check_unicode_escapes(std::span<const unsigned char> text);

}  // namespace dill::inspect
