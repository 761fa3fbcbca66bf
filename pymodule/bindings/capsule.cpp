#include <set>
#include <string>

#include "bindings.h"

namespace dill::bindings {
namespace {

// A capsule does not own its name; names live as long as the process.
const char* kept(const py::object& name) {
  if (name.is_none()) return nullptr;
  static auto* const names = new std::set<std::string>;
  return names->insert(name.cast<std::string>()).first->c_str();
}

void* address(const py::object& number) {
  if (number.is_none()) return nullptr;
  void* const pointer = PyLong_AsVoidPtr(number.ptr());
  check(pointer != nullptr || PyErr_Occurred() == nullptr);
  return pointer;
}

py::object make_capsule(const py::object& pointer, const py::object& name, const py::object& context,
                        const py::object& destructor) {
  auto capsule = py::reinterpret_steal<py::object>(
      PyCapsule_New(address(pointer), kept(name), reinterpret_cast<PyCapsule_Destructor>(address(destructor))));
  check(static_cast<bool>(capsule));
  if (void* const found = address(context)) check(PyCapsule_SetContext(capsule.ptr(), found) == 0);
  return capsule;
}

}  // namespace

void add_capsule(py::module_& module) {
  module.attr("CapsuleType") = py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(&PyCapsule_Type));
  module.def("make_capsule", &make_capsule, py::arg("pointer"), py::arg("name"), py::arg("context"),
             py::arg("destructor"),
             "A capsule around an address; `name` is bytes or None, the addresses are int or None.");
  module.def(
      "is_capsule_named",
      [](const py::object& object, const py::bytes& name) {
        return PyCapsule_IsValid(object.ptr(), PyBytes_AS_STRING(name.ptr())) != 0;
      },
      py::arg("object"), py::arg("name"), "True if the object is a capsule of that name.");
  module.def(
      "sample_capsule",
      [](const py::bytes& name) {
        return py::reinterpret_steal<py::object>(
            PyCapsule_New(reinterpret_cast<void*>(&PyCapsule_New), kept(name), nullptr));
      },
      py::arg("name"), "A capsule to try things with: around the address of PyCapsule_New.");
}

}  // namespace dill::bindings
