#include "file_sink.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include "bindings.h"
#include "engine/buffer_view.h"
#include "engine/runtime.h"

namespace dill::bindings {
namespace {

// What pickle writes at once to a file that it knows nothing about: about a frame.
constexpr std::size_t kPiece = std::size_t{64} << 10;

// True for `write` being the method that `file` has by itself, not a function that somebody put in its place.
bool is_own_method(const py::object& write, const py::object& file) {
  return PyCFunction_Check(write.ptr()) && PyCFunction_GET_SELF(write.ptr()) == file.ptr();
}

bool is_raw(const py::object& file) {
  const engine::Runtime& rt = engine::runtime();
  if (py::isinstance(file, py::handle(rt.raw_io_base.get()))) return true;
  const py::handle socket = PyDict_GetItemString(rt.sys_modules.get(), "_socket");  // who has one has imported it
  return socket && py::hasattr(socket, "socket") && py::isinstance(file, socket.attr("socket"));
}

[[noreturn]] void throw_python(PyObject* type, const py::object& value) {
  PyErr_SetObject(type, value.ptr());
  throw py::error_already_set();
}

}  // namespace

FileSink::FileSink(py::object write, const py::object& file) : write_(std::move(write)), undo_(file) {
  kind_ = is_own_method(write_, file) ? file_kind(file) : FileKind::Other;
  may_be_short_ = kind_ == FileKind::Raw || (kind_ == FileKind::Other && is_raw(file));
}

void FileSink::write(std::span<const unsigned char> bytes) {
  if (bytes.empty()) return;
  undo_.before_write(bytes.size());
  if (kind_ != FileKind::Other) {
    write_all(bytes);
    return;
  }
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kPiece, bytes.size())))
    write_all(bytes.first(std::min(kPiece, bytes.size())));
}

void FileSink::write_all(std::span<const unsigned char> bytes) {
  const auto* const data = reinterpret_cast<const char*>(bytes.data());
  write_whole(kind_ == FileKind::Other
                  ? py::object(py::bytes(data, bytes.size()))
                  : py::object(py::memoryview::from_memory(data, static_cast<py::ssize_t>(bytes.size()))),
              bytes.size());
}

void FileSink::write_object(const py::object& data) {
  std::size_t size = 0;
  {
    const engine::BufferView view(data.ptr(), PyBUF_SIMPLE);
    if (!view) throw py::error_already_set();
    size = view.bytes().size();
  }
  if (size == 0) return;
  undo_.before_write(size);
  write_whole(data, size);
}

void FileSink::write_whole(const py::object& whole, std::size_t size) {
  std::size_t done = write_once(whole, size);
  if (done == size) return;
  const py::object view = py::memoryview(whole).attr("cast")("B");
  while (done < size)
    done += write_once(view[py::slice(static_cast<py::ssize_t>(done), static_cast<py::ssize_t>(size), 1)], size - done);
}

// How many bytes the file took: at least one.
std::size_t FileSink::write_once(const py::object& piece, std::size_t size) {
  const py::object result = write_(piece);
  std::size_t taken = size;
  if (may_be_short_) {
    if (result.is_none())
      throw_python(PyExc_BlockingIOError,
                   py::make_tuple(EAGAIN, "the file takes no more bytes without blocking", undo_.written()));
    const py::ssize_t count = PyNumber_AsSsize_t(result.ptr(), PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    if (count <= 0 || static_cast<std::size_t>(count) > size)
      throw_python(
          PyExc_OSError,
          py::str("write() of the file returned {}; it should have been between 1 and {}").format(count, size));
    taken = static_cast<std::size_t>(count);
  }
  undo_.wrote(taken);
  return taken;
}

void FileSink::undo(const py::object& exception) {
  if (undo_.restore() || undo_.written() == 0 || exception.is_none()) return;
  const py::str note =
      py::str("{:,} bytes of the incomplete pickle went out to the file and stay there.").format(undo_.written());
  try {
    if (py::hasattr(exception, "add_note")) {  // Python 3.11
      exception.attr("add_note")(note);
    } else {
      if (!py::hasattr(exception, "__notes__")) exception.attr("__notes__") = py::list();
      exception.attr("__notes__").attr("append")(note);
    }
  } catch (const py::error_already_set&) {
    // An exception that takes no attributes goes on without the note.
  }
}

void add_file_sink(py::module_& module) {
  py::class_<FileSink>(module, "FileSink", py::custom_type_setup(check_allocations),
                       "Writes to a file for a dump, and takes that back when the dump fails.")
      .def(py::init<py::object, py::object>(), py::arg("write"), py::arg("file"))
      .def("write", &FileSink::write_object, py::arg("data"), "Write all of it, in as many steps as the file needs.")
      .def("undo", &FileSink::undo, py::arg("exception"),
           "Make the file what it was before, or note on the exception what went out.");
}

}  // namespace dill::bindings
