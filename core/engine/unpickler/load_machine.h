// The machine that runs the opcodes of one pickle, without recursion: values, marks and memo are tables of its own.
//
// Objects belong to the value stack until they move into a container; the memo borrows them (load_memo.h). So two kinds
// of steps are kept apart: those that run no Python code and let nothing die, and all others, which come between
// leave() and enter(). The collector is off in between, since a collection would be Python code at any allocation.
#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "engine/cpython/arena_supply.h"
#include "engine/ref.h"
#include "engine/unpickler/load_memo.h"
#include "engine/unpickler/pickle_input.h"

namespace dill::engine {

// What the caller of a load decides. All references are borrowed and must outlive the load.
struct LoadOptions {
  const char* encoding = "ASCII";  // of Python 2's str; "bytes" leaves them bytes
  const char* errors = "strict";
  bool fix_imports = true;
  PyObject* buffers = nullptr;     // an iterator over out-of-band buffers, or null
  PyObject* unpickler = nullptr;   // the dill.Unpickler whose hooks are called, or null
  PyObject* stock_find = nullptr;  // its find_class if nobody overrode it; called natively then
  int* protocol = nullptr;         // set to the protocol that the stream names, for find_class
  bool keep_memo = false;          // the memo serves further loads
};

class LoadMachine {
 public:
  LoadMachine(PickleInput& input, LoadMemo& memo, const LoadOptions& options);
  LoadMachine(const LoadMachine&) = delete;
  LoadMachine& operator=(const LoadMachine&) = delete;
  ~LoadMachine();

  // Runs to STOP. A new reference, or null with an exception.
  PyObject* run();

 private:
  using Byte = unsigned char;

  // An instance that NEWOBJ left on the stack and nothing has touched since.
  struct Fresh {
    std::size_t index;  // on the stack
    PyObject* object;
    unsigned epoch;
  };

  struct KnownType {
    PyTypeObject* type;
    unsigned version;
    bool plain_build;
  };

  PyObject* loop();
  bool rare_opcode(Byte opcode);

  // Python code may run from leave() to enter().
  void leave() {
    input_.leave();
    memo_.own_all();
    ++epoch_;
  }
  void enter() { input_.enter(); }
  // The load is over: no entry of the memo borrows any more.
  void settle_memo();
  // From time to time, in steps that a long load repeats. False with an exception, KeyboardInterrupt for example.
  bool pause() { return ++ticks_ % 64 != 0 || long_pause(); }
  bool long_pause();

  // The stack
  bool grow_stack();
  bool push(PyObject* object);  // takes the reference, also if it fails
  bool push_checked(PyObject* object) { return object != nullptr && push(object); }
  std::size_t depth() const { return static_cast<std::size_t>(top_ - base_); }
  bool underflow() const;
  bool has(std::size_t count) const { return depth() >= fence_ + count || underflow(); }
  PyObject* pop() { return *--top_; }
  bool push_mark();
  bool pop_mark(std::size_t& mark);
  void drop_above(std::size_t index);  // Python code may run

  // Numbers and texts (load_scalars.cpp)
  bool load_int_text();
  bool load_long_text();
  bool load_long(std::size_t length_size);
  bool load_float_text();
  bool load_string_text();
  bool load_unicode_text();
  bool load_byte_string(std::size_t length_size);
  bool load_bytes(std::size_t length_size);
  bool load_bytearray();
  bool load_unicode(std::size_t length_size);
  bool read_length(std::size_t length_size, std::size_t& length, const char* what);

  // Containers (load_containers.cpp)
  bool make_tuple(std::size_t from);
  bool make_list(std::size_t from);
  bool make_dict(std::size_t from);
  bool make_frozenset(std::size_t from);
  bool append_items(std::size_t from);
  bool set_items(std::size_t from);
  bool add_items(std::size_t from);
  bool fill_dict(PyObject* dict, std::size_t from);
  bool fill_set(PyObject* set, std::size_t from);
  bool is_quiet(PyObject* container, Py_ssize_t size, std::size_t from, std::size_t step);

  // Objects (load_objects.cpp)
  bool new_object(bool with_keywords);
  bool reduce();
  int reduce_postponed();
  bool build();
  bool build_by_default(PyObject* object, PyObject* state);
  bool set_instance_dict(PyObject* object, PyObject* state, bool is_fresh);
  bool set_slots(PyObject* object, PyObject* state);
  bool instance_of_mark();
  bool instance_of_names();
  bool instantiate(PyObject* type, std::size_t from);
  const KnownType& known(PyTypeObject* type);
  bool push_global(PyObject* module, PyObject* name);
  bool load_global_text();
  bool load_stack_global();
  bool load_extension(std::size_t size);
  bool load_persistent(PyObject* id);
  bool load_next_buffer();
  bool make_buffer_readonly();

  // Memo and stream
  bool load_get_text();
  bool load_put_text();
  bool push_memo(std::size_t index);
  bool refuse_memo(std::size_t index);
  bool put_memo(std::size_t index);
  bool load_frame();
  bool load_protocol();
  bool load_pop();
  bool unknown_opcode(Byte opcode);

  PickleInput& input_;
  LoadMemo& memo_;
  const LoadOptions& options_;
  int protocol_ = 0;
  unsigned epoch_ = 0;    // how often Python code may have run
  bool settled_ = false;  // the load went well and is over
  cpython::ArenaSupply arenas_;
  std::size_t framed_ = 0;  // bytes in the frames so far

  PyObject** base_ = nullptr;
  PyObject** top_ = nullptr;
  PyObject** limit_ = nullptr;
  bool can_postpone_;      // the pickle stays in memory, as it is, until the memo is gone
  std::size_t fence_ = 0;  // the last mark: nothing below it may be taken
  std::vector<std::size_t> marks_;
  std::vector<Fresh> fresh_;

  // Large dicts and sets that have only keys whose comparison runs no Python code.
  static constexpr std::size_t kQuietSlots = 8;
  struct Quiet {
    PyObject* container;
    Py_ssize_t size;
    unsigned epoch;
  };
  // Most loads are small and need no slot of these tables: their bits say which were ever filled.
  Quiet& quiet_slot(PyObject* container);
  Quiet quiet_[kQuietSlots];
  KnownType known_types_[8];
  unsigned quiet_filled_ = 0, types_filled_ = 0;
  unsigned ticks_ = 0;
  std::time_t last_pause_ = 0;
  std::string line_;
};

}  // namespace dill::engine
