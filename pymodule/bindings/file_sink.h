// Where a dump to a file goes: the `write` of a file object, called with finished pieces of the pickle.
#pragma once

#include <pybind11/pybind11.h>

#include "pickle/encoder.h"

namespace dill::bindings {

namespace py = pybind11;

class FileSink final : public pickle::Sink {
 public:
  // `write` takes an object with the buffer protocol. What it raises passes through as py::error_already_set.
  explicit FileSink(py::object write) : write_(std::move(write)) {}

  void write(std::span<const unsigned char> bytes) override;

 private:
  py::object write_;
};

}  // namespace dill::bindings
