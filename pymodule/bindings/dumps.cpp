// dill.dumps without a Pickler: one is made only if a Python saver wants to see it.
#include <memory>
#include <optional>

#include "engine/code_version.h"
#include "engine/cpython/versions.h"
#include "engine/runtime.h"
#include "handle.h"
#include "known_settings.h"
#include "pickle/large_pages.h"

namespace dill::bindings {
namespace {

using engine::Driver;
using engine::Ref;

constexpr int kHighestProtocol = 5;

// What a dump needs, kept from one to the next. It refers to no Python object while it is idle.
struct Machine {
  pickle::Encoder encoder{4, nullptr};
  Driver driver{encoder, nullptr, nullptr, {}};
};

struct Idle {
  std::unique_ptr<Machine> machine;
};
engine::PerInterpreter<Idle> idle;

// Takes the machine that is kept, or a new one if a dump inside a dump (or in another thread) needs it.
class Borrowed {
 public:
  Borrowed() : machine_(idle.get().machine.release()) {
    if (machine_ == nullptr) machine_ = new Machine;
  }
  ~Borrowed() {
    const py::error_scope pending;  // dropping what the dump held may run code of others
    machine_->driver.reset();
    machine_->encoder.reset(4, nullptr);
    idle.get().machine.reset(machine_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  Machine& operator*() const { return *machine_; }
  Machine* operator->() const { return machine_; }

 private:
  Machine* machine_;
};

struct Options {
  PyObject* protocol;  // as given; None: the setting
  PyObject *byref, *fmode, *recurse;
};

class LazyPickler final : public engine::PicklerSource {
 public:
  explicit LazyPickler(const Options& options) : options_(options) {}

  PyObject* make_pickler(Driver& driver) override {
    try {
      const auto dill = py::reinterpret_borrow<py::object>(engine::runtime().dill.get());
      const auto as_object = [](PyObject* option) { return py::reinterpret_borrow<py::object>(option); };
      pickler_ = dill.attr("Pickler")(
          dill.attr("BytesIO")(), py::int_(driver.protocol), py::arg("byref") = as_object(options_.byref),
          py::arg("fmode") = as_object(options_.fmode), py::arg("recurse") = as_object(options_.recurse));
      attached_.emplace(pickler_, driver);
      return pickler_.ptr();
    } catch (py::error_already_set& error) {
      error.restore();
      return nullptr;
    }
  }

  // The dump has succeeded.
  void finish(Driver& driver) {
    if (!attached_) return;
    attached_.reset();
    save_memo(pickler_, driver);
  }

 private:
  const Options& options_;
  py::object pickler_;
  std::optional<Attached> attached_;
};

// dill.dumps and dill.Pickler are as they were made, so that doing their work here makes no difference. What decides
// that is asked again when dill._dill or the class has changed.
class Guard {
 public:
  // 1, 0, or -1 with an exception.
  int holds() {
    const engine::Runtime& rt = engine::runtime();
    if (pickler_ != nullptr && rt.dill_dict != nullptr &&
        engine::cpython::dict_version(rt.dill_dict) == dill_version_ &&
        engine::cpython::type_version(pickler_) == pickler_version_)
      return holds_;
    return ask();
  }
  PyObject* dispatch() const { return dispatch_; }
  PyObject* main() const { return main_; }

 private:
  int ask() {
    const engine::Runtime& rt = engine::runtime();
    pickler_ = nullptr;
    if (!rt.is_bound() || rt.dill_dict == nullptr) return -1;
    const std::uint64_t dill_version = engine::cpython::dict_version(rt.dill_dict);
    const Ref judge = rt.of_dill("_pickler_is_stock");
    if (!judge) return -1;
    const Ref answer = Ref::steal(PyObject_CallNoArgs(judge.get()));
    if (!answer) return -1;
    holds_ = PyObject_IsTrue(answer.get());
    if (holds_ < 0) return -1;
    const Ref pickler = rt.of_dill("Pickler");
    if (!pickler) return -1;
    if (holds_ == 0 || !PyType_Check(pickler.get())) return 0;
    auto* const type = reinterpret_cast<PyTypeObject*>(pickler.get());
    const Ref dispatch = Ref::steal(PyObject_GetAttr(pickler.get(), rt.names.dispatch));
    if (!dispatch) return -1;
    const Ref main = rt.of_dill("_main_module");
    if (!main) return -1;
    main_ = main.get();          // dill._dill has it as long as its version is the same
    dispatch_ = dispatch.get();  // and so has the class
    pickler_version_ = engine::cpython::make_type_version(type, rt.names.dispatch);
    dill_version_ = dill_version;
    if (pickler_version_ != 0) pickler_ = type;
    return 1;
  }

  PyTypeObject* pickler_ = nullptr;
  PyObject* dispatch_ = nullptr;
  PyObject* main_ = nullptr;
  unsigned pickler_version_ = 0;
  std::uint64_t dill_version_ = 0;
  int holds_ = 0;
};

engine::PerInterpreter<Guard> guards;
Guard& guard() { return guards.get(); }

engine::PerInterpreter<KnownSettings> all_settings;
KnownSettings& known_settings() { return all_settings.get(); }

// An option, or the setting of that name if it is None. Borrowed; null with an exception.
PyObject* option_or_setting(PyObject* option, PyObject* name) {
  if (option != Py_None) return option;
  PyObject* const settings = engine::runtime().settings.get();
  PyObject* const found = PyDict_GetItemWithError(settings, name);
  if (found == nullptr && !PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, name);
  return found;
}

// The protocol; -1 if it is none as it stands, which others look at.
int exact_protocol(PyObject* protocol) {
  if (!PyLong_CheckExact(protocol)) return -1;
  const long number = PyLong_AsLong(protocol);
  if (number == -1) PyErr_Clear();
  return number >= 0 && number <= kHighestProtocol ? static_cast<int>(number) : -1;
}

bool read_options(engine::Context& context, const Options& options, const KnownSettings::Values* known) {
  const engine::Names& names = engine::runtime().names;
  context.main = Ref::borrow(guard().main());
  if (known != nullptr && options.byref == Py_None && options.fmode == Py_None && options.recurse == Py_None) {
    context.byref = known->byref;
    context.recurse = known->recurse;
    context.better = known->better;
    context.fmode = known->fmode;
    return true;
  }
  const auto truth = [](PyObject* option, PyObject* name, bool& flag) {
    PyObject* const value = option_or_setting(option, name);
    const int is_true = value == nullptr ? -1 : PyObject_IsTrue(value);
    flag = is_true > 0;
    return is_true >= 0;
  };
  if (!truth(options.byref, names.byref, context.byref) || !truth(options.recurse, names.recurse, context.recurse))
    return false;
  const int better = engine::runtime().better();
  if (better < 0) return false;
  context.better = better > 0;
  PyObject* const fmode = option_or_setting(options.fmode, names.fmode);
  if (fmode == nullptr) return false;
  const long number = PyLong_AsLong(fmode);
  if (number == -1 && PyErr_Occurred()) return false;
  context.fmode = static_cast<int>(number);
  return true;
}

// A bytes object as the place of output, so that a large result need not be copied.
class BytesBlock final : public pickle::LargeBlock {
 public:
  BytesBlock() = default;
  BytesBlock(const BytesBlock&) = delete;
  BytesBlock& operator=(const BytesBlock&) = delete;
  ~BytesBlock() override { Py_XDECREF(bytes_); }

  unsigned char* resize(std::size_t size) override {
    const auto wanted = static_cast<Py_ssize_t>(size);
    if (bytes_ == nullptr)
      bytes_ = PyBytes_FromStringAndSize(nullptr, wanted);
    else
      (void)_PyBytes_Resize(&bytes_, wanted);
    if (bytes_ == nullptr) {
      PyErr_Clear();
      throw std::bad_alloc();
    }
    auto* const begin = reinterpret_cast<unsigned char*>(PyBytes_AS_STRING(bytes_));
    pickle::ask_for_large_pages(begin, size);
    return begin;
  }

  // The object, cut to `size`; null with an exception.
  PyObject* take(std::size_t size) {
    (void)_PyBytes_Resize(&bytes_, static_cast<Py_ssize_t>(size));
    return std::exchange(bytes_, nullptr);
  }

 private:
  PyObject* bytes_ = nullptr;
};

PyObject* to_bytes(const pickle::Encoder& encoder, BytesBlock& block) {
  const std::size_t size = encoder.held();
  if (encoder.is_in_large_block()) return block.take(size);
  PyObject* const result = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (result == nullptr) return nullptr;
  auto* const begin = reinterpret_cast<unsigned char*>(PyBytes_AS_STRING(result));
  pickle::ask_for_large_pages(begin, size);
  encoder.copy_to(begin);
  return result;
}

PyObject* dumps_or_throw(PyObject* object, const Options& options) {
  const engine::Runtime& rt = engine::runtime();
  const int holds = guard().holds();
  if (holds < 0) return nullptr;
  const KnownSettings::Values* const known = known_settings().get();
  PyObject* const given = known != nullptr && options.protocol == Py_None
                              ? known->protocol.get()
                              : option_or_setting(options.protocol, rt.names.protocol);
  if (given == nullptr) return nullptr;
  const int protocol = exact_protocol(given);
  if (holds == 0 || protocol < 0 || known_settings().source()) Py_RETURN_NONE;
  auto table = engine::TypeTable::make(guard().dispatch(), rt.dispatch_table.get(), protocol);
  if (table == nullptr) return nullptr;

  BytesBlock block;
  const Borrowed machine;
  LazyPickler pickler(options);
  engine::PicklerHooks hooks;
  hooks.source = &pickler;
  Driver& driver = machine->driver;
  pickle::Encoder& encoder = machine->encoder;
  encoder.reset(protocol, nullptr, &block);
  driver.prepare(std::move(table), std::move(hooks));
  driver.protocol = protocol;
  if (!read_options(driver, options, known)) return nullptr;
  encoder.start();
  if (known != nullptr ? known->header : engine::wants_header()) put_header(encoder);
  if (!driver.save(object)) return nullptr;
  encoder.finish();
  pickler.finish(driver);
  return to_bytes(encoder, block);
}

PyObject* dumps(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count != 5) {
    PyErr_SetString(PyExc_TypeError, "dumps(object, protocol, byref, fmode, recurse) takes five arguments");
    return nullptr;
  }
  try {
    return dumps_or_throw(arguments[0], {arguments[1], arguments[2], arguments[3], arguments[4]});
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

// Not by pybind11, whose dispatch takes longer than a small dump.
PyMethodDef methods[] = {
    {"dumps", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&dumps)), METH_FASTCALL,
     "dumps(object, protocol, byref, fmode, recurse)\n--\n\nThe pickle of `object`, or None if a Pickler has to make "
     "it."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

void add_dumps(py::module_& module) { check(PyModule_AddFunctions(module.ptr(), methods) == 0); }

}  // namespace dill::bindings
