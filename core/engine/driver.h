// The native driver: walks an object graph with a stack of its own and writes it with pickle::Encoder.
//
// It follows the algorithm of pickle._Pickler (look-up order, batches, memo) opcode for opcode.
// The plain walk (plain_walk.h) writes what it can in protocol 4 and 5; everything in older ones goes the general way.
// Depth costs heap, not C stack. Python code that it calls (savers, reducers, persistent_id) may call back through a
// Handle; such a nested save runs a loop of its own on the same stack.
// One thread at a time; the GIL is held throughout. Functions that return bool return false with a Python exception.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/memo.h"
#include "engine/observer.h"
#include "engine/plain_walk.h"
#include "engine/reducer.h"
#include "engine/type_table.h"
#include "pickle/encoder.h"

namespace dill::engine {

class Driver;

// Makes what Python savers are called with, when the first one is.
class PicklerSource {
 public:
  virtual ~PicklerSource() = default;
  // Borrowed; null with an exception. Called once a dump.
  virtual PyObject* make_pickler(Driver& driver) = 0;
};

struct PicklerHooks {
  PyObject* pickler = nullptr;      // borrowed: what Python savers are called with; null: `source` makes it
  PicklerSource* source = nullptr;  // may be null
  Ref persistent_id;                // null unless overridden
  Ref reducer_override;
  Ref buffer_callback;
};

class Driver final : public Context {
 public:
  // `table` says how each type is saved; `observer` may be null and must outlive the driver, as the encoder must.
  Driver(pickle::Encoder& encoder, std::shared_ptr<TypeTable> table, Observer* observer, PicklerHooks hooks);
  ~Driver() override;

  // For another dump with the same encoder: reset() makes it as new, but for memory that is kept, and without a table,
  // so that it refers to no Python object; prepare() has to follow before it is used again.
  void reset();
  void prepare(std::shared_ptr<TypeTable> table, PicklerHooks hooks);

  // Saves one object with everything below it. Usable from Python code that a save of this driver called. Without
  // `use_persistent_id` the object itself, but nothing below it, is written even if it has a persistent id.
  bool save(PyObject* object, bool use_persistent_id = true);

  // The same as pickle._Pickler.save_reduce and save_global; `object` and `name` may be null. For Python savers.
  bool save_reduce(Reduced reduced, PyObject* object);
  bool save_global(PyObject* object, PyObject* name);
  // The same as dill._dill._save_with_postproc: `reduced.post` and what is queued for the object meanwhile follow it.
  bool save_with_post_items(Reduced reduced, PyObject* object);
  bool save_by(PyObject* object, Reducer reducer);

  Memo& memo() { return memo_; }
  // The memo for somebody who changes it in the middle of a dump.
  Memo& edit_memo() {
    plain_.stop_deferring();
    return memo_;
  }
  pickle::Encoder& encoder() { return encoder_; }
  void put_get(std::uint32_t index) {
    if (protocol == 0) [[unlikely]]
      encoder_.put_number_line(pickle::Opcode::GET, index);
    else
      encoder_.put_get(index);
  }
  // Gives the object the next memo number; `node` is its node, if it has one.
  void memoize(PyObject* object, graph::NodeId node);

  // What the next saved object is to its parent; used by whoever starts a save (record of a namespace).
  void set_edge(const Edge& edge) { edge_ = edge; }

  std::size_t constructions() override { return constructions_.size(); }
  PyObject* construction(std::size_t i) override { return constructions_[i].object; }
  std::ptrdiff_t construction_of(PyObject* object) override {
    const auto found = construction_index_.find(object);
    return found == construction_index_.end() ? -1 : static_cast<std::ptrdiff_t>(found->second);
  }
  bool append_post(std::size_t i, PostItem item) override;
  GlobalsFinder& globals() override { return globals_; }
  bool written(PyObject* object) override { return memo_.find(object) != Memo::kMissing; }
  PyObject* pickler() override;
  graph::NodeId node() const override { return node_; }

 private:
  static constexpr Py_ssize_t kBatch = 1000;  // pickle._Pickler._BATCHSIZE

  enum class Step : std::uint8_t { Tuple, List, Dict, Set, FrozenSet, Appends, DictItems, Reduce, Post, Plain };

  struct Work {  // of a Reduce or Post frame
    Reduced reduced;
    std::vector<PostItem> post;
    enum class Mode : std::uint8_t { Call, Newobj, NewobjEx } mode = Mode::Call;
    bool made = false;  // by Python code, for this one save
  };

  struct Frame {
    Step step;
    std::uint8_t phase = 0;
    bool owner = false;   // the object has a node of its own, left when the frame ends
    bool hidden = false;  // nothing below is reported
    graph::EdgeKind item_edge = graph::EdgeKind::Item;
    graph::NodeId node = graph::kNoNode;
    PyObject* object = nullptr;  // owned; what is being saved (null: nothing is memoized)
    PyObject* extra = nullptr;   // owned: iterator, batch, pending value
    PyObject* batch = nullptr;   // owned
    PyObject* copy = nullptr;    // owned: what is read instead of the object, which others may change
    const std::vector<PartShape>* parts = nullptr;
    Work* work = nullptr;  // owned
    Py_ssize_t position = 0;
    Py_ssize_t in_batch = 0;  // items still to come in this batch
    Py_ssize_t batch_size = 0;
    Py_ssize_t length = 0;
    Py_ssize_t written = 0;  // dict entries begun

    PyObject* items() const { return copy != nullptr ? copy : object; }
  };

  struct Construction {
    PyObject* object;
    std::vector<PostItem> post;
  };

  struct Next {  // how the next saved object is reported
    PartShape::Show show = PartShape::Show::Node;
    graph::EdgeKind item_edge = graph::EdgeKind::Item;
    const std::vector<PartShape>* parts = nullptr;
  };

  // A save that Python code asked for while another one runs: counted as recursion, and the state of the save around it
  // comes back at the end.
  class Nested {
   public:
    explicit Nested(Driver& driver)
        : driver_(driver),
          base_(driver.stack_.size()),
          plain_base_(driver.plain_.depth()),
          node_(driver.node_),
          hidden_(driver.hidden_),
          owner_(driver.owner_),
          entered_(Py_EnterRecursiveCall(" while pickling an object") == 0) {
      driver_.next_ = Next{};
      ++driver_.nested_;
    }
    ~Nested() {
      driver_.plain_.abandon(plain_base_);
      driver_.unwind(base_);  // nothing is left of a save that failed, even if a C++ exception ended it
      --driver_.nested_;
      driver_.node_ = node_;
      driver_.hidden_ = hidden_;
      driver_.owner_ = owner_;
      if (entered_) Py_LeaveRecursiveCall();
    }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    bool entered() const { return entered_; }
    std::size_t base() const { return base_; }
    graph::NodeId node() const { return node_; }

   private:
    Driver& driver_;
    std::size_t base_;
    std::size_t plain_base_;
    graph::NodeId node_;
    bool hidden_;
    bool owner_;
    bool entered_;
  };

  bool run(std::size_t base);
  bool step(std::size_t at);
  bool start(PyObject* object);  // may push frames
  bool start_observed(PyObject* object, const Next& next);
  bool start_object(PyObject* object);
  bool start_foreign(PyObject* object);
  bool start_hooked(PyObject* object, bool& done);
  bool start_reducer(PyObject* object, Reducer reducer);
  bool start_reduced(PyObject* object, Reduced reduced);
  bool start_by_dill(PyObject* object, Reduced reduced);
  bool start_by_postproc_of_others(PyObject* object, const Reduced& reduced);
  bool start_python_value(PyObject* object, const Ref& value, PyObject* reducer);
  bool start_by_reduce_ex(PyObject* object);
  bool start_instance(PyObject* object);
  bool start_list(PyObject* object);
  bool start_tuple(PyObject* object);
  bool start_dict(PyObject* object);
  bool start_global(PyObject* object, PyObject* name);
  // Runs what `begin` starts to its end, without reporting any of it.
  template <class Begin>
  bool run_hidden(Begin begin);
  bool save_hidden(PyObject* object);
  bool push_reduce(PyObject* object, Reduced reduced);
  bool warn_recursive(PyObject* object);
  bool start_set(PyObject* object);
  bool start_frozenset(PyObject* object);
  bool start_bytearray(PyObject* object);
  bool start_picklebuffer(PyObject* object);
  bool call_saver(PyObject* object, PyObject* saver);
  bool write_leaf(PyObject* object, std::uint32_t* memo, bool* hit);
  bool write_str(PyObject* object, Ref& memoized);
  bool write_int(PyObject* object);
  bool write_float(PyObject* object);
  void write_bool(PyObject* object);
  bool write_text_line(PyObject* object, Ref& memoized);
  bool write_long_line(PyObject* object);
  bool write_bytes_by_call(PyObject* object);
  bool write_persistent_id_line(PyObject* pid);
  bool write_named_global(PyObject* object, PyObject* module, PyObject* module_name, PyObject* name);
  bool write_getattr_chain(PyObject* object, PyObject* module_name, PyObject* parts);
  bool write_top_level_name(PyObject* module_name, PyObject* name);
  bool start_set_by_call(PyObject* object);
  bool make_partial(Reduced& reduced);
  // A tuple of this length begins with MARK.
  bool is_marked(Py_ssize_t length) const { return length > 3 || protocol < 2; }
  void put_empty(pickle::Opcode empty, pickle::Opcode from_mark) {
    if (protocol == 0) {
      encoder_.put(pickle::Opcode::MARK);
      encoder_.put(from_mark);
    } else {
      encoder_.put(empty);
    }
  }
  // Items that are written with one opcode.
  Py_ssize_t batch_limit() const { return protocol == 0 ? 1 : kBatch; }
  void put_memoize(std::uint32_t index) {
    if (protocol >= 4) [[likely]]
      encoder_.put_memoize();
    else if (protocol == 0)
      encoder_.put_number_line(pickle::Opcode::PUT, index);
    else
      encoder_.put_put(index);
  }
  bool save_nested(PyObject* object, graph::EdgeKind edge, bool use_persistent_id);

  bool step_tuple(std::size_t at);
  bool step_list(std::size_t at);
  bool may_run_others(PyObject* object) const;
  bool step_dict(std::size_t at);
  bool next_batch(std::size_t at, pickle::Opcode many, pickle::Opcode one, bool& ended);
  bool step_batches(std::size_t at, pickle::Opcode many, pickle::Opcode one);
  bool step_frozenset(std::size_t at);
  bool step_dict_items(std::size_t at);
  bool step_reduce(std::size_t at);
  bool step_post(std::size_t at);
  bool step_plain(std::size_t at);
  bool start_plain(PyObject* object);
  bool start_plain_items(PyObject* dict);
  bool go_on(std::size_t at, PlainWalk::Outcome outcome);
  // The plain walk knows neither older protocols nor hooks.
  bool walks_plainly() const { return !hooked_ && protocol >= 4; }
  // To be called where code of others may have run: a saver may be registered. False with an exception.
  bool refresh() {
    if (!table_->refresh()) return false;
    hooked_ = is_hooked();
    return true;
  }
  bool is_hooked() const {
    return hooks_.persistent_id || hooks_.reducer_override || (table_ != nullptr && !table_->builtins_are_stock());
  }

  Frame& push(Step step, PyObject* object);
  static void release(Frame& frame);
  void pop();
  void unwind(std::size_t to);
  bool recover(std::size_t base);
  bool check_depth(std::size_t base);
  bool failed(graph::NodeId node, PyObject* object);
  void begin_construction(PyObject* object, std::vector<PostItem> post);
  std::vector<PostItem> end_construction(const Frame& frame);
  bool reporting() const { return observer_ != nullptr && !hidden_ && owner_; }

  void child(const Frame& frame, graph::EdgeKind kind, std::uint32_t index, PyObject* key = nullptr);
  void part(const Frame& frame, const PartShape& shape, std::uint32_t index,
            const std::vector<PartShape>* parts = nullptr);
  graph::EdgeKind state_edge(std::size_t at, PyObject* key, PyObject* value) const;

  pickle::Encoder& encoder_;
  std::shared_ptr<TypeTable> owned_table_;
  TypeTable* table_;
  Observer* observer_;
  PicklerHooks hooks_;
  bool hooked_;
  Memo memo_;
  PlainWalk plain_;
  GlobalsFinder globals_;
  std::vector<Frame> stack_;
  std::size_t depth_to_check_;
  std::vector<Construction> constructions_;
  std::unordered_map<PyObject*, std::size_t> construction_index_;
  Edge edge_;
  Next next_;
  graph::NodeId node_ = graph::kNoNode;  // of the object that is being started
  bool hidden_ = false;                  // nothing is reported
  bool owner_ = false;                   // node_ belongs to the object that is being started, not to the one around it
  int nested_ = 0;                       // Python reducers that are running
  bool running_ = false;                 // a save is under way: others are nested in it
  bool use_persistent_id_ = true;        // for the object that is started next
};

template <class Begin>
bool Driver::run_hidden(Begin begin) {
  if (Py_EnterRecursiveCall(" while pickling an object") != 0) return false;
  const bool hidden = hidden_;
  const graph::NodeId node = node_;
  const bool owner = owner_;
  const std::size_t base = stack_.size();
  hidden_ = true;
  const bool done = begin() && run(base);
  hidden_ = hidden;
  node_ = node;
  owner_ = owner;
  Py_LeaveRecursiveCall();
  return done;
}

inline bool Driver::save_hidden(PyObject* object) {
  return run_hidden([&] { return start(object); });
}

}  // namespace dill::engine
