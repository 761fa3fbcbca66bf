#include "engine/buffer_view.h"
#include "engine/code_version.h"
#include "engine/runtime.h"
#include "file_sink.h"
#include "handle.h"

namespace dill::bindings {
namespace {

using engine::Driver;
using engine::Memo;

py::dict dict_of(const Memo& memo) {
  py::dict all;
  // By index: making these objects may run finalizers, and those may save.
  for (std::size_t i = 0; i < memo.size(); ++i) {
    PyObject* const object = memo.object(i);
    all[py::reinterpret_steal<py::object>(PyLong_FromVoidPtr(object))] =
        py::make_tuple(memo.find(object), py::reinterpret_borrow<py::object>(object));
  }
  return all;
}

// pickler.memo while a dump runs: id -> (number, object), on the driver's own table.
class MemoView {
 public:
  explicit MemoView(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}

  py::object get(const py::int_& id, const py::object& otherwise) const {
    auto* const object = reinterpret_cast<PyObject*>(PyLong_AsVoidPtr(id.ptr()));
    if (object == nullptr) {
      PyErr_Clear();
      return otherwise;
    }
    const std::uint32_t index = memo().find(object);
    if (index == Memo::kMissing) return otherwise;
    return py::make_tuple(index, py::reinterpret_borrow<py::object>(object));
  }

  py::object item(const py::int_& id) const {
    py::object found = get(id, py::none());
    if (found.is_none()) throw py::key_error(py::str(id).cast<std::string>());
    return found;
  }

  void set_item(const py::int_&, const py::tuple& entry) {
    if (entry.size() != 2) throw py::value_error("a memo entry is (number, object)");
    handle_->live().edit_memo().set(entry[1].ptr(), entry[0].cast<std::uint32_t>());
  }

  bool contains(const py::int_& id) const { return !get(id, py::none()).is_none(); }
  std::size_t size() const { return memo().size(); }
  void clear() { handle_->live().edit_memo().clear(); }

  py::dict as_dict() const { return dict_of(memo()); }

 private:
  Memo& memo() const { return handle_->live().memo(); }
  std::shared_ptr<Handle> handle_;
};

// Null if there is no such attribute; another error than that is thrown.
py::object attribute(const py::handle& of, const char* name) {
  PyObject* const found = PyObject_GetAttrString(of.ptr(), name);
  if (found == nullptr) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) throw py::error_already_set();
    PyErr_Clear();
  }
  return py::reinterpret_steal<py::object>(found);
}

py::object of_dill(const char* name) {
  engine::Ref found = engine::runtime().of_dill(name);
  check(static_cast<bool>(found));
  return py::reinterpret_steal<py::object>(found.release());
}

// A second dump of the same pickler goes on with its memo.
void import_memo(Driver& driver, const py::dict& memo) {
  for (const auto& [id, entry] : memo) {
    (void)id;
    const auto pair = py::cast<py::tuple>(entry);
    driver.memo().set(pair[1].ptr(), pair[0].cast<std::uint32_t>());
  }
}

// The memo of a dump that has ended, for pickler.memo and for the next dump of the same pickler.
struct SavedMemo {
  Memo memo;
};

Memo* memo_of(PyObject* self) {
  return py::detail::is_holder_constructed(self) ? &py::cast<SavedMemo&>(py::handle(self)).memo : nullptr;
}

// The pickler holds it, and what is in it may hold the pickler: the collector must see it.
void collect_saved_memo(PyHeapTypeObject* heap_type) {
  check_allocations(heap_type);
  PyTypeObject* const type = &heap_type->ht_type;
  type->tp_flags |= Py_TPFLAGS_HAVE_GC;
  type->tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    if (const Memo* memo = memo_of(self))
      for (std::size_t i = 0; i < memo->size(); ++i) Py_VISIT(memo->object(i));
    return 0;
  };
  type->tp_clear = [](PyObject* self) {
    if (Memo* memo = memo_of(self)) memo->clear();
    return 0;
  };
}

void dump(const py::object& pickler, const py::object& object) {
  PicklerState state(pickler);
  FileSink sink(pickler.attr("_file_write"), pickler.attr("_file"));
  pickle::Encoder encoder(state.protocol, &sink);
  Driver driver(encoder, state.table, nullptr, std::move(state.hooks));
  state.apply(driver);
  import_memo(driver, pickler.attr("memo"));
  try {
    {
      const Attached attached(pickler, driver);
      encoder.start();
      if (engine::wants_header()) put_header(encoder);
      check(driver.save(object.ptr()));
    }
    encoder.finish();
  } catch (const py::error_already_set& error) {
    sink.undo(error.value());
    throw;
  } catch (const std::exception&) {
    sink.undo(py::none());
    throw;
  }
  save_memo(pickler, driver);
}

engine::Reduced reduced_of(const py::object& callable, const py::object& arguments, const py::object& state,
                           const py::object& list_items, const py::object& dict_items, const py::object& setter) {
  engine::Reduced reduced;
  reduced.kind = engine::Reduced::Kind::Reduce;
  reduced.by_dill = false;
  reduced.callable = owned(callable);
  reduced.arguments = owned(arguments);
  if (!state.is_none()) reduced.state = owned(state);
  if (!list_items.is_none()) reduced.list_items = owned(list_items);
  if (!dict_items.is_none()) reduced.dict_items = owned(dict_items);
  if (!setter.is_none()) reduced.state_setter = owned(setter);
  return reduced;
}

}  // namespace

void put_header(pickle::Encoder& encoder) {
  const std::string header = engine::header(encoder.protocol());
  encoder.put_raw({reinterpret_cast<const unsigned char*>(header.data()), header.size()});
}

void save_memo(const py::object& pickler, Driver& driver) {
  check(driver.memo().pin());
  auto saved = std::make_shared<SavedMemo>();
  saved->memo.swap(driver.memo());
  pickler.attr("_saved_memo") = py::cast(saved);
}

void read_flags(engine::Context& context, const py::object& pickler) {
  const auto flag = [&](const char* name) {
    const py::object value = attribute(pickler, name);
    return value && py::bool_(value);
  };
  context.byref = flag("_byref");
  context.recurse = flag("_recurse");
  context.session = flag("_session");
  context.first_pass = flag("_first_pass");
  const py::object fmode = attribute(pickler, "_fmode");
  context.fmode = fmode ? fmode.cast<int>() : 0;
  const int better = engine::runtime().better();
  check(better >= 0);
  context.better = better > 0;
  context.protocol = pickler.attr("proto").cast<int>();
  context.fix_imports = flag("fix_imports");
  const py::object is_dill = of_dill("is_dill");
  context.is_dill = py::bool_(is_dill(pickler, py::arg("child") = true));
  context.is_dill_main = py::bool_(is_dill(pickler, py::arg("child") = false));
  const py::object main = attribute(pickler, "_main");
  context.main = owned(main ? main : of_dill("_main_module"));
  if (!flag("_main_modified")) return;
  if (const py::object original = attribute(pickler, "_original_main")) context.original_main = owned(original);
}

PicklerState::PicklerState(const py::object& of) : pickler(of), protocol(of.attr("proto").cast<int>()) {
  check(engine::runtime().is_bound());
  const py::object stock = py::module_::import("pickle").attr("_Pickler");
  hooks.pickler = pickler.ptr();
  // An instance attribute, or a method other than the stock one.
  const py::object persistent_id = pickler.attr("persistent_id");
  const py::object function = attribute(persistent_id, "__func__");
  if (!function || !function.is(stock.attr("persistent_id"))) hooks.persistent_id = owned(persistent_id);
  // None means that there is none up to Python 3.12; from 3.13 on it is called, and cannot be.
  const py::object override = attribute(pickler, "reducer_override");
  if (override && (PY_VERSION_HEX >= 0x030D'0000 || !override.is_none())) hooks.reducer_override = owned(override);
  const py::object callback = pickler.attr("_buffer_callback");
  if (!callback.is_none()) hooks.buffer_callback = owned(callback);
  py::object dispatch_table = attribute(pickler, "dispatch_table");
  if (!dispatch_table) dispatch_table = py::reinterpret_borrow<py::object>(engine::runtime().dispatch_table.get());
  table = engine::TypeTable::make(py::object(pickler.attr("dispatch")).ptr(), dispatch_table.ptr(), protocol);
  check(table != nullptr);
}

void PicklerState::apply(engine::Context& context) const { read_flags(context, pickler); }

Attached::Attached(py::object pickler, Driver& driver)
    : pickler_(std::move(pickler)), stock_write_(pickler_.attr("write")), handle_(std::make_shared<Handle>(&driver)) {
  try {
    const py::object handle = py::cast(handle_);
    const py::object write = handle.attr("write");
    pickler_.attr("_driver") = handle;
    pickler_.attr("write") = write;
  } catch (...) {
    handle_->end();  // the pickler may keep it
    throw;
  }
}

Attached::~Attached() {
  const py::error_scope pending;
  for (const auto& [name, value] : {std::pair{"write", stock_write_.ptr()}, std::pair{"_driver", Py_None}})
    if (PyObject_SetAttrString(pickler_.ptr(), name, value) < 0) PyErr_WriteUnraisable(pickler_.ptr());
  handle_->end();
}

void add_dump(py::module_& module) {
  py::class_<Handle, std::shared_ptr<Handle>>(module, "Driver", py::custom_type_setup(check_allocations),
                                              "The native driver of a dump that is running.")
      .def(
          "save",
          [](const Handle& self, const py::object& object, bool use_persistent_id) {
            check(self.live().save(object.ptr(), use_persistent_id));
          },
          py::arg("object"), py::arg("save_persistent_id") = true)
      .def("save_reduce",
           [](const Handle& self, const py::object& callable, const py::object& arguments, const py::object& state,
              const py::object& list_items, const py::object& dict_items, const py::object& setter,
              const py::object& object) {
             check(self.live().save_reduce(reduced_of(callable, arguments, state, list_items, dict_items, setter),
                                           object.is_none() ? nullptr : object.ptr()));
           })
      .def("save_with_postproc",
           [](const Handle& self, const py::tuple& value, const py::object& object, const py::list& items) {
             const auto part = [&](std::size_t i) {
               return i < value.size() ? py::object(value[i]) : py::object(py::none());
             };
             engine::Reduced reduced = reduced_of(part(0), part(1), part(2), part(3), part(4), part(5));
             for (const auto& item : items) {
               const auto pair = py::cast<py::tuple>(item);
               reduced.post.push_back({owned(pair[0]), owned(pair[1]), self.live().node()});
             }
             check(self.live().save_with_post_items(std::move(reduced), object.ptr()));
           })
      .def("save_global",
           [](const Handle& self, const py::object& object, const py::object& name) {
             check(self.live().save_global(object.ptr(), name.is_none() ? nullptr : name.ptr()));
           })
      .def("save_by",
           [](const Handle& self, const py::object& object, const std::string& saver) {
             const engine::NamedReducer* known = engine::find_reducer(saver, object.ptr());
             check(known != nullptr && self.live().save_by(object.ptr(), known->reduce));
           })
      .def("write",
           [](const Handle& self, const py::buffer& data) {
             const engine::BufferView view(data.ptr(), PyBUF_SIMPLE);
             check(static_cast<bool>(view));
             self.live().encoder().put_raw(view.bytes());
           })
      .def("memoize",
           [](const Handle& self, const py::object& object) { self.live().memoize(object.ptr(), self.live().node()); })
      .def_property_readonly("memo", [](const std::shared_ptr<Handle>& self) { return MemoView(self); });
  py::class_<SavedMemo, std::shared_ptr<SavedMemo>>(module, "SavedMemo", py::custom_type_setup(collect_saved_memo),
                                                    "The memo of a dump that has ended.")
      .def("as_dict", [](const SavedMemo& self) { return dict_of(self.memo); });
  py::class_<MemoView>(module, "Memo", py::custom_type_setup(check_allocations),
                       "The memo of a running dump: id -> (number, object).")
      .def("get", &MemoView::get, py::arg("id"), py::arg("default") = py::none())
      .def("__getitem__", &MemoView::item)
      .def("__setitem__", &MemoView::set_item)
      .def("__contains__", &MemoView::contains)
      .def("__len__", &MemoView::size)
      .def("__iter__", [](const MemoView& self) { return py::iter(self.as_dict()); })
      .def("copy", &MemoView::as_dict)
      .def("clear", &MemoView::clear);
  module.def("dump", &dump, py::arg("pickler"), py::arg("object"),
             "Write `object` with the native driver to the file of `pickler`, a dill.Pickler.");
  module.def(
      "header",
      [](int protocol) { return py::bytes(engine::wants_header() ? engine::header(protocol) : std::string()); },
      py::arg("protocol"), "What follows PROTO if settings['header'] is on; else nothing.");
}

}  // namespace dill::bindings
