#include <exception>
#include <new>
#include <stdexcept>

#include "bindings.h"
#include "engine/runtime.h"
#include "inspection.h"

namespace dill::bindings {

void check_allocations(PyHeapTypeObject* heap_type) {
  PyTypeObject* const type = &heap_type->ht_type;
  type->tp_alloc = [](PyTypeObject* cls, Py_ssize_t items) {
    PyObject* const made = PyType_GenericAlloc(cls, items);
    if (made == nullptr) {
      PyErr_Clear();
      throw std::bad_alloc();
    }
    return made;
  };
  // The interpreter calls this one, so it must not throw.
  type->tp_new = [](PyTypeObject* cls, PyObject* args, PyObject* kwds) {
    try {
      return py::detail::pybind11_object_new(cls, args, kwds);
    } catch (const std::bad_alloc&) {
      return PyErr_NoMemory();
    }
  };
}

}  // namespace dill::bindings

// Defines PyInit__engine_module; the module takes its name from where the import finds it. A sub-interpreter with a GIL
// of its own is refused by the interpreter itself.
PYBIND11_MODULE(_engine_module, module, pybind11::multiple_interpreters::shared_gil()) {
  using namespace dill;
  namespace py = pybind11;
  bindings::check(engine::enter_interpreter());
  // pybind11 knows by address which interpreter this was filled for, and that one may have ended.
  py::detail::get_local_internals_pp_manager().unref();
  module.doc() = "The native engine of dill. Internal: use dill.dump, dill.load and dill.Pickler.";
  // pybind11's own words for an object that could not be made; Python's error says why.
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const std::runtime_error&) {
      if (PyErr_Occurred() == nullptr) throw;
    }
  });
  module.def(
      "bind",
      [](const py::module_& dill_module, const py::dict& savers) {
        bindings::check(engine::bind(dill_module.ptr()));
        bindings::check(engine::register_savers(savers.ptr()));
      },
      py::arg("module"), py::arg("savers"),
      "Make the engine use the definitions of `module` (dill._dill) and know its saver functions (name -> function).");
  bindings::add_capsule(module);
  bindings::add_dump(module);
  bindings::add_dumps(module);
  bindings::add_load(module);
  bindings::add_file_sink(module);
  bindings::add_reduce(module);
  bindings::add_recording(module);
  bindings::add_session(module);
  bindings::add_diagnosis(module);
  bindings::add_static_pickle(module);
  bindings::add_members(module);
  bindings::add_effects(module);
  bindings::add_inspection(module);
  bindings::add_session_table(module);
}

extern "C" PYBIND11_EXPORT PyObject*
PyInit__engine() {  // NOLINT(bugprone-reserved-identifier): the import looks for it
#if PY_VERSION_HEX < 0x030C0000
  // There pybind11 keeps what it knows of an interpreter once in a process, and would wait for the GIL for ever.
  if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
    PyErr_SetString(PyExc_ImportError,
                    "dill works in sub-interpreters from Python 3.12 on, not in those of this Python");
    return nullptr;
  }
#endif
  return PyInit__engine_module();
}
