// Ctrl-C while a file is read.
#pragma once

#include <pybind11/pybind11.h>

namespace dill::bindings {

// Hears of signals now and then while the GIL is released; in other threads than the main one none ever comes.
class Interrupts {
 public:
  // Whether the work may go on. Takes the GIL.
  bool proceed() {
    const pybind11::gil_scoped_acquire held;
    interrupted_ = interrupted_ || PyErr_CheckSignals() != 0;
    return !interrupted_;
  }

  // With the GIL, after the work: raises what the signal's handler raised, if proceed() said false.
  void raise() const {
    if (interrupted_) throw pybind11::error_already_set();
  }

 private:
  bool interrupted_ = false;
};

}  // namespace dill::bindings
