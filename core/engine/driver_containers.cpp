// list, tuple, dict, set, frozenset, and the item batches of reduce values.
//
// Batches follow pickle._Pickler, not the C pickler: a last batch of one item is written with APPEND or SETITEM.
#include "engine/driver.h"
#include "engine/runtime.h"

namespace dill::engine {
namespace {

using graph::EdgeKind;
using pickle::Opcode;

std::uint32_t index_of(Py_ssize_t position) { return static_cast<std::uint32_t>(position); }

bool is_leaf(PyObject* object) {
  PyTypeObject* const type = Py_TYPE(object);
  return type == &PyUnicode_Type || type == &PyLong_Type || type == &PyFloat_Type || type == &PyBytes_Type ||
         type == &PyBool_Type || object == Py_None;
}

// The next items of an iterator, at most `limit`, as a list; null with an exception.
Ref take_batch(PyObject* iterator, Py_ssize_t limit) {
  Ref batch = Ref::steal(PyList_New(0));
  while (batch && PyList_GET_SIZE(batch.get()) < limit) {
    const Ref item = Ref::steal(PyIter_Next(iterator));
    if (!item) return PyErr_Occurred() ? Ref() : batch;
    if (PyList_Append(batch.get(), item.get()) < 0) return {};
  }
  return batch;
}

}  // namespace

bool Driver::start_tuple(PyObject* object) {
  const Py_ssize_t length = PyTuple_GET_SIZE(object);
  if (length == 0) {
    put_empty(Opcode::EMPTY_TUPLE, Opcode::TUPLE);
    return true;
  }
  if (is_marked(length)) encoder_.put(Opcode::MARK);
  push(Step::Tuple, object).length = length;
  return true;
}

bool Driver::step_tuple(std::size_t at) {
  for (;;) {
    const Frame& frame = stack_[at];
    if (frame.position == frame.length) break;
    const Py_ssize_t i = stack_[at].position++;
    if (observer_ != nullptr) {
      if (frame.parts != nullptr && static_cast<std::size_t>(i) < frame.parts->size())
        part(frame, (*frame.parts)[i], index_of(i));
      else
        child(frame, frame.item_edge, index_of(i));
    }
    if (!start(PyTuple_GET_ITEM(frame.object, i))) return false;
    if (stack_.size() != at + 1) return true;
  }
  const Frame& frame = stack_[at];
  hidden_ = frame.hidden;
  const std::uint32_t known = memo_.find(frame.object);
  if (known != Memo::kMissing) {                    // a recursive tuple: it was written below itself
    if (protocol == 0 || !is_marked(frame.length))  // protocol 0 takes the mark away like an item
      for (Py_ssize_t i = is_marked(frame.length) ? -1 : 0; i < frame.length; ++i) encoder_.put(Opcode::POP);
    else
      encoder_.put(Opcode::POP_MARK);
    put_get(known);
  } else {
    static constexpr Opcode kTuple[] = {Opcode::TUPLE, Opcode::TUPLE1, Opcode::TUPLE2, Opcode::TUPLE3};
    encoder_.put(kTuple[is_marked(frame.length) ? 0 : frame.length]);
    memoize(frame.object, frame.node);
  }
  pop();
  return true;
}

bool Driver::start_list(PyObject* object) {
  put_empty(Opcode::EMPTY_LIST, Opcode::LIST);
  memoize(object, node_);
  if (PyList_GET_SIZE(object) != 0) push(Step::List, object);
  return true;
}

// True if saving the object may run code of others, which may change what holds it.
bool Driver::may_run_others(PyObject* object) const { return hooked_ || !is_leaf(object); }

// pickle._Pickler reads the items of a batch before it saves the first: what is changed meanwhile does not count. A last
// batch is read from a copy of the container; between two full ones the container itself is read.
bool Driver::step_list(std::size_t at) {
  const Py_ssize_t limit = batch_limit();
  for (;;) {
    Frame& frame = stack_[at];
    if (frame.in_batch == 0) {
      if (frame.batch_size != 0) encoder_.put(frame.batch_size == 1 ? Opcode::APPEND : Opcode::APPENDS);
      const Py_ssize_t left = PyList_GET_SIZE(frame.items()) - frame.position;
      if (left <= 0 || (frame.batch_size != 0 && frame.batch_size < limit)) {
        pop();
        return true;
      }
      frame.in_batch = frame.batch_size = left < limit ? left : limit;
      if (frame.batch_size > 1) encoder_.put(Opcode::MARK);
    }
    --frame.in_batch;
    const Py_ssize_t i = frame.position++;
    if (i >= PyList_GET_SIZE(frame.items())) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
      return false;
    }
    child(frame, frame.item_edge, index_of(i));
    const Ref item = Ref::borrow(PyList_GET_ITEM(frame.items(), i));
    if (frame.copy == nullptr && frame.batch_size < limit && frame.in_batch > 0 && may_run_others(item.get())) {
      frame.copy = PyList_GetSlice(frame.object, 0, PyList_GET_SIZE(frame.object));
      if (frame.copy == nullptr) return false;
    }
    if (!start(item.get())) return false;
    if (stack_.size() != at + 1) return true;
  }
}

bool Driver::start_dict(PyObject* object) {
  put_empty(Opcode::EMPTY_DICT, Opcode::DICT);
  memoize(object, node_);
  if (PyDict_GET_SIZE(object) == 0) return true;
  Frame& frame = push(Step::Dict, object);
  frame.length = PyDict_GET_SIZE(object);
  frame.item_edge = EdgeKind::DictValue;
  return true;
}

// `position` is PyDict_Next's; `phase` 1 means that the key is written and the value waits in `extra`. `written` counts
// the entries so far, for the index of the edge.
bool Driver::step_dict(std::size_t at) {
  const Py_ssize_t limit = batch_limit();
  for (;;) {
    Frame& frame = stack_[at];
    if (frame.phase == 0) {
      const bool reads_on = frame.in_batch > 0 || frame.batch_size == 0 || frame.batch_size == limit;
      if (reads_on && PyDict_GET_SIZE(frame.items()) != frame.length) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        return false;
      }
      if (frame.in_batch == 0) {
        if (frame.batch_size != 0) encoder_.put(frame.batch_size == 1 ? Opcode::SETITEM : Opcode::SETITEMS);
        const Py_ssize_t left = frame.length - frame.written;
        if (left == 0) {
          pop();
          return true;
        }
        frame.in_batch = frame.batch_size = left < limit ? left : limit;
        if (frame.batch_size > 1) encoder_.put(Opcode::MARK);
      }
      PyObject *key, *value;
      if (!PyDict_Next(frame.items(), &frame.position, &key, &value)) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        return false;
      }
      --frame.in_batch;
      frame.phase = 1;
      if (frame.copy == nullptr && frame.batch_size < limit && frame.in_batch > 0 && PyDict_CheckExact(frame.object) &&
          (may_run_others(key) || may_run_others(value))) {
        frame.copy = PyDict_Copy(frame.object);
        if (frame.copy == nullptr) return false;
        frame.position = 0;
        for (Py_ssize_t read = 0; read <= frame.written; ++read)
          if (!PyDict_Next(frame.copy, &frame.position, &key, &value)) break;
      }
      Py_INCREF(value);
      Py_INCREF(key);
      Py_XSETREF(frame.extra, value);
      Py_XSETREF(stack_[at].batch, key);
      if (observer_ != nullptr) {
        child(stack_[at], EdgeKind::DictKey, index_of(stack_[at].written));
        // A scalar key is the label of its value's edge, and so no node.
        hidden_ = hidden_ || is_leaf(key) || stack_[at].item_edge != EdgeKind::DictValue;
      }
      if (!start(key)) return false;
      if (stack_.size() != at + 1) return true;
    }
    Frame& again = stack_[at];
    again.phase = 0;
    const Py_ssize_t i = again.written++;
    if (observer_ != nullptr) {
      const EdgeKind kind =
          again.item_edge == EdgeKind::StateItem ? state_edge(at, again.batch, again.extra) : again.item_edge;
      child(again, kind, index_of(i), again.batch);
    }
    if (!start(again.extra)) return false;
    if (stack_.size() != at + 1) return true;
  }
}

bool Driver::start_set(PyObject* object) {
  if (protocol < 4) return start_set_by_call(object);
  encoder_.put(Opcode::EMPTY_SET);
  memoize(object, node_);
  if (PySet_GET_SIZE(object) == 0) return true;
  const Ref iterator = Ref::steal(PyObject_GetIter(object));
  if (!iterator) return false;
  Frame& frame = push(Step::Set, object);
  frame.extra = Ref(iterator).release();
  frame.item_edge = EdgeKind::SetItem;
  return true;
}

// Sees to it that the frame has a batch with an item left, from the iterator in `extra`; `ended` says that there is none
// and that the frame is gone. A batch of one item is written with `one` and without MARK, unless both are the same.
bool Driver::next_batch(std::size_t at, Opcode many, Opcode one, bool& ended) {
  ended = false;
  const auto marked = [&](Py_ssize_t size) { return size > 1 || many == one; };
  if (PyObject* const batch = stack_[at].batch; batch != nullptr) {
    const Py_ssize_t size = PyList_GET_SIZE(batch);
    if (stack_[at].batch_size < size) return true;
    encoder_.put(marked(size) ? many : one);
    stack_[at].batch = nullptr;
    ended = size < batch_limit();
    if (ended) pop();
    Py_DECREF(batch);
    if (ended) return true;
  }
  Ref batch = take_batch(stack_[at].extra, batch_limit());
  if (!batch) return false;
  const Py_ssize_t size = PyList_GET_SIZE(batch.get());
  if (size == 0) {
    ended = true;
    pop();
    return true;
  }
  stack_[at].batch = batch.release();
  stack_[at].batch_size = 0;
  if (marked(size)) encoder_.put(Opcode::MARK);
  return true;
}

bool Driver::step_batches(std::size_t at, Opcode many, Opcode one) {
  for (;;) {
    bool ended;
    if (!next_batch(at, many, one, ended)) return false;
    if (ended) return true;
    Frame& frame = stack_[at];
    PyObject* item = PyList_GET_ITEM(frame.batch, frame.batch_size++);
    child(frame, frame.item_edge, index_of(frame.position++));
    if (!start(item)) return false;
    if (stack_.size() != at + 1) return true;
  }
}

bool Driver::start_frozenset(PyObject* object) {
  if (protocol < 4) return start_set_by_call(object);
  const Ref iterator = Ref::steal(PyObject_GetIter(object));
  if (!iterator) return false;
  encoder_.put(Opcode::MARK);
  Frame& frame = push(Step::FrozenSet, object);
  frame.extra = Ref(iterator).release();
  frame.item_edge = EdgeKind::SetItem;
  return true;
}

bool Driver::step_frozenset(std::size_t at) {
  for (;;) {
    Frame& frame = stack_[at];
    const Ref item = Ref::steal(PyIter_Next(frame.extra));
    if (!item) {
      if (PyErr_Occurred()) return false;
      break;
    }
    child(frame, frame.item_edge, index_of(frame.position++));
    if (!start(item.get())) return false;
    if (stack_.size() != at + 1) return true;
  }
  const Frame& frame = stack_[at];
  hidden_ = frame.hidden;
  const std::uint32_t known = memo_.find(frame.object);
  if (known != Memo::kMissing) {
    encoder_.put(Opcode::POP_MARK);
    put_get(known);
  } else {
    encoder_.put(Opcode::FROZENSET);
    memoize(frame.object, frame.node);
  }
  pop();
  return true;
}

// The dict items of a reduce value: `extra` is an iterator of pairs.
bool Driver::step_dict_items(std::size_t at) {
  for (;;) {
    bool ended;
    if (!next_batch(at, Opcode::SETITEMS, Opcode::SETITEM, ended)) return false;
    if (ended) return true;
    Frame& frame = stack_[at];
    PyObject* pair = PyList_GET_ITEM(frame.batch, frame.batch_size);
    if (!PyTuple_Check(pair)) {  // any two items will do
      PyObject* const batch = frame.batch;
      const Py_ssize_t i = frame.batch_size;
      pair = PySequence_Tuple(pair);
      if (pair == nullptr || PyList_SetItem(batch, i, pair) < 0) return false;
    }
    if (PyTuple_GET_SIZE(pair) != 2) {
      PyErr_Format(PyExc_ValueError, "dict items iterator must return pairs, not %zd values", PyTuple_GET_SIZE(pair));
      return false;
    }
    PyObject* key = PyTuple_GET_ITEM(pair, 0);
    const auto index = index_of(stack_[at].position);
    if (stack_[at].phase == 0) {
      stack_[at].phase = 1;
      child(stack_[at], EdgeKind::DictKey, index);
      hidden_ = hidden_ || is_leaf(key);
      if (!start(key)) return false;
      if (stack_.size() != at + 1) return true;
    }
    Frame& again = stack_[at];
    again.phase = 0;
    ++again.batch_size;
    ++again.position;
    child(again, again.item_edge, index, key);
    if (!start(PyTuple_GET_ITEM(pair, 1))) return false;
    if (stack_.size() != at + 1) return true;
  }
}

}  // namespace dill::engine
