// UTF-8 as strings in a graph and in a trace file must be: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dill::graph {

// Length in bytes (1 to 4) of the valid sequence at the beginning of `text`, 0 if there is none.
std::size_t utf8_sequence(std::string_view text);

bool is_utf8(std::string_view text);

// `text` with each byte that belongs to no valid sequence replaced by U+FFFD.
std::string to_utf8(std::string_view text);

// The longest beginning of the valid UTF-8 `text` of at most `bytes` bytes which ends between two sequences.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

// Code points in the valid UTF-8 `text`.
std::size_t utf8_length(std::string_view text);

}  // namespace dill::graph
