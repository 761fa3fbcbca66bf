// How the frames of a plain walk go on: the items of containers, in the batches of pickle._Pickler.
#include "engine/cpython/dict_entries.h"
#include "engine/cpython/set_entries.h"
#include "engine/plain_out.h"

namespace dill::engine {

using pickle::Opcode;

namespace {

constexpr std::int32_t kAhead = 12;  // items of a list that are fetched before they are needed

}  // namespace

// Ends a batch and begins the next. Calls next_object(), since a MARK may follow many unchecked opcodes.
[[gnu::always_inline]] inline bool PlainWalk::batch(Frame& frame, Opcode many, Opcode one, Next& next) {
  if (frame.batch != 0) {
    put(frame.batch == 1 ? one : many);
    if (frame.batch < kBatch) frame.todo = 0;
    frame.batch = 0;
  }
  if (frame.todo <= 0) {
    next = Next::Done;
    if (frame.after == After::Build) {
      put(Opcode::BUILD);
    } else if (frame.after == After::Call) {
      const bool owned = !frames_.empty() && &frame == &frames_.back() && frames_.size() <= owned_;
      if (std::exchange(frame.shared, false)) count_shared(-1);
      put(Opcode::TUPLE1);
      if (!memoize_temporary()) next = Next::Failed;
      put(Opcode::REDUCE);
      if (!memoize_new(frame.object, owned)) next = Next::Failed;
    } else if (frame.after == After::PairAndBuild) {
      put(Opcode::TUPLE2);
      if (!memoize_temporary()) next = Next::Failed;
      put(Opcode::BUILD);
    }
    return false;
  }
  if (until_pause_ <= 0) {
    next = Next::Again;
    return false;
  }
  frame.left = frame.batch = static_cast<std::int32_t>(frame.todo < kBatch ? frame.todo : kBatch);
  frame.todo -= frame.batch;
  until_pause_ -= frame.batch;
  if (frame.batch > 1 || many == one) put(Opcode::MARK);
  return true;
}

PlainWalk::Next PlainWalk::go_list(Frame& frame) {
  PyObject* const list = frame.items();
  for (;;) {
    if (frame.left == 0) {
      Next next;
      frame.todo = PyList_GET_SIZE(list) - frame.position;
      if (!batch(frame, Opcode::APPENDS, Opcode::APPEND, next)) return next;
    }
    if (PyList_GET_SIZE(list) - frame.position < frame.left) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
      return Next::Failed;
    }
    PyObject* const* const items = reinterpret_cast<PyListObject*>(list)->ob_item + frame.position;
    const std::int32_t count = frame.left;
    Out out(encoder_);
    for (std::int32_t i = 0; i < count; ++i) {
      const bool committed = out.next_object();
      if (i + kAhead < count) __builtin_prefetch(items[i + kAhead]);
      if (!committed && direct_ && leaf(items[i], out)) [[likely]]
        continue;
      out.store();
      frame.position += i + !committed;
      frame.left -= i + !committed;
      item_ = items[i];
      return committed ? Next::Again : Next::Item;
    }
    out.store();
    frame.position += count;
    frame.left = 0;
  }
}

PlainWalk::Next PlainWalk::go_tuple(Frame& frame, bool owned) {
  Out out(encoder_);
  while (frame.position < frame.length) {
    const bool committed = out.next_object();
    PyObject* const item = PyTuple_GET_ITEM(frame.object, frame.position);
    if (!committed) {
      ++frame.position;
      if (direct_ && leaf(item, out)) [[likely]]
        continue;
    }
    out.store();
    item_ = item;
    return committed ? Next::Again : Next::Item;
  }
  out.store();
  return finish_tuple(frame, owned) ? Next::Done : Next::Failed;
}

inline bool PlainWalk::finish_tuple(Frame& frame, bool owned) {
  PyObject* const tuple = frame.object;
  const Py_ssize_t length = frame.length;
  const bool shared = std::exchange(frame.shared, false);
  if (shared) {
    count_shared(-1);
    const std::uint32_t known = memo_.find(tuple);
    if (known != Memo::kMissing) {  // a recursive tuple: it was written below itself
      if (length <= 3)
        for (Py_ssize_t i = 0; i < length; ++i) put(Opcode::POP);
      else
        put(Opcode::POP_MARK);
      encoder_.put_get(known);
      return true;
    }
  }
  static constexpr Opcode kTuple[] = {Opcode::TUPLE, Opcode::TUPLE1, Opcode::TUPLE2, Opcode::TUPLE3};
  put(kTuple[length <= 3 ? length : 0]);
  if (owned) {  // others ran: only the memo may be left to keep it alive
    if (!memo_.pin()) return false;
    memo_.add(tuple);
  } else {
    note(tuple, !shared);
  }
  put(Opcode::MEMOIZE);
  return true;
}

PlainWalk::Next PlainWalk::go_named(Frame& frame, bool owned) {
  Out out(encoder_);
  while (frame.position < frame.length) {
    const bool committed = out.next_object();
    PyObject* const item = PyTuple_GET_ITEM(frame.object, frame.position);
    if (!committed) {
      ++frame.position;
      if (direct_ && leaf(item, out)) [[likely]]
        continue;
    }
    out.store();
    item_ = item;
    return committed ? Next::Again : Next::Item;
  }
  out.store();
  if (std::exchange(frame.shared, false)) count_shared(-1);
  static constexpr Opcode kTuple[] = {Opcode::EMPTY_TUPLE, Opcode::TUPLE1, Opcode::TUPLE2, Opcode::TUPLE3};
  put(frame.length <= 3 ? kTuple[frame.length] : Opcode::TUPLE);
  if (frame.length != 0 && !memoize_temporary()) return Next::Failed;
  put(Opcode::NEWOBJ);
  return memoize_new(frame.object, owned) ? Next::Done : Next::Failed;
}

PlainWalk::Next PlainWalk::go_set(Frame& frame) {
  for (;;) {
    if (frame.left == 0) {
      Next next;
      if (!batch(frame, Opcode::ADDITEMS, Opcode::ADDITEMS, next)) return next;
    }
    Out out(encoder_);
    while (frame.left > 0) {
      if (out.next_object()) [[unlikely]] {
        out.store();
        return Next::Again;
      }
      PyObject* const item = PySet_GET_SIZE(frame.object) == frame.length
                                 ? cpython::next_set_entry(frame.object, frame.position)
                                 : nullptr;
      if (item == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "Set changed size during iteration");
        return Next::Failed;
      }
      --frame.left;
      if (direct_ && leaf(item, out)) continue;
      out.store();
      item_ = item;
      return Next::Item;
    }
    out.store();
  }
}

// The value whose key is written. After others ran nothing but the frame may hold it, so that they write it.
PlainWalk::Next PlainWalk::go_pending(Frame& frame, bool owned) {
  encoder_.next_object();
  PyObject* const value = std::exchange(frame.pending, nullptr);
  if (owned) {
    const Ref held = Ref::steal(value);
    return leave_to_others(value) == Met::Foreign ? Next::Foreign : Next::Failed;
  }
  if (lone_leaf(value)) return Next::Again;
  item_ = value;
  return Next::Item;
}

[[gnu::always_inline]] inline bool PlainWalk::pair(Frame& frame, bool owned, PyObject* key, bool sole, PyObject* value,
                                                   Next& next, Out& out) {
  --frame.left;
  if (direct_ && leaf(key, out, sole)) [[likely]] {
    if (!out.next_object()) [[likely]] {
      if (leaf(value, out)) return true;
      out.store();
      item_ = value;
      next = Next::Item;
      return false;
    }
    next = Next::Again;
  } else {
    item_ = key;
    next = Next::Item;
  }
  out.store();
  if (owned) Py_INCREF(value);
  frame.pending = value;
  return false;
}

PlainWalk::Next PlainWalk::go_dict(Frame& frame, bool owned) {
  PyObject* const dict = frame.items();
  const cpython::DictEntries entries(dict);
  const bool sole = !cpython::shares_keys(dict);
  for (;;) {
    Next next;
    if (frame.left == 0 && !batch(frame, Opcode::SETITEMS, Opcode::SETITEM, next)) return next;
    if (PyDict_GET_SIZE(dict) != frame.length) break;
    Out out(encoder_);
    while (frame.left > 0) {
      if (out.next_object()) [[unlikely]] {
        out.store();
        return Next::Again;
      }
      PyObject *key, *value;
      if (!entries.next(frame.position, key, value)) break;
      if (!pair(frame, owned, key, sole, value, next, out)) return next;
    }
    out.store();
    if (frame.left > 0) break;
  }
  PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
  return Next::Failed;
}

PlainWalk::Next PlainWalk::go_values(Frame& frame, bool owned, const cpython::InstanceValues& values) {
  for (;;) {
    Next next;
    if (frame.left == 0 && !batch(frame, Opcode::SETITEMS, Opcode::SETITEM, next)) return next;
    Out out(encoder_);
    while (frame.left > 0) {
      if (out.next_object()) [[unlikely]] {
        out.store();
        return Next::Again;
      }
      const Py_ssize_t i = frame.position++;
      if (!pair(frame, owned, values.key(i), false, values.value(i), next, out)) return next;
    }
    out.store();
  }
}

PlainWalk::Next PlainWalk::go_slots(Frame& frame, bool owned) {
  for (;;) {
    Next next;
    if (frame.left == 0 && !batch(frame, Opcode::SETITEMS, Opcode::SETITEM, next)) return next;
    Out out(encoder_);
    while (frame.left > 0) {
      if (out.next_object()) [[unlikely]] {
        out.store();
        return Next::Again;
      }
      const Slot& slot = frame.info->slots[static_cast<std::size_t>(frame.position++)];
      PyObject* const value = slot_value(frame.object, slot);
      if (value != nullptr && !pair(frame, owned, slot.name.get(), false, value, next, out)) return next;
    }
    out.store();
  }
}

}  // namespace dill::engine
