// Where a dump to a file goes: the `write` of a file object, called with finished pieces of the pickle.
#pragma once

#include "file_undo.h"
#include "pickle/encoder.h"

namespace dill::bindings {

// `write` gets objects with the buffer protocol: a memoryview without a copy where that is safe (the files of module
// io), else bytes objects of at most 64 KiB, which it may keep. A file that is an io.RawIOBase or a socket may take less
// than it gets: the rest is offered again, and None (it would block) raises BlockingIOError. What other objects return
// says nothing, as with pickle: there are those that return how much they have compressed it to.
class FileSink final : public pickle::Sink {
 public:
  // `write` is what the pickler calls, `file` what it was made with. What either raises passes through as
  // py::error_already_set.
  FileSink(py::object write, const py::object& file);

  void write(std::span<const unsigned char> bytes) override;

  // Writes an object with the buffer protocol; the file gets the object itself.
  void write_object(const py::object& data);

  // The dump failed: makes the file what it was before or, where that is impossible, notes on the exception (in its
  // __notes__; unless it is None) how many bytes went out.
  void undo(const py::object& exception);

 private:
  void write_all(std::span<const unsigned char> bytes);
  void write_whole(const py::object& whole, std::size_t size);
  std::size_t write_once(const py::object& piece, std::size_t size);

  py::object write_;
  FileUndo undo_;
  FileKind kind_;
  bool may_be_short_;
};

}  // namespace dill::bindings
