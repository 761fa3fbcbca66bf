#include "engine/driver.h"

#include <utility>

#include "engine/locate.h"
#include "engine/runtime.h"

namespace dill::engine {
namespace {

constexpr unsigned kSignalInterval = 1 << 14;  // steps between two looks for Ctrl-C

// Reducers may make new objects without end, and then nothing but memory limits the depth. Where the stack doubles from
// kFirstDepth on, it is looked at: objects met again below themselves, unfinished, and reductions in all.
constexpr std::size_t kFirstDepth = 4096;
constexpr std::size_t kMostOfOneObject = 10'000;
constexpr std::size_t kMostReductions = 250'000;

bool is_leaf_type(PyTypeObject* type) {
  return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBool_Type ||
         type == Py_TYPE(Py_None) || type == &PyBytes_Type;
}

}  // namespace

Driver::Driver(pickle::Encoder& encoder, std::shared_ptr<TypeTable> table, Observer* observer, PicklerHooks hooks)
    : encoder_(encoder),
      owned_table_(std::move(table)),
      table_(owned_table_.get()),
      observer_(observer),
      hooks_(std::move(hooks)),
      hooked_(is_hooked()),
      plain_(encoder_, memo_, table_, *this) {
  stack_.reserve(16);
  depth_to_check_ = kFirstDepth;
}

void Driver::reset() {
  unwind(0);
  memo_.clear();
  plain_.clear();
  globals_.clear();
  constructions_.clear();
  construction_index_.clear();
  depth_to_check_ = kFirstDepth;
  edge_ = Edge{};
  next_ = Next{};
  hidden_ = owner_ = running_ = false;
  nested_ = 0;
  main = original_main = missing_modules = Ref();
  prepare(nullptr, {});
}

void Driver::prepare(std::shared_ptr<TypeTable> table, PicklerHooks hooks) {
  hooks_ = std::move(hooks);
  owned_table_ = std::move(table);
  table_ = owned_table_.get();
  hooked_ = is_hooked();
}

Driver::~Driver() {
  observer_ = nullptr;
  unwind(0);
}

PyObject* Driver::pickler() {
  if (hooks_.pickler == nullptr && hooks_.source != nullptr) hooks_.pickler = hooks_.source->make_pickler(*this);
  return hooks_.pickler;
}

bool Driver::append_post(std::size_t i, PostItem item) {
  constructions_[i].post.push_back(std::move(item));
  return true;
}

bool Driver::save(PyObject* object, bool use_persistent_id) {
  if (running_) return save_nested(object, graph::EdgeKind::SaverItem, use_persistent_id);
  running_ = true;
  hidden_ = false;
  next_ = Next{};
  const bool done = start(object) && run(0);
  running_ = false;
  return done;
}

bool Driver::save_nested(PyObject* object, graph::EdgeKind edge, bool use_persistent_id) {
  const Nested nested(*this);
  if (!nested.entered()) return false;
  edge_ = Edge{nested.node(), edge};
  use_persistent_id_ = use_persistent_id;
  return start(object) && run(nested.base());
}

bool Driver::save_reduce(Reduced reduced, PyObject* object) {
  const Nested nested(*this);
  return nested.entered() && push_reduce(object, std::move(reduced)) && run(nested.base());
}

bool Driver::save_with_post_items(Reduced reduced, PyObject* object) {
  const Nested nested(*this);
  return nested.entered() && start_by_dill(object, std::move(reduced)) && run(nested.base());
}

bool Driver::save_by(PyObject* object, Reducer reducer) {
  const Nested nested(*this);
  return nested.entered() && start_reducer(object, reducer) && run(nested.base());
}

bool Driver::save_global(PyObject* object, PyObject* name) {
  const Nested nested(*this);
  return nested.entered() && start_global(object, name) && run(nested.base());
}

bool Driver::run(std::size_t base) {
  for (unsigned steps = 1; stack_.size() > base; ++steps) {
    if (steps % kSignalInterval == 0 && PyErr_CheckSignals() < 0) {
      unwind(base);
      return false;
    }
    const bool done = stack_.size() < depth_to_check_ ? step(stack_.size() - 1) : check_depth(base);
    if (!done && !recover(base)) {
      unwind(base);
      return false;
    }
  }
  return true;
}

bool Driver::step(std::size_t at) {
  switch (stack_[at].step) {
    case Step::Tuple:
      return step_tuple(at);
    case Step::List:
      return step_list(at);
    case Step::Dict:
      return step_dict(at);
    case Step::Set:
      return step_batches(at, pickle::Opcode::ADDITEMS, pickle::Opcode::ADDITEMS);
    case Step::FrozenSet:
      return step_frozenset(at);
    case Step::Appends:
      return step_batches(at, pickle::Opcode::APPENDS, pickle::Opcode::APPEND);
    case Step::DictItems:
      return step_dict_items(at);
    case Step::Reduce:
      return step_reduce(at);
    case Step::Post:
      return step_post(at);
    case Step::Plain:
      return step_plain(at);
  }
  Py_UNREACHABLE();
}

bool Driver::start(PyObject* object) {
  if (!refresh()) return false;
  encoder_.next_object();
  if (encoder_.is_full()) encoder_.flush();
  const bool observed = observer_ != nullptr && !hidden_;
  if (!hooked_) {
    if (is_leaf_type(Py_TYPE(object))) {
      next_ = Next{};
      std::uint32_t memo = Memo::kMissing;
      bool hit = false;
      const std::uint64_t begin = encoder_.position();
      const Edge edge = edge_;
      if (!write_leaf(object, &memo, &hit)) return false;
      if (observed) {
        if (hit)
          observer_->memo_hit(object, edge, memo, begin, encoder_.position());
        else
          observer_->leaf(object, edge, begin, encoder_.position(), memo);
      }
      return true;
    }
    const std::uint32_t memo = memo_.find(object);
    if (memo != Memo::kMissing) {
      const std::uint64_t begin = encoder_.position();
      put_get(memo);
      if (observed && next_.show != PartShape::Show::Hidden)
        observer_->memo_hit(object, edge_, memo, begin, encoder_.position());
      next_ = Next{};
      return true;
    }
  }
  if (observer_ == nullptr) {
    return walks_plainly() && plain_.takes(Py_TYPE(object)) ? start_plain(object) : start_object(object);
  }
  return start_observed(object, std::exchange(next_, Next{}));
}

// A frame is pushed only if the walk cannot write all of it.
bool Driver::start_plain(PyObject* object) {
  const std::size_t base = plain_.depth();
  plain_.begin(object);
  const PlainWalk::Outcome outcome = plain_.walk(base, stack_.empty() && nested_ == 0, true);
  if (outcome == PlainWalk::Outcome::Done) return true;
  push(Step::Plain, object).position = static_cast<Py_ssize_t>(base);
  return go_on(stack_.size() - 1, outcome);
}

// The items of a dict that is written already, as far as frames are concerned the same.
bool Driver::start_plain_items(PyObject* dict) {
  const std::size_t base = plain_.depth();
  plain_.begin_items(dict);
  push(Step::Plain, dict).position = static_cast<Py_ssize_t>(base);
  return true;
}

bool Driver::step_plain(std::size_t at) {
  const auto base = static_cast<std::size_t>(stack_[at].position);
  if (!refresh()) return false;
  return go_on(at, plain_.walk(base, at == 0 && nested_ == 0, !hooked_));
}

// What the walk of the frame `at` came to; walks on as long as that needs no further frame.
bool Driver::go_on(std::size_t at, PlainWalk::Outcome outcome) {
  const auto base = static_cast<std::size_t>(stack_[at].position);
  for (;; outcome = plain_.walk(base, at == 0 && nested_ == 0, !hooked_)) {
    switch (outcome) {
      case PlainWalk::Outcome::Done:
        pop();
        return true;
      case PlainWalk::Outcome::Failed:
        return false;
      case PlainWalk::Outcome::Pause:
        if (encoder_.is_full()) encoder_.flush();
        if (PyErr_CheckSignals() < 0 || !refresh()) return false;
        break;
      case PlainWalk::Outcome::Foreign: {
        const Ref object = plain_.take_foreign();
        if (!start_foreign(object.get())) return false;
        if (stack_.size() != at + 1) return true;
        if (!refresh()) return false;
        break;
      }
    }
  }
}

// What the plain walk met and leaves to others, the walk itself excluded.
bool Driver::start_foreign(PyObject* object) {
  if (!hooked_) {
    if (is_leaf_type(Py_TYPE(object))) {
      std::uint32_t memo;
      bool hit;
      return write_leaf(object, &memo, &hit);
    }
    const std::uint32_t memo = memo_.find(object);
    if (memo != Memo::kMissing) {
      put_get(memo);
      return true;
    }
  }
  return start_object(object);
}

bool Driver::start_observed(PyObject* object, const Next& next) {
  const std::size_t depth = stack_.size();
  if (hidden_ || next.show == PartShape::Show::Hidden) {
    hidden_ = true;
    return start_object(object);
  }
  // Something written already is a reference, whatever hooks there are: all but persistent_id, whose answer may be
  // another one this time, are asked behind the memo only.
  const std::uint32_t memo = hooked_ ? memo_.find(object) : Memo::kMissing;
  if (memo != Memo::kMissing && !hooks_.persistent_id) {
    const std::uint64_t begin = encoder_.position();
    put_get(memo);
    use_persistent_id_ = true;
    observer_->memo_hit(object, edge_, memo, begin, encoder_.position());
    return true;
  }
  // A list is open only where it stands for a set.
  if (next.show == PartShape::Show::Open &&
      (PyDict_CheckExact(object) || PyTuple_CheckExact(object) ||
       (PyList_CheckExact(object) && next.item_edge == graph::EdgeKind::SetItem))) {
    node_ = edge_.parent;
    owner_ = false;
    if (!start_object(object)) return false;
    if (stack_.size() > depth &&
        (stack_[depth].step == Step::Dict || stack_[depth].step == Step::Tuple || stack_[depth].step == Step::List)) {
      stack_[depth].item_edge = next.item_edge;
      stack_[depth].parts = next.parts;
    }
    return true;
  }
  const graph::NodeId node = observer_->enter(object, edge_, encoder_.position());
  node_ = node;
  owner_ = true;
  if (start_object(object)) {
    if (stack_.size() > depth)
      stack_[depth].owner = true;
    else
      observer_->leave(node, encoder_.position());
    return true;
  }
  unwind(depth);
  return failed(node, object);
}

// The object of `node` could not be saved: the observer decides what becomes of the walk.
bool Driver::failed(graph::NodeId node, PyObject* object) {
  if (observer_->fail(node, object, nested_) == Verdict::Raise) {
    observer_->leave(node, encoder_.position());
    return false;
  }
  hidden_ = false;  // the failure may have come from a part of the object that is not shown; the object is
  encoder_.put(pickle::Opcode::NONE);
  if (memo_.find(object) == Memo::kMissing) memoize(object, node);
  observer_->leave(node, encoder_.position());
  return true;
}

// A step of the topmost frame failed. The object that it belongs to is given up; true if the walk goes on.
bool Driver::recover(std::size_t base) {
  if (observer_ == nullptr) return false;
  std::size_t at = stack_.size();
  while (at > base && !stack_[at - 1].owner) --at;
  if (at == base) return false;
  const Ref object = Ref::borrow(stack_[at - 1].object);
  const graph::NodeId node = stack_[at - 1].node;
  const Ref exception = take_exception();
  unwind(at - 1);
  restore_exception(exception);
  return failed(node, object.get());
}

// Fails with the outermost object of an endless reduction on top of the stack, so that it is the one to be given up.
bool Driver::check_depth(std::size_t base) {
  depth_to_check_ = stack_.size() * 2;
  std::unordered_map<PyObject*, std::size_t> unfinished;
  std::size_t all = 0;
  PyObject* endless = nullptr;
  for (const Frame& frame : stack_) {
    if (frame.object == nullptr) continue;
    if (++unfinished[frame.object] > kMostOfOneObject) endless = frame.object;
    if (frame.step == Step::Reduce && frame.work->made && ++all > kMostReductions) endless = frame.object;
  }
  if (endless == nullptr) return true;
  const Ref object = Ref::borrow(endless);
  const bool many = all > kMostReductions;
  std::size_t first = base;
  while (first + 1 < stack_.size() &&
         !(many ? stack_[first].step == Step::Reduce && stack_[first].work->made : stack_[first].object == endless))
    ++first;
  unwind(first + 1);
  depth_to_check_ = kFirstDepth;
  PyErr_Format(PyExc_RecursionError, "the reduction of '%s' objects leads to others without end",
               Py_TYPE(object.get())->tp_name);
  return false;
}

bool Driver::start_object(PyObject* object) {
  if (!refresh()) return false;
  if (hooked_) {
    bool done = false;
    if (!start_hooked(object, done)) return false;
    if (done) return true;
  }
  PyTypeObject* const type = Py_TYPE(object);
  if (!hooked_) {
    if (type == &PyTuple_Type) return start_tuple(object);
    if (type == &PyList_Type) return start_list(object);
    if (type == &PyDict_Type) return start_reducer(object, reduce_module_dict);
  }
  const TypeInfo* const info = table_->find(type);
  if (info == nullptr) return false;
  const auto reported = [&](graph::Reduction how) {
    if (reporting()) observer_->reduced(node_, how, info->callable.get());
  };
  switch (info->action) {
    case Action::None:
    case Action::Bool:
    case Action::Int:
    case Action::Float:
    case Action::Str:
    case Action::Bytes: {
      std::uint32_t memo;
      bool hit;
      reported(graph::Reduction::Builtin);
      return write_leaf(object, &memo, &hit);
    }
    case Action::Tuple:
      return start_tuple(object);
    case Action::List:
      return start_list(object);
    case Action::Dict:
      return start_reducer(object, reduce_module_dict);
    case Action::Set:
      return start_set(object);
    case Action::FrozenSet:
      return start_frozenset(object);
    case Action::ByteArray:
      return start_bytearray(object);
    case Action::PickleBuffer:
      return start_picklebuffer(object);
    case Action::ByReducer:
      return start_reducer(object, info->reducer);
    case Action::Saver:
      reported(graph::Reduction::Saver);
      return call_saver(object, info->callable.get());
    case Action::Table: {
      reported(graph::Reduction::DispatchTable);
      Ref value = Ref::steal(PyObject_CallOneArg(info->callable.get(), object));
      return value && start_python_value(object, value, info->callable.get());
    }
    case Action::Instance:  // only from protocol 2 on, see TypeTable
      return info->slots.empty() ? start_instance(object) : start_by_reduce_ex(object);
    case Action::ReduceEx:
      return start_by_reduce_ex(object);
  }
  Py_UNREACHABLE();
}

// persistent_id, memo and reducer_override, in the order of pickle._Pickler.save, for picklers that define them.
bool Driver::start_hooked(PyObject* object, bool& done) {
  const bool use_persistent_id = std::exchange(use_persistent_id_, true);
  if (hooks_.persistent_id) {
    const Ref pid = Ref::steal(PyObject_CallOneArg(hooks_.persistent_id.get(), object));
    if (!pid) return false;
    if (pid.get() != Py_None && use_persistent_id) {
      done = true;
      if (reporting()) observer_->reduced(node_, graph::Reduction::PersistentId, hooks_.persistent_id.get());
      if (protocol == 0) return write_persistent_id_line(pid.get());
      if (!save_nested(pid.get(), graph::EdgeKind::PersistentId, false)) return false;
      encoder_.put(pickle::Opcode::BINPERSID);
      return true;
    }
  }
  const std::uint32_t memo = memo_.find(object);
  if (memo != Memo::kMissing) {
    done = true;
    put_get(memo);
    return true;
  }
  if (!hooks_.reducer_override) return true;
  Ref value = Ref::steal(PyObject_CallOneArg(hooks_.reducer_override.get(), object));
  if (!value) return false;
  if (value.get() == Py_NotImplemented) return true;
  done = true;
  if (reporting()) observer_->reduced(node_, graph::Reduction::ReducerOverride, hooks_.reducer_override.get());
  return start_python_value(object, value, hooks_.reducer_override.get());
}

// A function of Pickler.dispatch that is not ours: it writes by itself, through a Handle.
bool Driver::call_saver(PyObject* object, PyObject* saver) {
  if (pickler() == nullptr && PyErr_Occurred()) return false;
  if (hooks_.pickler == nullptr) {
    PyErr_Format(PyExc_TypeError, "the saver %R needs a pickler, but this dump has none", saver);
    return false;
  }
  ++nested_;  // a save that the saver calls is nested even if nothing is on the stack
  const graph::NodeId node = node_;
  const Ref result = Ref::steal(PyObject_CallFunctionObjArgs(saver, hooks_.pickler, object, nullptr));
  node_ = node;
  --nested_;
  return static_cast<bool>(result);
}

Driver::Frame& Driver::push(Step step, PyObject* object) {
  Frame& frame = stack_.emplace_back();
  frame.step = step;
  frame.node = node_;
  frame.hidden = hidden_;
  Py_XINCREF(object);
  frame.object = object;
  return frame;
}

void Driver::release(Frame& frame) {
  Py_XDECREF(frame.extra);
  Py_XDECREF(frame.batch);
  Py_XDECREF(frame.copy);
  delete frame.work;
  Py_XDECREF(frame.object);
}

void Driver::pop() {
  Frame frame = stack_.back();
  stack_.pop_back();
  if (frame.owner && observer_ != nullptr) observer_->leave(frame.node, encoder_.position());
  release(frame);
}

// Drops frames after a failure. References are given back with no exception pending, since that may run user code.
void Driver::unwind(std::size_t to) {
  if (stack_.size() <= to) return;
  const bool pending = PyErr_Occurred() != nullptr;
  Ref exception = pending ? take_exception() : Ref();
  while (stack_.size() > to) {
    Frame frame = stack_.back();
    stack_.pop_back();
    if (frame.step == Step::Post && frame.phase == 0) end_construction(frame);
    if (frame.step == Step::Plain) plain_.abandon(static_cast<std::size_t>(frame.position));
    if (frame.owner && observer_ != nullptr && stack_.size() > to) observer_->leave(frame.node, encoder_.position());
    release(frame);
  }
  if (pending) restore_exception(std::move(exception));
}

void Driver::child(const Frame& frame, graph::EdgeKind kind, std::uint32_t index, PyObject* key) {
  if (observer_ == nullptr) return;
  hidden_ = frame.hidden;
  edge_ = Edge{frame.node, kind, index, key, nullptr};
}

void Driver::part(const Frame& frame, const PartShape& shape, std::uint32_t index,
                  const std::vector<PartShape>* parts) {
  if (observer_ == nullptr) return;
  hidden_ = frame.hidden || shape.show == PartShape::Show::Hidden;
  edge_ = Edge{frame.node, shape.edge, index, nullptr, shape.label};
  next_ = Next{shape.show, shape.item_edge, parts};
}

void Driver::memoize(PyObject* object, graph::NodeId node) {
  const std::uint32_t index = memo_.add(object);
  put_memoize(index);
  if (observer_ != nullptr && !hidden_) observer_->memoized(node, object, index);
}

}  // namespace dill::engine
