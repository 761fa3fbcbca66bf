// The quick walk over plain data: exact builtin containers and scalars, and instances that object.__reduce_ex__ would
// reduce, as far as no code of others has to run. Everything else it hands back to the driver.
//
// Iterative: its frames are small and cost heap, not C stack. While it walks nothing runs but this code, so that it may
// hold borrowed references and defer memo entries (see memo.h); before it hands anything back, secure() makes all of
// that safe. It writes what pickle._Pickler of protocol 4 and 5 writes.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/cpython/instance_values.h"
#include "engine/cpython/set_entries.h"
#include "engine/memo.h"
#include "engine/type_table.h"
#include "pickle/encoder.h"

namespace dill::engine {

class PlainWalk {
 public:
  enum class Outcome : std::uint8_t {
    Done,     // everything above `base` is written
    Foreign,  // take_foreign() is to be written by others, then walk() goes on
    Pause,    // the driver should flush the encoder and look for signals, then walk() goes on
    Failed,   // a Python exception is set
  };

  PlainWalk(pickle::Encoder& encoder, Memo& memo, TypeTable*& table, Context& context)
      : encoder_(encoder), memo_(memo), table_(table), context_(context) {}
  ~PlainWalk() { abandon(0); }
  PlainWalk(const PlainWalk&) = delete;
  PlainWalk& operator=(const PlainWalk&) = delete;

  // True if objects of the type are for the walk.
  bool takes(PyTypeObject* type) const {
    if (type == &PyList_Type || type == &PyTuple_Type || type == &PyDict_Type) return true;
    if (type == &PySet_Type) return cpython::kSetEntries;
    const TypeInfo* const info = table_->peek(type);
    return info != nullptr &&
           (info->native != Native::None || (info->action == Action::Instance && cpython::kInstanceAttributes));
  }

  // How many frames there are: the `base` of the region that begins next.
  std::size_t depth() const { return frames_.size(); }

  // Begins a region: the object, which is not in the memo, is what walk() writes.
  void begin(PyObject* object) {
    Frame frame;
    frame.object = object;
    push(frame);
  }

  // The same for the items of an exact dict that is written already and not empty.
  void begin_items(PyObject* dict) {
    Frame frame;
    frame.kind = Kind::Dict;
    frame.object = dict;
    frame.todo = frame.length = PyDict_GET_SIZE(dict);
    push(frame);
  }

  // Goes on until all frames above `base` are gone. `outermost`: nothing but this walk is under way in the dump.
  // `direct` false: what is met is written by others, because a saver for a builtin type was registered meanwhile.
  Outcome walk(std::size_t base, bool outermost, bool direct);

  Ref take_foreign() { return std::move(foreign_); }

  // Drops the frames above `base` after a failure; may run code of others.
  void abandon(std::size_t base);

  // Forgets what it keeps alive; after the memo, when the dump has ended.
  void clear() {
    abandon(0);
    std::vector<Ref>().swap(kept_);
    shared_open_ = 0;  // an exception of C++ may have left some
    may_defer_ = true;
  }

  // Somebody edits the memo: what is being walked may be met again, so that every entry counts from now on.
  void stop_deferring() { may_defer_ = false; }

 private:
  enum class Kind : std::uint8_t {
    Root,
    List,
    Tuple,
    Dict,
    Set,
    Class,   // an instance whose class is being written
    Values,  // attributes of an instance that has no dict, in the order of cpython::InstanceValues
    Pair,    // an instance with slots: its dict was written, its slots are next
    Slots,   // attributes in slots, written as a dict
    Build,   // a state that others wrote: BUILD follows
    Named,   // the items of a named tuple, the arguments of NEWOBJ
  };

  // What follows when the items are complete. Call: they were the dict that is the only argument of a call.
  enum class After : std::uint8_t { Nothing, Build, PairAndBuild, Call };

  static constexpr std::size_t kFirstDepth = 4096;
  static constexpr Py_ssize_t kBatch = 1000;  // pickle._Pickler._BATCHSIZE

  struct Frame {
    PyObject* object = nullptr;      // the container or instance; owned below owned_
    PyObject* pending = nullptr;     // a value whose key is written; owned likewise
    PyObject* copy = nullptr;        // owned: what is read instead of the object, which others may change
    const TypeInfo* info = nullptr;  // of instances
    Py_ssize_t position = 0;         // of the next item
    Py_ssize_t length = 0;           // of the container, which must not change
    Py_ssize_t todo = 0;             // items that are not in a batch yet
    std::int32_t left = 0;           // items still to come in this batch
    std::int32_t batch = 0;          // its size
    Kind kind = Kind::Root;
    After after = After::Nothing;
    bool shared = false;  // an object that may be met again before it is in the memo

    PyObject* items() const { return copy != nullptr ? copy : object; }
  };

  struct Out;

  // What became of an object that was met.
  enum class Met : std::uint8_t {
    Written,
    Pushed,  // a frame goes on with it
    Item,    // the same, and item_ is to be met next
    Foreign,
    Failed,
  };

  // What a frame says after some of its items.
  enum class Next : std::uint8_t {
    Item,   // item_ is to be met
    Done,   // the frame is complete
    Again,  // it can go on, after a look at what walk() looks at
    Foreign,
    Failed,
  };

  bool is_alone(PyObject* object) const { return deferring_ && Py_REFCNT(object) == 1; }
  void note(PyObject* object, bool alone) {
    if (alone)
      memo_.defer(object);
    else if (outermost_)
      memo_.add_unpinned(object);
    else
      memo_.add(object);
  }
  void memoize(PyObject* object, bool alone) {
    note(object, alone);
    put(pickle::Opcode::MEMOIZE);
  }
  bool memoize_temporary();

  // For opcodes within the room that next_object() made.
  void put(pickle::Opcode op) {
    unsigned char* const to = encoder_.cursor();
    *to = static_cast<unsigned char>(op);
    encoder_.set_cursor(to + 1);
  }

  Met meet(PyObject* object);
  Met meet_tuple(PyObject* tuple);
  Met meet_instance(PyObject* object, const TypeInfo& info);
  Met begin_dict(PyObject* dict, bool alone, After after);
  Met begin_state(PyObject* object, const TypeInfo& info, const cpython::InstanceValues& values);
  Met begin_attributes(PyObject* object, const TypeInfo& info, const cpython::InstanceValues& values, PyObject* dict,
                       After after);
  // A container whose frame is not on the stack has said what is next.
  Met begin(const Frame& frame, Next next) {
    if (next == Next::Done) return Met::Written;
    if (next != Next::Item && next != Next::Again) return Met::Failed;
    push(frame);
    return next == Next::Item ? Met::Item : Met::Pushed;
  }
  Met meet_native(PyObject* object, const TypeInfo& info);
  Met write_native(PyObject* object, const TypeInfo& info);
  Met write_named_tuple(PyObject* object, const TypeInfo& info);
  Met write_items(PyObject* object, PyObject* factory);
  Met write_counter(PyObject* object);
  Met write_deque(PyObject* object);
  Met write_uuid(PyObject* object, const TypeInfo& info);
  bool write_path(PyObject* object, const TypeInfo& info);
  bool is_for_others(PyObject* object, const TypeInfo& info);
  bool write_date(PyObject* object, Native native);
  bool write_decimal(PyObject* object);
  bool memoize_new(PyObject* object, bool owned);
  Met leave_to_others(PyObject* object);
  bool leaf(PyObject* object, Out& out, bool sole = true);
  bool lone_leaf(PyObject* object);
  bool long_text(PyObject* object, bool alone);
  bool wide_text(PyObject* object, bool alone);
  bool long_bytes(PyObject* object, bool alone);
  bool number(PyObject* object);
  bool reference_if_known(PyObject* object, bool alone);

  bool find_dict(PyObject* object, const cpython::InstanceValues& values, PyObject*& dict);
  bool hides_methods(PyObject* object, const TypeInfo& info, const cpython::InstanceValues& values) const;
  bool may_be_module_dict(PyObject* dict) const;
  bool may_equal_main(Py_ssize_t size, PyObject* first_key) const;

  // `owned`: others ran since the frame began.
  Next go(std::size_t at);
  Next go_list(Frame& frame);
  Next go_tuple(Frame& frame, bool owned);
  Next go_dict(Frame& frame, bool owned);
  Next go_set(Frame& frame);
  Next go_values(Frame& frame, bool owned, const cpython::InstanceValues& values);
  Next go_pair(Frame& frame, bool owned);
  Next go_slots(Frame& frame, bool owned);
  Next go_class(std::size_t at);
  Next go_named(Frame& frame, bool owned);
  Next go_pending(Frame& frame, bool owned);
  // True if both halves were written; else `next` says what is to be done.
  // `sole` false: the key may belong to the attribute names that instances share, which hold one reference for all.
  bool pair(Frame& frame, bool owned, PyObject* key, bool sole, PyObject* value, Next& next, Out& out);
  // True if a batch has begun; else `next` says what is to be done.
  bool batch(Frame& frame, pickle::Opcode many, pickle::Opcode one, Next& next);
  bool finish_tuple(Frame& frame, bool owned);

  // Borrowed; null if it is not set.
  static PyObject* slot_value(PyObject* object, const Slot& slot) {
    return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + slot.offset);
  }

  void push(const Frame& frame) { frames_.push_back(frame); }
  void pop();
  bool check_depth();
  bool secure();
  bool secure_frame(Frame& frame);
  bool copy_batch(Frame& frame);
  void drop_copy(const Frame& frame);
  void find_main();
  void count_shared(int change) {
    shared_open_ += change;
    deferring_ = may_defer_ && outermost_ && shared_open_ == 0;
  }

  pickle::Encoder& encoder_;
  Memo& memo_;
  TypeTable*& table_;
  Context& context_;
  std::vector<Frame> frames_;
  std::size_t owned_ = 0;  // frames below it own their references
  std::size_t depth_to_check_ = kFirstDepth;
  Ref foreign_;
  PyObject* item_ = nullptr;      // borrowed: met before anything else happens
  PyObject* main_ = nullptr;      // the dict that dicts are compared with; borrowed, null if it is not known
  std::vector<Ref> kept_;         // what the memo would keep alive for the stock pickler
  std::int64_t until_pause_ = 0;  // items until the driver gets a look
  int shared_open_ = 0;           // open tuples that may be met again
  bool outermost_ = false;
  bool may_defer_ = true;
  bool deferring_ = false;  // may_defer_, outermost_ and no open tuple may be met again
  bool direct_ = true;
};

}  // namespace dill::engine
