// What a fuzz target expects of every result: what does not hold ends the process, which libFuzzer reports with the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace dill::fuzz {

inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// For checks that return what is wrong.
inline void require_none(const std::string& wrong) { require(wrong.empty(), wrong); }

}  // namespace dill::fuzz
