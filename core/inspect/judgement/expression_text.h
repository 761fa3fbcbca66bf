// Texts that some constructors evaluate or look up: is this one only a value or a name?
#pragma once

#include <string_view>

namespace dill::inspect {

// An expression of literals, names of constants and calls of range and slice: evaluating it runs nothing else.
bool is_plain_expression(std::string_view text);

// "a", "a.b_c.D": ASCII identifiers with dots between them.
bool is_dotted_name(std::string_view text);

// An encoding that turns text into bytes and needs no module of somebody else.
bool is_plain_encoding(std::string_view name);

}  // namespace dill::inspect
