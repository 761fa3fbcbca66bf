// What dill.session needs of C++: files that appear at once, checksums, and changes of a namespace in one step.
#include <optional>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "session/atomic_file.h"
#include "session/checksum.h"

namespace dill::bindings {
namespace {

[[noreturn]] void raise(const session::SystemError& error) {
  errno = error.number;
  if (error.path.empty()) {
    PyErr_SetFromErrno(PyExc_OSError);
  } else {
    const py::object path = py::reinterpret_steal<py::object>(
        PyUnicode_DecodeFSDefaultAndSize(error.path.data(), static_cast<Py_ssize_t>(error.path.size())));
    errno = error.number;
    if (path) PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path.ptr());
  }
  throw py::error_already_set();
}

template <class Value>
Value unwrap(session::Result<Value> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<Value>) return std::move(*result);
}

// fsync may take its time.
template <class Call>
auto without_gil(Call call) {
  const auto result = [&] {
    const py::gil_scoped_release others_may_run;
    return call();
  }();
  return unwrap(result);
}

class AtomicFile {
 public:
  explicit AtomicFile(const py::bytes& path) : file_(unwrap(session::AtomicFile::create(path))) {}

  int fileno() const { return file_.descriptor(); }
  void seal() {
    without_gil([&] { return session::seal(file_.descriptor()); });
  }
  void commit() {
    without_gil([&] { return file_.commit(); });
  }
  void discard() { file_.discard(); }

 private:
  session::AtomicFile file_;
};

py::object check_seal(int descriptor, std::uint64_t start) {
  const session::Seal seal = without_gil([&] { return session::check_seal(descriptor, start); });
  if (seal == session::Seal::Missing) return py::none();
  return py::bool_(seal == session::Seal::Intact);
}

// The checksum of a stream that comes in pieces.
class Checksum {
 public:
  void update(const py::buffer& data) {
    const engine::BufferView view(data.ptr(), PyBUF_CONTIG_RO);
    check(static_cast<bool>(view));
    checksum_.update(view.bytes());
  }

  py::bytes trailer() const {
    const session::Trailer trailer = session::make_trailer(checksum_);
    return {reinterpret_cast<const char*>(trailer.data()), trailer.size()};
  }

 private:
  session::Checksum checksum_;
};

// Python code runs only when `dict` has got its new items: what they replace is held until then.
void update_at_once(const py::dict& dict, const py::dict& items) {
  const py::dict replaced = py::reinterpret_steal<py::dict>(PyDict_Copy(dict.ptr()));
  check(static_cast<bool>(replaced));
  check(PyDict_Update(dict.ptr(), items.ptr()) == 0);
}

void restore_at_once(const py::dict& dict, const py::dict& content) {
  const py::dict replaced = py::reinterpret_steal<py::dict>(PyDict_Copy(dict.ptr()));
  check(static_cast<bool>(replaced));
  // First what is there, then what must go: nothing can fail in between but the allocation of a larger table.
  check(PyDict_Update(dict.ptr(), content.ptr()) == 0);
  for (const auto& [name, value] : replaced)
    if (!content.contains(name)) check(PyDict_DelItem(dict.ptr(), name.ptr()) == 0);
}

}  // namespace

void add_session(py::module_& module) {
  py::class_<AtomicFile>(module, "AtomicFile", py::custom_type_setup(check_allocations),
                         "A file that appears under its name complete, by commit(), or not at all.")
      .def(py::init<const py::bytes&>(), py::arg("path"))
      .def("fileno", &AtomicFile::fileno, "The descriptor to write to; -1 after commit() or discard().")
      .def("seal", &AtomicFile::seal, "Append the checksum of what was written.")
      .def("commit", &AtomicFile::commit, "Bring the file to the disk and give it its name.")
      .def("discard", &AtomicFile::discard, "Forget what was written; nothing to do after commit().");
  py::class_<Checksum>(module, "Checksum", py::custom_type_setup(check_allocations),
                       "The checksum of a stream that comes in pieces.")
      .def(py::init<>())
      .def("update", &Checksum::update, py::arg("data"), "Add more bytes.")
      .def("trailer", &Checksum::trailer, "What follows the stream.");
  module.attr("TRAILER_SIZE") = session::kTrailerSize;
  module.def("check_seal", &check_seal, py::arg("descriptor"), py::arg("start"),
             "True if the file ends with the checksum of what lies between `start` and it, False if that is wrong, "
             "None if there is no checksum.");
  module.def("update_at_once", &update_at_once, py::arg("dict"), py::arg("items"),
             "dict.update(items), for names, during which no Python code runs.");
  module.def("restore_at_once", &restore_at_once, py::arg("dict"), py::arg("content"),
             "Give the dict exactly that content, during which no Python code runs.");
}

}  // namespace dill::bindings
