// The extension module dill._engine: what dill/_dill.py and dill/_recording.py call.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>

#include "engine/driver.h"

namespace dill::bindings {

namespace py = pybind11;

// Turns "false, Python exception set" into a C++ exception that pybind11 raises.
inline void check(bool done) {
  if (!done) throw py::error_already_set();
}

inline engine::Ref owned(const py::handle& object) { return engine::Ref::borrow(object.ptr()); }

// For each class: pybind11 does not look whether there was memory for an instance.
void check_allocations(PyHeapTypeObject* heap_type);

// What a dill.Pickler says about the dump: flags, main module, hooks, tables. Throws the Python error it met.
struct PicklerState {
  explicit PicklerState(const py::object& pickler);
  void apply(engine::Context& context) const;

  py::object pickler;
  int protocol;
  engine::PicklerHooks hooks;
  std::shared_ptr<engine::TypeTable> table;
};

// Fills the flags of a context from the attributes of any pickle._Pickler.
void read_flags(engine::Context& context, const py::object& pickler);

void add_session(py::module_& module);        // AtomicFile, Checksum, check_seal ...
void add_capsule(py::module_& module);        // CapsuleType, make_capsule ...
void add_dump(py::module_& module);           // dump, Driver, Memo
void add_dumps(py::module_& module);          // dumps
void add_load(py::module_& module);           // load, loads, Loader
void add_file_sink(py::module_& module);      // FileSink
void add_reduce(py::module_& module);         // reduce
void add_recording(py::module_& module);      // record, record_namespace, Recording
void add_diagnosis(py::module_& module);      // diagnose
void add_static_pickle(py::module_& module);  // read_pickle, StaticPickle
void add_members(py::module_& module);        // read_members
void add_effects(py::module_& module);        // read_effects
void add_session_table(py::module_& module);  // session_table

}  // namespace dill::bindings
