// Objects of the standard library that the plain walk writes without asking them for their reduction.
#include "engine/cpython/dict_entries.h"
#include "engine/gc_pause.h"
#include "engine/plain_walk.h"
#include "engine/runtime.h"

#include <datetime.h>  // needs Python.h

namespace dill::engine {

using pickle::Opcode;

namespace {

// Borrowed by the object; null with an exception.
PyObject* default_factory(PyObject* dict) {
  const Ref factory = Ref::steal(PyObject_GetAttr(dict, runtime().names.default_factory));
  return factory.get();
}

// The order of an OrderedDict is usually that of the dict below it, but need not be.
bool is_in_dict_order(PyObject* ordered) {
  if (!cpython::is_safe_to_search(ordered)) return false;
  const GcPause pause;
  const Ref keys = Ref::steal(PySequence_List(ordered));
  if (!keys) {
    PyErr_Clear();
    return false;
  }
  PyObject *key, *value;
  Py_ssize_t position = 0, i = 0;
  while (PyDict_Next(ordered, &position, &key, &value))
    if (i == PyList_GET_SIZE(keys.get()) || PyList_GET_ITEM(keys.get(), i++) != key) return false;
  return i == PyList_GET_SIZE(keys.get());
}

}  // namespace

// True if something in its reduction is of others: a time zone, a default factory that was not met yet ...
bool PlainWalk::is_for_others(PyObject* object, const TypeInfo& info) {
  switch (info.native) {
    case Native::DateTime:
    case Native::Time:
      return reinterpret_cast<PyDateTime_DateTime*>(object)->hastzinfo;
    case Native::DefaultDict: {
      PyObject* const factory = default_factory(object);
      if (factory == nullptr) PyErr_Clear();
      return factory == nullptr || (factory != Py_None && memo_.find(factory) == Memo::kMissing);
    }
    case Native::OrderedDict: {
      PyObject* const attributes = cpython::existing_dict(object);
      return (attributes != nullptr && PyDict_GET_SIZE(attributes) != 0) || !is_in_dict_order(object);
    }
    case Native::Counter:
      return may_be_module_dict(object);
    case Native::Uuid: {
      PyObject* const number = slot_value(object, info.slots[0]);
      return number == nullptr || !PyLong_CheckExact(number) ||
             slot_value(object, info.slots[1]) != info.unknown_safety.get();
    }
    case Native::Path: {
      PyObject* const parts = slot_value(object, info.slots[0]);
      if (parts == nullptr || !PyList_CheckExact(parts)) return true;
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts); ++i) {
        PyObject* const part = PyList_GET_ITEM(parts, i);
        if (!PyUnicode_CheckExact(part) || PyUnicode_GET_LENGTH(part) > 4096) return true;
      }
      return false;
    }
    default:
      return false;
  }
}

PlainWalk::Met PlainWalk::meet_native(PyObject* object, const TypeInfo& info) {
  if (is_for_others(object, info)) return leave_to_others(object);
  auto* const type = reinterpret_cast<PyObject*>(info.type);
  const std::uint32_t known = memo_.find(type);
  if (known == Memo::kMissing) {
    // Others write the first one as a whole.
    return leave_to_others(object);
  }
  encoder_.put_get(known);
  return write_native(object, info);
}

// The class is written.
PlainWalk::Met PlainWalk::write_native(PyObject* object, const TypeInfo& info) {
  encoder_.next_object();
  switch (info.native) {
    case Native::NamedTuple:
      return write_named_tuple(object, info);
    case Native::OrderedDict:
      return write_items(object, nullptr);
    case Native::DefaultDict:
      return write_items(object, default_factory(object));
    case Native::Counter:
      return write_counter(object);
    case Native::Deque:
      return write_deque(object);
    case Native::Uuid:
      return write_uuid(object, info);
    case Native::Path:
      if (!write_path(object, info)) return Met::Failed;
      break;
    case Native::Decimal:
      if (!write_decimal(object)) return Met::Failed;
      break;
    default:
      if (!write_date(object, info.native)) return Met::Failed;
  }
  put(Opcode::REDUCE);
  memoize(object, is_alone(object));
  return Met::Written;
}

// A call without arguments or with the factory, then the items.
PlainWalk::Met PlainWalk::write_items(PyObject* object, PyObject* factory) {
  if (factory == nullptr || factory == Py_None) {
    put(Opcode::EMPTY_TUPLE);
  } else {
    encoder_.next_object();
    encoder_.put_get(memo_.find(factory));
    put(Opcode::TUPLE1);
    if (!memoize_temporary()) return Met::Failed;
  }
  put(Opcode::REDUCE);
  memoize(object, is_alone(object));
  const Py_ssize_t size = PyDict_GET_SIZE(object);
  if (size == 0) return Met::Written;
  Frame frame;
  frame.kind = Kind::Dict;
  frame.object = object;
  frame.todo = frame.length = size;
  return begin(frame, go_dict(frame, false));
}

// A call with a dict of the items.
PlainWalk::Met PlainWalk::write_counter(PyObject* object) {
  encoder_.next_object();
  put(Opcode::EMPTY_DICT);
  if (!memoize_temporary()) return Met::Failed;
  Frame frame;
  frame.kind = Kind::Dict;
  frame.object = object;
  frame.todo = frame.length = PyDict_GET_SIZE(object);
  frame.after = After::Call;
  if (!is_alone(object)) {
    frame.shared = true;
    count_shared(1);
  }
  return begin(frame, go_dict(frame, false));
}

// A call with the greatest length, if there is one; then the items, of a list of them that is kept.
PlainWalk::Met PlainWalk::write_deque(PyObject* object) {
  const GcPause pause;
  const Ref bound = Ref::steal(PyObject_GetAttr(object, runtime().names.maxlen));
  const Ref items = Ref::steal(PySequence_List(object));
  if (!bound || !items) return Met::Failed;
  if (bound.get() == Py_None) {
    put(Opcode::EMPTY_TUPLE);
  } else {
    encoder_.next_object();
    put(Opcode::EMPTY_TUPLE);
    encoder_.next_object();
    if (!lone_leaf(bound.get())) return Met::Failed;
    put(Opcode::TUPLE2);
    if (!memoize_temporary()) return Met::Failed;
  }
  put(Opcode::REDUCE);
  memoize(object, is_alone(object));
  if (PyList_GET_SIZE(items.get()) == 0) return Met::Written;
  Frame frame;
  frame.kind = Kind::List;
  frame.object = items.get();
  kept_.push_back(items);
  return begin(frame, go_list(frame));
}

// NEWOBJ, and a state with the number.
PlainWalk::Met PlainWalk::write_uuid(PyObject* object, const TypeInfo& info) {
  put(Opcode::EMPTY_TUPLE);
  put(Opcode::NEWOBJ);
  memoize(object, is_alone(object));
  encoder_.next_object();
  put(Opcode::EMPTY_DICT);
  if (!memoize_temporary()) return Met::Failed;
  encoder_.next_object();
  if (!lone_leaf(info.slots[0].name.get())) return Met::Failed;
  encoder_.next_object();
  if (!lone_leaf(slot_value(object, info.slots[0]))) return Met::Failed;
  put(Opcode::SETITEM);
  put(Opcode::BUILD);
  return Met::Written;
}

// The parts as arguments, the tuple's MEMOIZE included.
bool PlainWalk::write_path(PyObject* object, const TypeInfo& info) {
  PyObject* const parts = slot_value(object, info.slots[0]);
  const Py_ssize_t count = PyList_GET_SIZE(parts);
  if (count > 3) put(Opcode::MARK);
  for (Py_ssize_t i = 0; i < count; ++i) {
    encoder_.next_object();
    if (!lone_leaf(PyList_GET_ITEM(parts, i))) {
      if (!PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, "a path with a part that cannot be written");
      return false;
    }
  }
  static constexpr Opcode kTuple[] = {Opcode::EMPTY_TUPLE, Opcode::TUPLE1, Opcode::TUPLE2, Opcode::TUPLE3};
  put(count <= 3 ? kTuple[count] : Opcode::TUPLE);
  return count == 0 || memoize_temporary();
}

// The arguments.
bool PlainWalk::write_date(PyObject* object, Native native) {
  if (native == Native::TimeDelta) {
    for (const int number : {PyDateTime_DELTA_GET_DAYS(object), PyDateTime_DELTA_GET_SECONDS(object),
                             PyDateTime_DELTA_GET_MICROSECONDS(object)}) {
      encoder_.next_object();
      encoder_.put_int(number);
    }
    put(Opcode::TUPLE3);
    return memoize_temporary();
  }
  unsigned char data[_PyDateTime_DATETIME_DATASIZE];
  std::size_t size = 0;
  const auto take = [&](const unsigned char* from, std::size_t count) { std::memcpy(data, from, size = count); };
  if (native == Native::DateTime) {
    const auto* const moment = reinterpret_cast<PyDateTime_DateTime*>(object);
    take(moment->data, _PyDateTime_DATETIME_DATASIZE);
    if (moment->fold) data[2] |= 0x80;
  } else if (native == Native::Time) {
    const auto* const time = reinterpret_cast<PyDateTime_Time*>(object);
    take(time->data, _PyDateTime_TIME_DATASIZE);
    if (time->fold) data[0] |= 0x80;
  } else {
    take(reinterpret_cast<PyDateTime_Date*>(object)->data, _PyDateTime_DATE_DATASIZE);
  }
  encoder_.next_object();
  encoder_.put_bytes({data, size});
  if (!memoize_temporary()) return false;
  put(Opcode::TUPLE1);
  return memoize_temporary();
}

bool PlainWalk::write_decimal(PyObject* object) {
  const GcPause pause;  // the first use makes a context
  const Ref text = Ref::steal(Py_TYPE(object)->tp_str(object));
  if (!text) return false;
  Py_ssize_t size;
  const char* const utf8 = PyUnicode_AsUTF8AndSize(text.get(), &size);
  if (utf8 == nullptr) return false;
  encoder_.next_object();
  encoder_.put_unicode({utf8, static_cast<std::size_t>(size)});
  if (!memoize_temporary()) return false;
  put(Opcode::TUPLE1);
  return memoize_temporary();
}

PlainWalk::Met PlainWalk::write_named_tuple(PyObject* object, const TypeInfo& info) {
  const Py_ssize_t length = PyTuple_GET_SIZE(object);
  if (length > 3) put(Opcode::MARK);
  Frame frame;
  frame.kind = Kind::Named;
  frame.object = object;
  frame.info = &info;
  frame.length = length;
  if (!is_alone(object)) {
    frame.shared = true;
    count_shared(1);
  }
  until_pause_ -= length;
  return begin(frame, go_named(frame, false));
}

}  // namespace dill::engine
