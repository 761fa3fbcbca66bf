// How numbers and Python values are written for people, in the same way in every view and report.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dill::graph {

// "1,234,567"
std::string grouped_digits(std::uint64_t number);

// "1 item", "1,200 items": `unit` takes an s in the plural.
std::string counted(std::uint64_t number, std::string_view unit);

// repr() of a float: shortest digits, "1e+16" from there on and below 1e-4; "nan", "inf", "-inf".
std::string float_text(double value);

// "812 bytes", "1.2 KiB", "3.4 MiB" ...: binary units, one decimal.
std::string byte_size(std::uint64_t bytes);

// A Python string (or, with `is_bytes`, bytes) literal of `text` as repr() writes it: single quotes unless only they
// occur in it, backslash escapes for what is not printable ASCII; other valid UTF-8 is left as it is in a string.
std::string python_literal(std::string_view text, bool is_bytes = false);

// `text` without control characters: each, and each byte that is not UTF-8, is written as an escape (\n, \x1b).
std::string printable(std::string_view text);

}  // namespace dill::graph
