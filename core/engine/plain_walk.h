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
    return info != nullptr && info->action == Action::Instance && cpython::kInstanceAttributes;
  }

  // How many frames there are: the `base` of the region that begins next.
  std::size_t depth() const { return frames_.size(); }

  // Begins a region: the object, which is not in the memo, is what walk() writes.
  void begin(PyObject* object) { push(Kind::Root, object); }

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
  }

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
  };

  // What follows when a dict is complete.
  enum class After : std::uint8_t { Nothing, Build, PairAndBuild };

  static constexpr std::size_t kFirstDepth = 4096;

  struct Frame {
    PyObject* object;      // the container or instance; owned below owned_
    PyObject* pending;     // a value whose key is written; owned likewise
    const TypeInfo* info;  // of instances
    Py_ssize_t position;   // of the next item
    Py_ssize_t length;     // of the container, which must not change
    Py_ssize_t todo;       // items that are not in a batch yet
    std::int32_t left;     // items still to come in this batch
    std::int32_t batch;    // its size
    Kind kind;
    After after;
    bool shared;  // a tuple that may be met again before it is in the memo
  };

  enum class Met : std::uint8_t { Written, Pushed, Foreign, Failed };

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
    encoder_.put_memoize();
  }
  bool memoize_temporary();

  Met meet(PyObject* object);
  Met meet_tuple(PyObject* tuple);
  Met meet_instance(PyObject* object, const TypeInfo& info);
  Met begin_dict(PyObject* dict, bool alone, After after);
  bool find_dict(PyObject* object, const cpython::InstanceValues& values, PyObject*& dict);
  Met begin_state(PyObject* object, const TypeInfo& info);
  Met begin_attributes(PyObject* object, const TypeInfo& info, PyObject* dict, After after);
  Met leave_to_others(PyObject* object);
  bool leaf(PyObject* object, PyTypeObject* type);
  void text(PyObject* object);
  bool wide_text(PyObject* object);
  bool number(PyObject* object);
  bool reference_if_known(PyObject* object, bool alone);

  bool hides_methods(PyObject* object, const TypeInfo& info) const;
  bool may_be_module_dict(PyObject* dict) const;
  bool may_equal_main(Py_ssize_t size, PyObject* first_key) const;

  Met step(std::size_t at);
  Met step_list(std::size_t at);
  Met step_tuple(std::size_t at);
  Met step_dict(std::size_t at);
  Met step_set(std::size_t at);
  Met step_class(std::size_t at);
  Met step_values(std::size_t at);
  Met step_pair(std::size_t at);
  Met step_slots(std::size_t at);
  Met write_pair(std::size_t at, PyObject* key, PyObject* value);
  Met write_pending(std::size_t at);
  // None: there is no further batch and the frame is gone.
  enum class Batch : std::uint8_t { Begun, None, Failed };
  static Met met_of(Batch batch) { return batch == Batch::Failed ? Met::Failed : Met::Written; }
  Batch next_batch(std::size_t at, pickle::Opcode many, pickle::Opcode one);
  Met finish_tuple(std::size_t at);

  Frame& push(Kind kind, PyObject* object) {
    Frame& frame = frames_.emplace_back(Frame{});
    frame.kind = kind;
    frame.object = object;
    return frame;
  }
  void pop();
  void set_pending(std::size_t at, PyObject* value);
  bool check_depth();
  bool secure();
  bool secure_frame(Frame& frame);
  void count_shared(int change) {
    shared_open_ += change;
    deferring_ = outermost_ && shared_open_ == 0;
  }

  pickle::Encoder& encoder_;
  Memo& memo_;
  TypeTable*& table_;
  Context& context_;
  std::vector<Frame> frames_;
  std::size_t owned_ = 0;  // frames below it own their references
  std::size_t depth_to_check_ = kFirstDepth;
  Ref foreign_;
  std::vector<Ref> kept_;         // what the memo would keep alive for the stock pickler
  std::int64_t until_pause_ = 0;  // items until the driver gets a look
  int shared_open_ = 0;           // open tuples that may be met again
  bool outermost_ = false;
  bool deferring_ = false;  // outermost_ and no open tuple may be met again
  bool direct_ = true;
};

}  // namespace dill::engine
