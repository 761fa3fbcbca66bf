#include "bindings.h"
#include "engine/runtime.h"

PYBIND11_MODULE(_engine, module) {
  using namespace dill;
  namespace py = pybind11;
  module.doc() = "The native engine of dill. Internal: use dill.dump, dill.load and dill.Pickler.";
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
}
