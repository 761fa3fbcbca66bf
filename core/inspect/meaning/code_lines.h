// The tables beside bytecode: which line each instruction is of, and where exceptions go.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dill::inspect {

struct LineRange {  // [begin, end) in bytes of the bytecode
  std::uint64_t begin, end;
  std::int64_t line;  // -1: of no line
};

// The line table of Python 3.minor: co_lnotab (3.8, 3.9), co_linetable (3.10; locations from 3.11 on). Ranges ascend and
// do not overlap. A table that is damaged ends where it makes no sense.
std::vector<LineRange> line_ranges(int minor, std::string_view table, std::int64_t first_line, std::size_t code_size);

struct ExceptionRange {  // an exception in [begin, end) goes on at `target`
  std::uint64_t begin, end, target;
  std::uint64_t depth;  // of the stack there
  bool lasti;           // the place of the instruction is pushed too
};

// co_exceptiontable, from 3.11 on.
std::vector<ExceptionRange> exception_ranges(std::string_view table);

}  // namespace dill::inspect
