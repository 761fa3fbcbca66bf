// A running driver as Python code sees it: the methods of dill.Pickler call through to it while a dump runs.
#pragma once

#include <memory>
#include <stdexcept>

#include "bindings.h"

namespace dill::bindings {

// Outlives the driver, then refuses; refuses other threads as well.
class Handle {
 public:
  explicit Handle(engine::Driver* driver) : driver_(driver), thread_(PyThread_get_thread_ident()) {}
  void end() { driver_ = nullptr; }
  engine::Driver& live() const {
    if (driver_ == nullptr) throw std::runtime_error("this dump has ended");
    if (PyThread_get_thread_ident() != thread_)
      throw std::runtime_error("another thread is using this pickler for a dump");
    return *driver_;
  }

 private:
  engine::Driver* driver_;
  unsigned long thread_;
};

// While it lives, the pickler's methods act on the driver. Attributes are set without calling Python code, which could
// be interrupted by a signal half-way.
class Attached {
 public:
  Attached(py::object pickler, engine::Driver& driver);
  ~Attached();
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  py::object pickler_;
  py::object stock_write_;
  std::shared_ptr<Handle> handle_;
};

// Leaves the memo of a dump that has ended to the pickler.
void save_memo(const py::object& pickler, engine::Driver& driver);

// Writes what settings['header'] asks for; to be called right after PROTO.
void put_header(pickle::Encoder& encoder);

}  // namespace dill::bindings
