// dill.load, dill.loads and what stands behind dill.Unpickler.
#include <algorithm>
#include <string>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "engine/code_version.h"
#include "engine/cpython/attributes.h"
#include "engine/runtime.h"
#include "engine/unpickler/find_global.h"
#include "engine/unpickler/known_reducers.h"
#include "engine/unpickler/load_machine.h"
#include "engine/unpickler/load_runtime.h"

namespace dill::bindings {
namespace {

using engine::LoadMachine;
using engine::LoadMemo;
using engine::LoadOptions;
using engine::PickleFile;
using engine::PickleInput;
using engine::Ref;

PyObject* of_dill(PyObject* name) {
  return PyDict_GetItemWithError(PyModule_GetDict(engine::runtime().dill.get()), name);
}

// The class dill.Unpickler as it was defined, to see whether somebody changed it.
struct StockUnpickler {
  PyTypeObject* type = nullptr;
  unsigned version = 0;
  Ref find_class;
  Ref attributes;  // what the class had: a copy of its dict

  // True if `given` is that class, unchanged.
  bool is_unchanged(PyObject* given) {
    if (given != reinterpret_cast<PyObject*>(type)) return false;
    if (version != 0 && version == engine::cpython::version_of(type)) return true;
    const Ref now = Ref::steal(PyObject_GetAttrString(given, "__dict__"));
    const Ref copy = now ? Ref::steal(PyDict_New()) : Ref();
    if (!copy || PyDict_Update(copy.get(), now.get()) < 0 ||
        PyObject_RichCompareBool(copy.get(), attributes.get(), Py_EQ) != 1) {
      PyErr_Clear();
      return false;
    }
    engine::cpython::type_attribute(type, engine::runtime().names.load);  // gives the type a version
    version = engine::cpython::version_of(type);
    return true;
  }
};

engine::PerInterpreter<StockUnpickler> stock_unpicklers;

StockUnpickler& stock() { return stock_unpicklers.get(); }

bool is_text(PyObject* name, const char* text) { return PyUnicode_CompareWithASCIIString(name, text) == 0; }

// The keyword arguments of pickle.Unpickler.
struct Keywords {
  Ref encoding, errors, buffers;
  bool fix_imports = true;

  // `given`: a dict. False with TypeError.
  bool parse(PyObject* given) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(given, &position, &key, &value)) {
      if (is_text(key, "fix_imports")) {
        const int truth = PyObject_IsTrue(value);
        if (truth < 0) return false;
        fix_imports = truth != 0;
      } else if (is_text(key, "encoding") || is_text(key, "errors")) {
        if (!PyUnicode_Check(value)) {
          PyErr_Format(PyExc_TypeError, "Unpickler() argument '%U' must be str, not %.200s", key,
                       Py_TYPE(value)->tp_name);
          return false;
        }
        (is_text(key, "errors") ? errors : encoding) = Ref::borrow(value);
      } else if (is_text(key, "buffers")) {
        if (value != Py_None) {
          buffers = Ref::steal(PyObject_GetIter(value));
          if (!buffers) return false;
        }
      } else {
        PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for Unpickler()", key);
        return false;
      }
    }
    return true;
  }

  // False with an exception; the options borrow from this.
  bool apply(LoadOptions& options) const {
    options.fix_imports = fix_imports;
    options.buffers = buffers.get();
    if (encoding && (options.encoding = PyUnicode_AsUTF8(encoding.get())) == nullptr) return false;
    return !errors || (options.errors = PyUnicode_AsUTF8(errors.get())) != nullptr;
  }
};

// An instance of a class that __main__ has as well becomes one of that class, unless `ignore` is true. False with an
// exception.
bool adopt(PyObject* object, PyObject* ignore) {
  PyTypeObject* const type = Py_TYPE(object);
  if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) return true;  // of a module in C
  const engine::Names& all = engine::runtime().names;
  PyObject* const main = of_dill(engine::load_runtime().main_module);
  if (main == nullptr) return !PyErr_Occurred();
  const Ref module = Ref::steal(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), all.module));
  PyObject* found;
  if (!module || engine::cpython::optional_attribute(main, all.name, &found) < 0) return false;
  const Ref main_name = Ref::steal(found == nullptr ? PyUnicode_FromString("__main__") : found);
  const int same = main_name ? PyObject_RichCompareBool(module.get(), main_name.get(), Py_EQ) : -1;
  if (same <= 0) return same == 0;
  Ref setting = Ref::borrow(ignore);
  if (ignore == Py_None) {
    PyObject* const settings = of_dill(all.settings);
    setting = settings == nullptr ? Ref() : Ref::steal(PyObject_GetItem(settings, all.ignore));
    if (!setting) return false;
  }
  const int ignored = PyObject_IsTrue(setting.get());
  if (ignored != 0) return ignored > 0;
  const Ref type_name = Ref::steal(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), all.name));
  const Ref of_main = type_name ? Ref::steal(PyObject_GetAttr(main, type_name.get())) : Ref();
  if (of_main && PyObject_SetAttr(object, all.class_, of_main.get()) == 0) return true;
  if (!PyErr_ExceptionMatches(PyExc_AttributeError) && !PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  PyErr_Clear();
  return true;
}

PyObject* run(PickleInput& input, const LoadOptions& options, PyObject* ignore) {
  PyObject* result;
  {
    const engine::CodeCheck code_check(ignore, nullptr);
    LoadMemo memo;
    LoadMachine machine(input, memo, options);
    result = machine.run();
  }
  if (result != nullptr && !adopt(result, ignore)) Py_CLEAR(result);
  return result;
}

PyObject* run(PickleInput& input, PyObject* ignore, PyObject* keywords) {
  LoadOptions options;
  if (PyDict_GET_SIZE(keywords) == 0) return run(input, options, ignore);
  Keywords parsed;
  return parsed.parse(keywords) && parsed.apply(options) ? run(input, options, ignore) : nullptr;
}

// Unpickler(file, ignore=ignore, **keywords).load(), for a class that is not the stock one.
PyObject* load_by_class(PyObject* type, PyObject* file, PyObject* ignore, PyObject* keywords) {
  const Ref all = Ref::steal(PyDict_Copy(keywords));
  const Ref arguments = all ? Ref::steal(PyTuple_Pack(1, file)) : Ref();
  if (!arguments || PyDict_SetItem(all.get(), engine::runtime().names.ignore, ignore) < 0) return nullptr;
  const Ref unpickler = Ref::steal(PyObject_Call(type, arguments.get(), all.get()));
  return unpickler ? PyObject_CallMethodNoArgs(unpickler.get(), engine::runtime().names.load) : nullptr;
}

bool take_arguments(const char* name, Py_ssize_t count, PyObject* const* arguments) {
  if (count != 4 || !PyDict_Check(arguments[3])) {
    PyErr_Format(PyExc_TypeError, "%s(source, unpickler_class, ignore, keywords)", name);
    return false;
  }
  return engine::runtime().is_bound() && engine::prepare_loading();
}

PyObject* loads(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (!take_arguments("loads", count, arguments)) return nullptr;
  if (!stock().is_unchanged(arguments[1])) {
    const Ref file = Ref::steal(PyObject_CallOneArg(engine::load_runtime().bytes_io.get(), arguments[0]));
    return file ? load_by_class(arguments[1], file.get(), arguments[2], arguments[3]) : nullptr;
  }
  if (PyBytes_CheckExact(arguments[0])) {  // the caller holds it
    PickleInput input(reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(arguments[0])),
                      static_cast<std::size_t>(PyBytes_GET_SIZE(arguments[0])), true);
    return run(input, arguments[2], arguments[3]);
  }
  const engine::BufferView view(arguments[0], PyBUF_CONTIG_RO);
  if (!view) return nullptr;
  PickleInput input(view.bytes().data(), view.bytes().size(), false);
  return run(input, arguments[2], arguments[3]);
}

PyObject* load(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (!take_arguments("load", count, arguments)) return nullptr;
  if (!stock().is_unchanged(arguments[1])) return load_by_class(arguments[1], arguments[0], arguments[2], arguments[3]);
  PickleFile file;
  if (!file.open(arguments[0])) return nullptr;
  PickleInput input(file);
  return run(input, arguments[2], arguments[3]);
}

// What a dill.Unpickler keeps between loads.
class Loader {
 public:
  Loader(const py::object& file, const py::kwargs& keywords) {
    check(engine::prepare_loading());
    check(file_.open(file.ptr()));
    check(keywords_.parse(keywords.ptr()));
  }

  py::object load(const py::object& unpickler) {
    check(engine::runtime().is_bound() && engine::prepare_loading());
    const Busy busy(*this);
    LoadOptions options;
    check(keywords_.apply(options));
    options.unpickler = unpickler.ptr();
    options.stock_find = stock().find_class.get();
    options.protocol = &protocol_;
    options.keep_memo = true;
    protocol_ = 0;
    const engine::CodeCheck code_check(nullptr, unpickler.ptr());
    PickleInput input(file_);
    LoadMachine machine(input, memo_, options);
    PyObject* const result = machine.run();
    check(result != nullptr);
    return py::reinterpret_steal<py::object>(result);
  }

  py::object find_class(const py::str& module, const py::str& name) const {
    PyObject* const found =
        engine::find_global(module.ptr(), name.ptr(), protocol_ < 3 && keywords_.fix_imports, protocol_ >= 4);
    check(found != nullptr);
    return py::reinterpret_steal<py::object>(found);
  }

  py::dict memo() {
    memo_.own_all();
    py::dict all;
    memo_.for_each([&](std::size_t number, PyObject* object) {
      all[py::int_(number)] = py::reinterpret_borrow<py::object>(object);
    });
    return all;
  }

  void set_memo(const py::dict& given) {
    LoadMemo fresh;
    for (const auto& [key, object] : given) {
      if (!PyLong_Check(key.ptr())) throw py::type_error("memo key must be integers");
      const Py_ssize_t number = PyLong_AsSsize_t(key.ptr());
      if (number == -1 && PyErr_Occurred()) throw py::error_already_set();
      if (number < 0) throw py::value_error("memo key must be positive integers.");
      check(fresh.put(static_cast<std::size_t>(number), object.ptr()));
    }
    fresh.own_all();
    memo_.own_all();
    memo_.swap(fresh);
  }

  void clear() {
    memo_.own_all();
    LoadMemo old;
    memo_.swap(old);
  }

  int traverse(visitproc visit, void* arg) const {
    Py_VISIT(keywords_.buffers.get());
    if (const int status = file_.traverse(visit, arg)) return status;
    return memo_.traverse(visit, arg);
  }

  void forget() {
    keywords_.buffers = Ref();
    file_.close();
    clear();
  }

 private:
  // One load at a time: the memo and the file are one.
  struct Busy {
    explicit Busy(Loader& of) : loader(of) {
      if (loader.busy_) {
        PyErr_SetString(PyExc_RuntimeError, "this Unpickler is loading already");
        throw py::error_already_set();
      }
      loader.busy_ = true;
    }
    ~Busy() { loader.busy_ = false; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    Loader& loader;
  };

  PickleFile file_;
  Keywords keywords_;
  LoadMemo memo_;
  int protocol_ = 0;
  bool busy_ = false;
};

Loader* loader_of(PyObject* self) {
  return py::detail::is_holder_constructed(self) ? &py::cast<Loader&>(py::handle(self)) : nullptr;
}

void collect_loader(PyHeapTypeObject* heap_type) {
  check_allocations(heap_type);
  PyTypeObject* const type = &heap_type->ht_type;
  type->tp_flags |= Py_TPFLAGS_HAVE_GC;
  type->tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    const Loader* const loader = loader_of(self);
    return loader == nullptr ? 0 : loader->traverse(visit, arg);
  };
  type->tp_clear = [](PyObject* self) {
    if (Loader* const loader = loader_of(self)) loader->forget();
    return 0;
  };
}

// METH_FASTCALL: a small document loads in less time than pybind11 needs for a call.
PyMethodDef functions[] = {
    {"loads", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&loads)), METH_FASTCALL,
     "loads(data, unpickler_class, ignore, keywords): the object in the bytes `data`, as that class loads it."},
    {"load", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&load)), METH_FASTCALL,
     "load(file, unpickler_class, ignore, keywords): the next object in the file, as that class loads it."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

void add_load(py::module_& module) {
  check(PyModule_AddFunctions(module.ptr(), functions) == 0);
  module.def(
      "bind_unpickler",
      [](const py::type& type, const py::dict& functions) {
        check(engine::bind_known_reducers(functions.ptr()));
        check(engine::prepare_loading());
        StockUnpickler& unpickler = stock();
        unpickler.type = reinterpret_cast<PyTypeObject*>(type.ptr());
        unpickler.version = 0;
        unpickler.find_class = owned(py::object(type.attr("find_class")));
        unpickler.attributes = owned(py::dict(type.attr("__dict__")));
      },
      py::arg("type"), py::arg("functions"),
      "Tell the engine which class dill.Unpickler is, and the functions that streams call (name -> function).");
  module.def(
      "check_code",
      [](const py::bytes& code, const py::tuple& constants, const py::tuple& names, const py::tuple& locals,
         const py::tuple& cells, const py::tuple& free, const py::object& name, bool of_other_layout,
         const py::object& lines) {
        check(engine::runtime().is_bound() && engine::prepare_loading());
        check(engine::check_code({code.ptr(), constants.ptr(), names.ptr(), locals.ptr(), cells.ptr(), free.ptr(),
                                  lines.is_none() ? nullptr : lines.ptr(), of_other_layout},
                                 name.ptr()));
      },
      py::arg("code"), py::arg("constants"), py::arg("names"), py::arg("locals"), py::arg("cells"), py::arg("free"),
      py::arg("name"), py::arg("of_other_layout"), py::arg("lines") = py::none(),
      "UnpicklingError if the code of a function of that name is another Python's and the load does not ignore that.");
  py::class_<Loader>(module, "Loader", py::custom_type_setup(collect_loader),
                     "The file, the options and the memo of a dill.Unpickler.")
      .def(py::init<const py::object&, const py::kwargs&>(), py::arg("file"))
      .def("load", &Loader::load, py::arg("unpickler"))
      .def("find_class", &Loader::find_class, py::arg("module"), py::arg("name"))
      .def_property("memo", &Loader::memo, &Loader::set_memo)
      .def("clear_memo", &Loader::clear);
}

}  // namespace dill::bindings
