#include "engine/unpickler/pickle_input.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#include "engine/cpython/attributes.h"
#include "engine/unpickler/load_runtime.h"
#include "pickle/large_pages.h"

namespace dill::engine {
namespace {

constexpr Py_ssize_t kPeekSize = Py_ssize_t{128} * 1024;
constexpr std::size_t kFirstChunk = std::size_t{1024} * 1024;  // what is read at once of a length that may be a lie

bool optional_method(PyObject* file, PyObject* name, Ref& method) {
  PyObject* found;
  if (cpython::optional_attribute(file, name, &found) < 0) return false;
  method = Ref::steal(found);
  return true;
}

Ref call_with_size(const Ref& method, Py_ssize_t size) {
  const Ref number = Ref::steal(PyLong_FromSsize_t(size));
  return number ? Ref::steal(PyObject_CallOneArg(method.get(), number.get())) : Ref();
}

// memoryview.release(), also while an exception is pending.
bool release(PyObject* view) {
  Ref pending = take_exception();
  const bool released = static_cast<bool>(Ref::steal(PyObject_CallMethod(view, "release", nullptr)));
  if (pending && released) restore_exception(std::move(pending));
  return released;
}

}  // namespace

bool PickleFile::open(PyObject* file) {
  const LoadRuntime& rt = load_runtime();
  if (!optional_method(file, rt.peek, peek_) || !optional_method(file, rt.readinto, readinto_) ||
      !optional_method(file, rt.read, read_) || !optional_method(file, rt.readline, readline_)) {
    close();
    return false;
  }
  if (!read_ || !readline_) {
    close();
    PyErr_SetString(PyExc_TypeError, "file must have 'read' and 'readline' attributes");
    return false;
  }
  if (rt.reads_bytes_io && reinterpret_cast<PyObject*>(Py_TYPE(file)) == rt.bytes_io.get())
    bytes_io_ = Ref::borrow(file);
  return true;
}

int PickleFile::traverse(visitproc visit, void* arg) const {
  for (const Ref* held : {&read_, &readline_, &readinto_, &peek_, &bytes_io_}) Py_VISIT(held->get());
  return 0;
}

void PickleFile::close() {
  for (Ref* held : {&read_, &readline_, &readinto_, &peek_, &bytes_io_}) *held = Ref();
}

PickleInput::~PickleInput() {
  if (view_.obj != nullptr) PyBuffer_Release(&view_);
}

bool PickleInput::truncated() {
  PyErr_SetString(load_runtime().unpickling_error.get(), "pickle data was truncated");
  return false;
}

bool PickleInput::hold(Ref data) {
  Py_buffer view;
  if (PyObject_GetBuffer(data.get(), &view, PyBUF_CONTIG_RO) < 0) return false;
  if (view_.obj != nullptr) PyBuffer_Release(&view_);
  view_ = view;
  data_ = std::move(data);
  cursor = static_cast<const unsigned char*>(view_.buf);
  end = cursor + view_.len;
  peeked_ = nullptr;
  frame_end_ = nullptr;
  return true;
}

bool PickleInput::skip_consumed() {
  if (peeked_ == nullptr || cursor <= peeked_) return true;
  const Ref method = file_->read_;
  const auto size = static_cast<Py_ssize_t>(cursor - peeked_);
  peeked_ = cursor;
  return static_cast<bool>(call_with_size(method, size));
}

bool PickleInput::open_bytes_io() {
  cpython::BytesIo* const io = cpython::as_bytes_io(file_->bytes_io_.get());
  if (io->content == nullptr) {
    // Closed: read() says so.
    const Ref none = call_with_size(file_->read_, 0);
    if (none) PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return false;
  }
  if (view_.obj != nullptr) PyBuffer_Release(&view_);
  data_ = Ref::borrow(io->content);
  const auto* const content = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(io->content));
  cursor = content + std::min(io->position, io->size);
  end = content + io->size;
  placed_ = cursor;
  frame_end_ = cursor;
  peeked_ = nullptr;
  bytes_io_ = io;
  return true;
}

void PickleInput::place_bytes_io(const unsigned char* at) {
  // Where nothing was read the position stays, even if it is behind the end.
  if (at == placed_) return;
  placed_ = at;
  bytes_io_->position = at - reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(data_.get()));
}

void PickleInput::leave_bytes_io() {
  if (left_) return;
  left_ = true;
  place_bytes_io(std::max(cursor, frame_end_));
  position_left_ = bytes_io_->position;
}

void PickleInput::enter_bytes_io() {
  if (!left_) return;
  left_ = false;
  const auto* const content = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(data_.get()));
  if (bytes_io_->content == data_.get() && bytes_io_->position == position_left_ && bytes_io_->size == end - content)
    return;
  // Somebody read or wrote. The rest of the frame was taken before; what follows is read from where the file is then.
  end = std::max(cursor, frame_end_);
  bytes_io_ = nullptr;
}

// The pickle ends too early, and all of the BytesIO is read.
bool PickleInput::ended() {
  cursor = end;
  return truncated();
}

Ref PickleInput::read_exactly(std::size_t size) {
  if (size > static_cast<std::size_t>(PY_SSIZE_T_MAX)) {
    truncated();
    return {};
  }
  if (size <= kFirstChunk) return call_with_size(file_->read_, static_cast<Py_ssize_t>(size));
  Ref all = Ref::steal(PyByteArray_FromStringAndSize(nullptr, 0));
  for (std::size_t have = 0; all && have < size;) {
    const std::size_t chunk = std::min(size - have, std::max(have, kFirstChunk));
    const Ref data = call_with_size(file_->read_, static_cast<Py_ssize_t>(chunk));
    Py_buffer view;
    if (!data || PyObject_GetBuffer(data.get(), &view, PyBUF_CONTIG_RO) < 0) return {};
    const auto got = std::min(static_cast<std::size_t>(view.len), chunk);
    const bool grown = PyByteArray_Resize(all.get(), static_cast<Py_ssize_t>(have + got)) == 0;
    if (grown) std::memcpy(PyByteArray_AS_STRING(all.get()) + have, view.buf, got);
    PyBuffer_Release(&view);
    if (!grown) return {};
    have += got;
    if (got < chunk) break;
  }
  return all;
}

bool PickleInput::read_more(std::size_t size) {
  if (file_ == nullptr) return truncated();
  if (file_->bytes_io_ && bytes_io_ == nullptr && available() == 0 && !open_bytes_io()) return false;
  if (bytes_io_ != nullptr) return available() >= size || ended();
  const cpython::CollectorResumed resumed(collector);
  if (!skip_consumed()) return false;
  if (peeked_ == nullptr && available() > 0) {
    // Bytes that were taken from the file already and are not enough.
    std::string rest(reinterpret_cast<const char*>(cursor), available());
    const Ref more = read_exactly(size - rest.size());
    Py_buffer view;
    if (!more || PyObject_GetBuffer(more.get(), &view, PyBUF_CONTIG_RO) < 0) return false;
    rest.append(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
    PyBuffer_Release(&view);
    Ref joined = Ref::steal(PyBytes_FromStringAndSize(rest.data(), static_cast<Py_ssize_t>(rest.size())));
    return joined && hold(std::move(joined)) && (available() >= size || truncated());
  }
  if (file_->peek_ && size < static_cast<std::size_t>(kPeekSize)) {
    Ref data = call_with_size(file_->peek_, kPeekSize);
    if (data) {
      if (!hold(std::move(data))) return false;
      peeked_ = cursor;
      if (available() >= size) return true;
      cursor = end = peeked_ = nullptr;
    } else {
      if (!PyErr_ExceptionMatches(PyExc_NotImplementedError)) return false;
      PyErr_Clear();
      file_->peek_ = Ref();
    }
  }
  Ref data = read_exactly(size);
  return data && hold(std::move(data)) && (available() >= size || truncated());
}

bool PickleInput::read_line(std::string& line) try {
  const auto find_end = [&]() -> const unsigned char* {
    return available() == 0 ? nullptr : static_cast<const unsigned char*>(std::memchr(cursor, '\n', available()));
  };
  const unsigned char* newline = find_end();
  if (available() == 0 && file_ != nullptr && file_->bytes_io_ && bytes_io_ == nullptr) {
    if (!open_bytes_io()) return false;
    newline = find_end();
  }
  if (newline != nullptr) {
    line.assign(reinterpret_cast<const char*>(cursor), static_cast<std::size_t>(newline + 1 - cursor));
    cursor = newline + 1;
    return true;
  }
  if (file_ == nullptr) return truncated();
  if (bytes_io_ != nullptr) return ended();
  const cpython::CollectorResumed resumed(collector);
  line.clear();
  if (peeked_ == nullptr) line.assign(reinterpret_cast<const char*>(cursor), available());
  if (!skip_consumed()) return false;
  const Ref readline = file_->readline_;
  Ref data = Ref::steal(PyObject_CallNoArgs(readline.get()));
  if (!data || !hold(std::move(data))) return false;
  line.append(reinterpret_cast<const char*>(cursor), available());
  cursor = end;
  return (!line.empty() && line.back() == '\n') || truncated();
} catch (const std::bad_alloc&) {
  PyErr_NoMemory();
  return false;
}

PyObject* PickleInput::read_bytes(std::size_t size) {
  if (available() < size && size > kFirstChunk && is_file() && !file_->bytes_io_) {
    const cpython::CollectorResumed resumed(collector);
    // Read once, not through the buffer; only what the file really gives takes memory.
    std::size_t have = available();
    PyObject* made = PyBytes_FromStringAndSize(reinterpret_cast<const char*>(cursor), static_cast<Py_ssize_t>(have));
    if (made == nullptr) return nullptr;
    cursor = end;
    if (!skip_consumed()) {
      Py_DECREF(made);
      return nullptr;
    }
    while (have < size) {
      const std::size_t chunk = std::min(size - have, std::max(have, 32 * kFirstChunk));
      if (_PyBytes_Resize(&made, static_cast<Py_ssize_t>(have + chunk)) < 0) return nullptr;
      Py_ssize_t got = -1;
      if (file_->readinto_) {
        const Ref window = Ref::steal(
            PyMemoryView_FromMemory(PyBytes_AS_STRING(made) + have, static_cast<Py_ssize_t>(chunk), PyBUF_WRITE));
        const Ref method = file_->readinto_;
        const Ref count = window ? Ref::steal(PyObject_CallOneArg(method.get(), window.get())) : Ref();
        if (count) got = PyLong_AsSsize_t(count.get());
        if (count && got < 0 && !PyErr_Occurred())
          PyErr_SetString(PyExc_ValueError, "readinto() returned negative size");
        // The window points into an object that moves or goes: who kept it must not look through it any more.
        if (window && !release(window.get())) return nullptr;  // somebody still does: the object stays for ever
      } else {
        const Ref data = call_with_size(file_->read_, static_cast<Py_ssize_t>(chunk));
        if (data && !PyBytes_Check(data.get()))
          PyErr_Format(PyExc_ValueError, "read() returned non-bytes object (%R)", Py_TYPE(data.get()));
        if (data && PyBytes_Check(data.get())) {
          got = std::min(PyBytes_GET_SIZE(data.get()), static_cast<Py_ssize_t>(chunk));
          std::memcpy(PyBytes_AS_STRING(made) + have, PyBytes_AS_STRING(data.get()), static_cast<std::size_t>(got));
        }
      }
      if (got >= 0 && static_cast<std::size_t>(got) < chunk) {
        truncated();
        got = -1;
      }
      if (got < 0) {
        Py_DECREF(made);
        return nullptr;
      }
      have += chunk;
    }
    return made;
  }
  if (!need(size)) return nullptr;
  PyObject* const made = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (made == nullptr) return nullptr;
  prepare_large(PyBytes_AS_STRING(made), size);
  std::memcpy(PyBytes_AS_STRING(made), cursor, size);
  cursor += size;
  return made;
}

void prepare_large(void* memory, std::size_t size) {
  constexpr std::size_t kWorthIt = std::size_t{8} * 1024 * 1024;
  if (size >= kWorthIt) pickle::ask_for_large_pages(memory, size);
}

bool PickleInput::need_frame(std::size_t size) {
  if (!need(size)) return false;
  frame_end_ = cursor + size;
  return true;
}

bool PickleInput::finish() {
  const cpython::CollectorResumed resumed(collector);
  if (bytes_io_ != nullptr) place_bytes_io(cursor);
  return skip_consumed();
}

void PickleInput::give_up() {
  // Code that was called may have moved the file and raised.
  if (bytes_io_ != nullptr) enter_bytes_io();
  if (bytes_io_ != nullptr) place_bytes_io(std::max(cursor, frame_end_));
}

}  // namespace dill::engine
