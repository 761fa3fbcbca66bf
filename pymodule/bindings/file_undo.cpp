#include "file_undo.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "engine/runtime.h"

namespace dill::bindings {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kKeptInMemory = std::size_t{1} << 19;

struct CannotRestore {};

// Runs `action`; false if it raised an Exception or CannotRestore. What is no Exception goes on.
template <class Action>
bool attempt(Action action) {
  try {
    action();
    return true;
  } catch (const py::error_already_set& error) {
    if (!error.matches(PyExc_Exception)) throw;
    return false;
  } catch (const py::cast_error&) {  // a method's result is no number
    return false;
  } catch (const CannotRestore&) {
    return false;
  }
}

bool is_exactly(const py::object& object, const engine::Ref& type) {
  return reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())) == type.get();
}

}  // namespace

FileKind file_kind(const py::object& file) {
  const engine::Runtime& rt = engine::runtime();
  if (is_exactly(file, rt.bytes_io)) return FileKind::Memory;
  if (is_exactly(file, rt.file_io)) return FileKind::Raw;
  if (is_exactly(file, rt.buffered_writer) || is_exactly(file, rt.buffered_random)) {
    bool over_file = false;
    attempt([&] { over_file = is_exactly(file.attr("raw"), rt.file_io); });  // raises when detached
    if (over_file) return FileKind::Buffered;
  }
  return FileKind::Other;
}

void FileUndo::before_write(std::size_t size) {
  if (state_ == State::Untouched && !attempt([&] { look(); })) state_ = State::Lost;
  if (state_ == State::Known && !appends_ && position_ + announced_ < end_ &&
      !attempt([&] { keep_what_is_overwritten(size); }))
    state_ = State::Lost;
  announced_ += size;
}

// Raises if the file cannot seek.
void FileUndo::look() {
  state_ = State::Lost;
  const FileKind kind = file_kind(file_);
  if (kind == FileKind::Buffered || kind == FileKind::Raw) {
    look_by_descriptor();
    return;
  }
  if (kind == FileKind::Other && !py::bool_(file_.attr("seekable")())) return;
  position_ = file_.attr("tell")().cast<std::size_t>();
  end_ = file_.attr("seek")(0, SEEK_END).cast<std::size_t>();
  file_.attr("seek")(position_);
  if (py::hasattr(file_, "mode")) {
    const py::object mode = file_.attr("mode");
    appends_ = py::isinstance<py::str>(mode) && mode.contains("a");
  }
  state_ = State::Known;
}

// Without seek(), which would empty the buffer and so make many small dumps slow.
void FileUndo::look_by_descriptor() {
  const int descriptor = file_.attr("fileno")().cast<int>();
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return;
  position_ = file_.attr("tell")().cast<std::size_t>();
  // What is in the buffer counts as content.
  end_ = std::max(static_cast<std::size_t>(status.st_size), position_);
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return;
  appends_ = (flags & O_APPEND) != 0;
  if (position_ < end_) file_.attr("flush")();
  state_ = State::Known;
}

void FileUndo::keep_what_is_overwritten(std::size_t size) {
  if (!py::bool_(file_.attr("readable")())) throw CannotRestore();
  if (!overwritten_) overwritten_ = py::module_::import("tempfile").attr("SpooledTemporaryFile")(kKeptInMemory);
  const std::size_t from = position_ + announced_;
  const std::size_t until = std::min(end_, from + size);
  const std::size_t now = file_.attr("tell")().cast<std::size_t>();
  file_.attr("seek")(from);
  for (std::size_t at = from; at < until;) {
    const py::bytes piece = file_.attr("read")(std::min(kPiece, until - at));
    if (py::len(piece) == 0) throw CannotRestore();
    overwritten_.attr("write")(piece);
    at += py::len(piece);
  }
  file_.attr("seek")(now);
}

bool FileUndo::restore() {
  if (announced_ == 0) return true;
  if (state_ != State::Known) return false;
  try {
    // Where the file stands tells whether somebody else wrote with it; how long it is, whether by another way.
    std::size_t now = 0;
    if (!attempt([&] { now = file_.attr("tell")().cast<std::size_t>(); })) return false;
    if (now < start() + written_ || now > start() + announced_) return false;
    bool foreign = false;
    if (!attempt([&] { foreign = file_.attr("seek")(0, SEEK_END).cast<std::size_t>() != std::max(end_, now); }) &&
        (file_kind(file_) != FileKind::Buffered || !attempt([&] { discard_unwritten(); })))
      return false;
    return !foreign && attempt([&] { put_back(); });
  } catch (const py::error_already_set&) {
    return false;  // interrupted
  }
}

void FileUndo::put_back() {
  if (overwritten_) {
    file_.attr("seek")(position_);
    overwritten_.attr("seek")(0);
    while (true) {
      const py::bytes piece = overwritten_.attr("read")(kPiece);
      if (py::len(piece) == 0) break;
      if (file_.attr("write")(piece).cast<std::size_t>() != py::len(piece)) throw CannotRestore();
    }
  }
  file_.attr("truncate")(end_);
  file_.attr("seek")(position_);
}

// A buffered file keeps what it could not write, for example to a full disk, and tries again at every step. With what
// lies beyond the end gone there is room for that.
void FileUndo::discard_unwritten() {
  const py::object raw = file_.attr("raw");
  raw.attr("seek")(end_);
  raw.attr("truncate")(end_);
  file_.attr("flush")();
}

}  // namespace dill::bindings
