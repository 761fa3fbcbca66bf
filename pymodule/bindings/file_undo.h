// What a file was before a dump began to write to it, and the way back there when the dump fails.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>

namespace dill::bindings {

namespace py = pybind11;

// For a file that can seek, tell and truncate: where it stood, where it ended, and (in memory up to half a MiB, then in
// a temporary file) the bytes that the dump overwrites, if any. Other files cannot be brought back; no method of this
// class raises because of that.
class FileUndo {
 public:
  explicit FileUndo(py::object file) : file_(std::move(file)) {}

  // To be called before `size` bytes are written; the first call looks at the file. Raises what is no Exception only,
  // as KeyboardInterrupt.
  void before_write(std::size_t size);

  // Of those bytes, so many were taken by the file.
  void wrote(std::size_t size) { written_ += size; }

  std::size_t written() const { return written_; }

  // Makes position and content what they were at the first call of before_write. False if the file cannot do that, or if
  // somebody else has written to it since. No Python exception may be set; none is afterwards.
  bool restore();

 private:
  enum class State { Untouched, Known, Lost };

  void look();
  void look_by_descriptor();
  void keep_what_is_overwritten(std::size_t size);
  void put_back();
  void discard_unwritten();
  std::size_t start() const { return appends_ ? end_ : position_; }

  py::object file_;
  State state_ = State::Untouched;
  bool appends_ = false;  // every write goes to the end of the file
  std::size_t position_ = 0;
  std::size_t end_ = 0;
  std::size_t announced_ = 0;
  std::size_t written_ = 0;
  py::object overwritten_;  // a file with what lay from position_ on, or null
};

// The kinds of files of the module io whose `write` takes all bytes at once or raises, and keeps no reference to them.
enum class FileKind { Other, Memory, Buffered, Raw };

// By exact type; Buffered only over a FileIO.
FileKind file_kind(const py::object& file);

}  // namespace dill::bindings
