#include "engine/plain_walk.h"

#include "engine/cpython/dict_entries.h"
#include "engine/gc_pause.h"
#include "engine/runtime.h"

namespace dill::engine {

using pickle::Opcode;

namespace {

constexpr std::int64_t kPause = 2'000'000;  // items between two looks for Ctrl-C; each costs what was deferred
constexpr std::size_t kMostOfOneObject = 10'000;

bool same_items(PyObject* container, PyObject* copy) {
  if (PyList_CheckExact(copy)) {
    if (PyList_GET_SIZE(container) != PyList_GET_SIZE(copy)) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copy); ++i)
      if (PyList_GET_ITEM(container, i) != PyList_GET_ITEM(copy, i)) return false;
    return true;
  }
  if (PyDict_GET_SIZE(container) != PyDict_GET_SIZE(copy)) return false;
  PyObject *key, *value, *copied_key, *copied_value;
  Py_ssize_t position = 0, copied_position = 0;
  while (PyDict_Next(copy, &copied_position, &copied_key, &copied_value))
    if (!PyDict_Next(container, &position, &key, &value) || key != copied_key || value != copied_value) return false;
  return true;
}

}  // namespace

PlainWalk::Met PlainWalk::leave_to_others(PyObject* object) {
  foreign_ = Ref::borrow(object);
  return secure() ? Met::Foreign : Met::Failed;
}

// `object` is no scalar that leaf() writes, and not in the memo.
PlainWalk::Met PlainWalk::meet(PyObject* object) {
  if (!direct_) [[unlikely]]
    return leave_to_others(object);
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyTuple_Type) return meet_tuple(object);
  if (type == &PyDict_Type) {
    const bool alone = is_alone(object);
    return may_be_module_dict(object) ? leave_to_others(object) : begin_dict(object, alone, After::Nothing);
  }
  if (type == &PyList_Type) {
    const bool alone = is_alone(object);
    put(Opcode::EMPTY_LIST);
    memoize(object, alone);
    if (PyList_GET_SIZE(object) == 0) return Met::Written;
    Frame frame;
    frame.kind = Kind::List;
    frame.object = object;
    return begin(frame, go_list(frame));
  }
  if (type == &PySet_Type && cpython::kSetEntries) {
    const bool alone = is_alone(object);
    put(Opcode::EMPTY_SET);
    memoize(object, alone);
    if (PySet_GET_SIZE(object) == 0) return Met::Written;
    Frame frame;
    frame.kind = Kind::Set;
    frame.object = object;
    frame.todo = frame.length = PySet_GET_SIZE(object);
    return begin(frame, go_set(frame));
  }
  const TypeInfo* const info = table_->peek(type);
  if (info != nullptr && info->action == Action::Instance && cpython::kInstanceAttributes) {
    return meet_instance(object, *info);
  }
  if (info != nullptr && info->native != Native::None) return meet_native(object, *info);
  return leave_to_others(object);
}

PlainWalk::Met PlainWalk::meet_tuple(PyObject* tuple) {
  const Py_ssize_t length = PyTuple_GET_SIZE(tuple);
  if (length == 0) {
    put(Opcode::EMPTY_TUPLE);
    return Met::Written;
  }
  const bool alone = is_alone(tuple);
  if (length > 3) put(Opcode::MARK);
  Frame frame;
  frame.kind = Kind::Tuple;
  frame.object = tuple;
  frame.length = length;
  if (!alone) {
    frame.shared = true;
    count_shared(1);
  }
  until_pause_ -= length;
  return begin(frame, go_tuple(frame, false));
}

PlainWalk::Met PlainWalk::begin_dict(PyObject* dict, bool alone, After after) {
  put(Opcode::EMPTY_DICT);
  memoize(dict, alone);
  const Py_ssize_t size = PyDict_GET_SIZE(dict);
  if (size == 0) {
    if (after == After::Build) put(Opcode::BUILD);
    return Met::Written;
  }
  Frame frame;
  frame.kind = Kind::Dict;
  frame.object = dict;
  frame.todo = frame.length = size;
  frame.after = after;
  return begin(frame, go_dict(frame, false));
}

// True if pickle._Pickler compares the dict with a module's and might find it equal, which runs code of others.
bool PlainWalk::may_be_module_dict(PyObject* dict) const {
  PyObject* const name = runtime().names.name;
  const Py_ssize_t size = PyDict_GET_SIZE(dict);
  if (context_.session || main_ == nullptr || !cpython::is_safe_to_search(dict)) return true;
  if (size == PyDict_GET_SIZE(main_)) {
    PyObject *key, *value;
    Py_ssize_t position = 0;
    if (!PyDict_Next(dict, &position, &key, &value) || may_equal_main(size, key)) return true;
  }
  return !cpython::surely_lacks(dict, name) && PyDict_Contains(dict, name) != 0;
}

bool PlainWalk::may_equal_main(Py_ssize_t size, PyObject* first_key) const {
  if (context_.session || main_ == nullptr) return true;
  if (PyDict_GET_SIZE(main_) != size) return false;
  // A comparison looks for the first key in the other dict before it compares any value.
  return !(PyUnicode_CheckExact(first_key) && cpython::has_only_str_keys(main_) && !PyDict_Contains(main_, first_key));
}

void PlainWalk::find_main() {
  PyObject* module = context_.main.get();
  if (!context_.is_dill_main) {
    PyObject* const modules = runtime().sys_modules.get();
    module = PyDict_CheckExact(modules) ? PyDict_GetItemWithError(modules, runtime().names.main) : nullptr;
  }
  main_ = module != nullptr && PyModule_Check(module) ? PyModule_GetDict(module) : nullptr;
}

PlainWalk::Outcome PlainWalk::walk(std::size_t base, bool outermost, bool direct) {
  outermost_ = outermost;
  direct_ = direct;
  count_shared(0);
  find_main();
  if (until_pause_ <= 0) until_pause_ = kPause;
  while (frames_.size() > base) {
    if (frames_.size() >= depth_to_check_ && !check_depth()) return Outcome::Failed;
    encoder_.make_room();  // many frames may end one after the other
    switch (go(frames_.size() - 1)) {
      case Next::Item: {
        Met met;
        do met = meet(item_);
        while (met == Met::Item);
        if (met == Met::Foreign) return Outcome::Foreign;
        if (met == Met::Failed) return Outcome::Failed;
        break;
      }
      case Next::Done:
        pop();
        break;
      case Next::Again:
        if (until_pause_ <= 0 || encoder_.is_full()) return secure() ? Outcome::Pause : Outcome::Failed;
        break;
      case Next::Foreign:
        return Outcome::Foreign;
      case Next::Failed:
        return Outcome::Failed;
    }
  }
  return Outcome::Done;
}

PlainWalk::Next PlainWalk::go(std::size_t at) {
  Frame& frame = frames_[at];
  const bool owned = at < owned_;
  switch (frame.kind) {
    case Kind::Root:
      item_ = frame.object;
      pop();
      return lone_leaf(item_) ? Next::Again : Next::Item;
    case Kind::List:
      return go_list(frame);
    case Kind::Tuple:
      return go_tuple(frame, owned);
    case Kind::Dict:
      return frame.pending != nullptr ? go_pending(frame, owned) : go_dict(frame, owned);
    case Kind::Set:
      return go_set(frame);
    case Kind::Class:
      return go_class(at);
    case Kind::Values:
      return frame.pending != nullptr ? go_pending(frame, owned)
                                      : go_values(frame, owned, cpython::instance_values(frame.object));
    case Kind::Pair:
      return go_pair(frame, owned);
    case Kind::Slots:
      return frame.pending != nullptr ? go_pending(frame, owned) : go_slots(frame, owned);
    case Kind::Build:
      encoder_.put(Opcode::BUILD);
      return Next::Done;
    case Kind::Named:
      return go_named(frame, owned);
  }
  Py_UNREACHABLE();
}

void PlainWalk::pop() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  if (frame.shared) count_shared(-1);
  if (frames_.size() < owned_) [[unlikely]] {
    owned_ = frames_.size();
    Py_XDECREF(frame.pending);
    if (frame.copy != nullptr) drop_copy(frame);
    Py_DECREF(frame.object);
  }
}

// What others took out of the container while its items were written may be kept alive by nothing but the copy.
void PlainWalk::drop_copy(const Frame& frame) {
  Ref copy = Ref::steal(frame.copy);
  if (same_items(frame.object, frame.copy)) return;
  try {
    kept_.push_back(std::move(copy));
  } catch (const std::bad_alloc&) {
    (void)copy.release();  // lost, which is better than to write references to what is gone
  }
}

void PlainWalk::abandon(std::size_t base) {
  while (frames_.size() > base) pop();
}

// Others may take objects out of the memo again and again, so that the walk goes round in circles; and a Counter that
// holds itself is met again before it is in the memo.
bool PlainWalk::check_depth() {
  depth_to_check_ = frames_.size() * 2;
  std::unordered_map<PyObject*, std::size_t> unfinished;
  for (const Frame& frame : frames_) {
    if (owned_ == 0 && frame.after != After::Call) continue;
    if (++unfinished[frame.object] <= kMostOfOneObject) continue;
    PyErr_Format(PyExc_RecursionError, "the reduction of '%s' objects leads to others without end",
                 Py_TYPE(frame.object)->tp_name);
    return false;
  }
  return true;
}

bool PlainWalk::secure() {
  for (std::size_t i = owned_; i < frames_.size(); ++i) {
    Py_INCREF(frames_[i].object);
    Py_XINCREF(frames_[i].pending);
  }
  const std::size_t begin = std::exchange(owned_, frames_.size());
  bool done = memo_.pin();
  for (std::size_t i = begin; i < frames_.size(); ++i) done = secure_frame(frames_[i]) && done;
  return done;
}

// What is read straight from an instance becomes a dict, which others may change but not take away.
bool PlainWalk::secure_frame(Frame& frame) {
  const GcPause pause;
  const bool unmemoized = frame.kind == Kind::Tuple || frame.kind == Kind::Named || frame.after == After::Call;
  if (unmemoized && !frame.shared) {
    frame.shared = true;
    count_shared(1);
  } else if (frame.kind == Kind::Values) {
    PyObject* const dict = PyObject_GenericGetDict(frame.object, nullptr);
    if (dict == nullptr) return false;
    Py_SETREF(frame.object, dict);  // the memo has the instance
    frame.kind = Kind::Dict;
  } else if (frame.kind == Kind::Slots) {
    const Ref dict = Ref::steal(PyDict_New());
    if (!dict) return false;
    Py_ssize_t written = 0;
    for (std::size_t i = 0; i < frame.info->slots.size(); ++i) {
      const Slot& slot = frame.info->slots[i];
      PyObject* const value = slot_value(frame.object, slot);
      if (value == nullptr) continue;
      if (PyDict_SetItem(dict.get(), slot.name.get(), value) < 0) return false;
      if (static_cast<Py_ssize_t>(i) < frame.position) ++written;
    }
    frame.length = PyDict_GET_SIZE(dict.get());
    frame.position = written;
    kept_.push_back(dict);
    Py_SETREF(frame.object, Ref(dict).release());
    frame.kind = Kind::Dict;
  }
  return copy_batch(frame);
}

// pickle._Pickler reads the items of a batch before it saves the first: what is changed meanwhile does not count. A last
// batch is read from a copy of the container; between two full ones the container itself is read.
bool PlainWalk::copy_batch(Frame& frame) {
  if (frame.left == 0 || frame.batch == kBatch) return true;
  if (frame.kind == Kind::List) {
    if (PyList_GET_SIZE(frame.object) != frame.position + frame.left) return true;
    frame.copy = PyList_GetSlice(frame.object, 0, PyList_GET_SIZE(frame.object));
    return frame.copy != nullptr;
  }
  if (frame.kind != Kind::Dict || !PyDict_CheckExact(frame.object) || PyDict_GET_SIZE(frame.object) != frame.length)
    return true;
  frame.copy = PyDict_Copy(frame.object);
  if (frame.copy == nullptr) return false;
  frame.position = 0;
  PyObject *key, *value;
  for (Py_ssize_t read = frame.length - frame.left; read > 0; --read)
    if (!PyDict_Next(frame.copy, &frame.position, &key, &value)) break;
  return true;
}

}  // namespace dill::engine
