// How a system call failed: what Python's OSError says.
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace dill::session {

struct SystemError {
  int number;        // errno
  std::string path;  // of the file or folder that it happened with
};

template <class Value>
using Result = tl::expected<Value, SystemError>;

}  // namespace dill::session
