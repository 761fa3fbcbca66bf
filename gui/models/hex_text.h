// Bytes as people read them: eight a line (so that it fits into a panel), with their offsets and what is ASCII in them.
#pragma once

#include <QString>

#include <cstdint>
#include <span>

namespace dill::gui {

inline constexpr std::size_t kHexBytes = 1024;  // shown at most

// "00000040  80 04 95 ...  |........|" for bytes [begin, end) of `bytes`, as far as they exist; of more than kHexBytes the
// beginning, then a line that says how many are left out.
QString hexText(std::span<const unsigned char> bytes, std::uint64_t begin, std::uint64_t end);

}  // namespace dill::gui
