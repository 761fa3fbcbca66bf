#include "bindings.h"
#include "engine/runtime.h"

namespace dill::bindings {
namespace {

// The context of a dump that the stock Python driver makes: everything lives in the pickler's attributes.
class PicklerContext final : public engine::Context {
 public:
  explicit PicklerContext(const py::object& pickler) : pickler_(pickler.ptr()) {
    read_flags(*this, pickler);
    // A dill pickler forgets it when its next dump begins; what others do is not known, so nothing is kept for them.
    globals_ = std::make_shared<engine::GlobalsFinder>();
    if (is_dill) {
      const py::object kept = py::getattr(pickler, "_globals_finder", py::none());
      if (kept.is_none())
        pickler.attr("_globals_finder") = py::cast(globals_);
      else
        globals_ = kept.cast<std::shared_ptr<engine::GlobalsFinder>>();
    }
    if (!py::hasattr(pickler, "_postproc")) return;
    for (const auto& [id, post] : py::dict(pickler.attr("_postproc"))) {
      objects_.push_back(reinterpret_cast<PyObject*>(PyLong_AsVoidPtr(id.ptr())));
      lists_.push_back(py::reinterpret_borrow<py::list>(post));
    }
  }

  engine::GlobalsFinder& globals() override { return *globals_; }
  bool written(PyObject* object) override {
    const py::object memo = py::reinterpret_borrow<py::object>(pickler_).attr("memo");
    return memo.contains(py::reinterpret_steal<py::object>(PyLong_FromVoidPtr(object)));
  }
  PyObject* pickler() override { return pickler_; }
  std::size_t constructions() override { return objects_.size(); }
  PyObject* construction(std::size_t i) override { return objects_[i]; }
  std::ptrdiff_t construction_of(PyObject* object) override {
    for (std::size_t i = 0; i < objects_.size(); ++i)
      if (objects_[i] == object) return static_cast<std::ptrdiff_t>(i);
    return -1;
  }
  bool append_post(std::size_t i, engine::PostItem item) override {
    const py::tuple pair = py::make_tuple(py::handle(item.callable.get()), py::handle(item.arguments.get()));
    return PyList_Append(lists_[i].ptr(), pair.ptr()) == 0;
  }

 private:
  std::shared_ptr<engine::GlobalsFinder> globals_;
  PyObject* pickler_;               // borrowed
  std::vector<PyObject*> objects_;  // identities only
  std::vector<py::list> lists_;
};

py::object object_or_none(const engine::Ref& of) {
  return of ? py::reinterpret_borrow<py::object>(of.get()) : py::none();
}

py::tuple reduce(const py::object& pickler, const py::object& object, const std::string& saver) {
  const engine::NamedReducer* known = engine::find_reducer(saver, object.ptr());
  check(known != nullptr);
  PicklerContext context(pickler);
  engine::Reduced reduced;
  const bool first_pass = context.first_pass;
  check(known->reduce(context, object.ptr(), reduced));
  if (first_pass && !context.first_pass) pickler.attr("_first_pass") = false;
  using Kind = engine::Reduced::Kind;
  switch (reduced.kind) {
    case Kind::Global:
      return py::make_tuple("global", object_or_none(reduced.name));
    case Kind::Raw:
      return py::make_tuple("raw", py::bytes(reduced.raw));
    case Kind::Dict:
      return py::make_tuple("dict");
    case Kind::Saver:
      return py::make_tuple("saver", object_or_none(reduced.callable));
    case Kind::None:
    case Kind::Reduce:
      break;
  }
  py::list post;
  for (const engine::PostItem& item : reduced.post)
    post.append(py::make_tuple(py::handle(item.callable.get()), py::handle(item.arguments.get())));
  py::list value;
  value.append(object_or_none(reduced.callable));
  value.append(object_or_none(reduced.arguments));
  if (reduced.state) value.append(object_or_none(reduced.state));
  return py::make_tuple(reduced.by_dill ? "postproc" : "reduce", value, post);
}

}  // namespace

void add_reduce(py::module_& module) {
  const py::class_<engine::GlobalsFinder, std::shared_ptr<engine::GlobalsFinder>> finder(
      module, "GlobalsFinder", py::custom_type_setup(check_allocations),
      "What the stock driver remembers about functions' globals while a dump lasts.");
  module.def(
      "nestedglobals",
      [](const py::object& code) {
        if (!PyCode_Check(code.ptr())) throw py::type_error("nestedglobals() takes a code object");
        auto names = py::reinterpret_steal<py::object>(engine::nested_globals(code.ptr()).release());
        check(static_cast<bool>(names));
        return names;
      },
      py::arg("code"), "Names of the globals that the code object and those in it use.");
  module.def(
      "set_detect",
      [](const py::object& globalvars, const py::object& nestedglobals) {
        engine::runtime().globalvars = owned(globalvars);
        engine::runtime().nestedglobals = owned(nestedglobals);
      },
      py::arg("globalvars"), py::arg("nestedglobals"), "Tells dill.detect's own functions from replacements.");
  module.def(
      "referent",
      [](const py::object& reference) {
        auto found = py::reinterpret_steal<py::object>(engine::referent(reference.ptr()).release());
        check(static_cast<bool>(found));
        return found;
      },
      py::arg("reference"), "What a weak reference or proxy refers to, None if that is gone.");
  module.def("reduce", &reduce, py::arg("pickler"), py::arg("object"), py::arg("saver"),
             "What the reducer behind the saver function named `saver` makes of `object`: ('global', name), "
             "('raw', bytes), ('dict',), ('saver', function), ('reduce', value, []) or ('postproc', value, items).");
}

}  // namespace dill::bindings
