// Where a load reads from: bytes in memory, or a file of which no more is taken than belongs to the pickle.
#pragma once

#include <cstddef>
#include <string>

#include "engine/cpython/bytes_io.h"
#include "engine/cpython/collector.h"
#include "engine/ref.h"

namespace dill::engine {

// A file object with read() and readline(), better also peek() and readinto(). Throws nothing; errors are Python's.
class PickleFile {
 public:
  // False with TypeError if the file lacks a method.
  bool open(PyObject* file);
  bool is_open() const { return static_cast<bool>(read_); }
  int traverse(visitproc visit, void* arg) const;
  void close();

 private:
  friend class PickleInput;
  Ref read_, readline_, readinto_, peek_;
  Ref bytes_io_;  // the file, if it is exactly an io.BytesIO of known layout: its content is looked at in place
};

class PickleInput {
 public:
  // The bytes of `data`, which must outlive the input; with `constant` nobody can change them meanwhile.
  PickleInput(const unsigned char* data, std::size_t size, bool constant)
      : cursor(data), end(data + size), begin(data), constant_(constant) {}
  explicit PickleInput(PickleFile& file) : file_(&file) {}
  PickleInput(const PickleInput&) = delete;
  PickleInput& operator=(const PickleInput&) = delete;
  ~PickleInput();

  const unsigned char* cursor = nullptr;       // what comes next
  const unsigned char* end = nullptr;          // of what is in memory
  const unsigned char* const begin = nullptr;  // of the bytes; null for a file

  bool is_file() const { return file_ != nullptr; }
  bool is_constant() const { return constant_; }
  std::size_t available() const { return static_cast<std::size_t>(end - cursor); }

  // Makes at least `size` bytes available at the cursor. False with UnpicklingError if the pickle ends before, or the
  // file's exception. Memory grows with what the file gives, whatever `size` is.
  bool need(std::size_t size) { return available() >= size || read_more(size); }

  // The next line in `line`, with its newline. False as need().
  bool read_line(std::string& line);

  // The next `size` bytes as a new bytes object, or null with an exception.
  PyObject* read_bytes(std::size_t size);

  // A frame of `size` bytes begins at the cursor: makes it available, as need() does.
  bool need_frame(std::size_t size);

  // Between leave() and enter() other code may read the file, which is then where pickle.Unpickler would have left it:
  // a frame is taken as a whole, and what is in none opcode by opcode. The load goes on from where that code leaves it.
  void leave() {
    if (bytes_io_ != nullptr) leave_bytes_io();
    collector.end();
  }
  void enter() {
    collector.begin();
    if (bytes_io_ != nullptr) enter_bytes_io();
  }

  // The collector is off where the load sets it so, but never while the file is read.
  cpython::CollectorPause collector;

  // Leaves the file behind what was read. False with the file's exception.
  bool finish();

  // The same after a failed load, whose exception is pending.
  void give_up();

  // Raises UnpicklingError: the pickle ends too early. Returns false.
  static bool truncated();

 private:
  bool read_more(std::size_t size);
  bool open_bytes_io();
  void leave_bytes_io();
  void enter_bytes_io();
  void place_bytes_io(const unsigned char* at);
  bool ended();
  bool skip_consumed();
  bool hold(Ref data);
  Ref read_exactly(std::size_t size);

  PickleFile* file_ = nullptr;
  const bool constant_ = false;
  Ref data_;                               // what cursor and end point into
  Py_buffer view_{};                       // of data_
  const unsigned char* peeked_ = nullptr;  // from here on the data was only looked at, not taken from the file

  // Of a BytesIO, as long as the cursor is in its content; else null.
  cpython::BytesIo* bytes_io_ = nullptr;
  const unsigned char* placed_ = nullptr;     // where the file's position is
  const unsigned char* frame_end_ = nullptr;  // of the last frame
  Py_ssize_t position_left_ = 0;
  bool left_ = false;
};

// Tells the kernel that `size` bytes of fresh memory are about to be filled: large ones get large pages, which cost a
// fraction of the page faults.
void prepare_large(void* memory, std::size_t size);

}  // namespace dill::engine
