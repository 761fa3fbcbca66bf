#include "engine/plain_walk.h"

#include "engine/cpython/compact_int.h"
#include "engine/cpython/dict_keys.h"
#include "engine/cpython/instance_values.h"
#include "engine/cpython/set_entries.h"
#include "engine/gc_pause.h"
#include "engine/runtime.h"

namespace dill::engine {

using pickle::Opcode;

namespace {

constexpr Py_ssize_t kBatch = 1000;         // pickle._Pickler._BATCHSIZE
constexpr std::int64_t kPause = 2'000'000;  // items between two looks for Ctrl-C; each costs what was deferred
constexpr std::size_t kMostOfOneObject = 10'000;
constexpr Py_ssize_t kLargeText = 16 * 1024;  // may fill a frame, whose end a file may have to see

// Small copies without a call.
inline void copy_bytes(unsigned char* to, const char* from, std::size_t n) {
  if (n > 16) {
    std::memcpy(to, from, n);
  } else if (n >= 8) {
    std::uint64_t head, tail;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + n - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + n - 8, &tail, 8);
  } else if (n >= 4) {
    std::uint32_t head, tail;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + n - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + n - 4, &tail, 4);
  } else {
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<unsigned char>(from[i]);
  }
}

// Borrowed; null if it is not set.
inline PyObject* slot_value(PyObject* object, const Slot& slot) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + slot.offset);
}

// UTF-8 with surrogates passed through; returns the end. Room for four bytes a character.
template <class Character>
unsigned char* encode_utf8(const Character* text, Py_ssize_t length, unsigned char* to) {
  const auto put = [&](std::uint32_t byte) { *to++ = static_cast<unsigned char>(byte); };
  for (Py_ssize_t i = 0; i < length; ++i) {
    const std::uint32_t c = text[i];
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | c >> 6);
      put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      put(0xE0 | c >> 12);
      put(0x80 | (c >> 6 & 0x3F));
      put(0x80 | (c & 0x3F));
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
      put(0x80 | (c >> 6 & 0x3F));
      put(0x80 | (c & 0x3F));
    }
  }
  return to;
}

// Writes a str or bytes of up to 255 bytes, and MEMOIZE.
inline void put_short(pickle::Encoder& encoder, Opcode op, const char* data, std::size_t n) {
  unsigned char* const to = encoder.room(n + 3);
  to[0] = static_cast<unsigned char>(op);
  to[1] = static_cast<unsigned char>(n);
  copy_bytes(to + 2, data, n);
  to[n + 2] = static_cast<unsigned char>(Opcode::MEMOIZE);
  encoder.advance(n + 3);
}

}  // namespace

// ---- scalars ---------------------------------------------------------------------------------------------------------

inline bool PlainWalk::reference_if_known(PyObject* object, bool alone) {
  if (alone) return false;
  const std::uint32_t known = memo_.find(object);
  if (known == Memo::kMissing) return false;
  encoder_.put_get(known);
  return true;
}

// True if the object was a scalar that could be written here.
inline bool PlainWalk::leaf(PyObject* object, PyTypeObject* type) {
  if (type == &PyUnicode_Type) {
    if (PyUnicode_IS_COMPACT_ASCII(object)) {
      const Py_ssize_t length = PyUnicode_GET_LENGTH(object);
      if (length >= kLargeText && encoder_.has_sink()) return false;
      text(object);
      return true;
    }
    return wide_text(object);
  }
  if (type == &PyLong_Type) return number(object);
  if (type == &PyFloat_Type) {
    encoder_.put_float(PyFloat_AS_DOUBLE(object));
    return true;
  }
  if (object == Py_None) {
    encoder_.put(Opcode::NONE);
    return true;
  }
  if (type == &PyBool_Type) {
    encoder_.put(object == Py_True ? Opcode::NEWTRUE : Opcode::NEWFALSE);
    return true;
  }
  if (type == &PyBytes_Type) {
    const auto length = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
    if (length >= kLargeText && encoder_.has_sink()) return false;
    const bool alone = is_alone(object);
    if (reference_if_known(object, alone)) return true;
    if (length <= 0xFF) {
      put_short(encoder_, Opcode::SHORT_BINBYTES, PyBytes_AS_STRING(object), length);
    } else {
      encoder_.put_bytes({reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(object)), length});
      encoder_.put_memoize();
    }
    note(object, alone);
    return true;
  }
  return false;
}

inline void PlainWalk::text(PyObject* object) {
  const bool alone = is_alone(object);
  if (reference_if_known(object, alone)) return;
  const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
  const auto* const data = static_cast<const char*>(PyUnicode_DATA(object));
  if (length <= 0xFF) {
    put_short(encoder_, Opcode::SHORT_BINUNICODE, data, length);
  } else {
    encoder_.put_unicode({data, length});
    encoder_.put_memoize();
  }
  note(object, alone);
}

// False if it is too large to be encoded in place.
bool PlainWalk::wide_text(PyObject* object) {
  if (!PyUnicode_IS_READY(object) || PyUnicode_GET_LENGTH(object) >= kLargeText) return false;
  const bool alone = is_alone(object);
  if (reference_if_known(object, alone)) return true;
  const Py_ssize_t length = PyUnicode_GET_LENGTH(object);
  constexpr std::size_t kHeader = 5;
  unsigned char* const to = encoder_.room(kHeader + static_cast<std::size_t>(length) * 4);
  unsigned char* const begin = to + kHeader;
  unsigned char* end = begin;
  switch (PyUnicode_KIND(object)) {
    case PyUnicode_1BYTE_KIND:
      end = encode_utf8(PyUnicode_1BYTE_DATA(object), length, begin);
      break;
    case PyUnicode_2BYTE_KIND:
      end = encode_utf8(PyUnicode_2BYTE_DATA(object), length, begin);
      break;
    default:
      end = encode_utf8(PyUnicode_4BYTE_DATA(object), length, begin);
  }
  const auto size = static_cast<std::size_t>(end - begin);
  if (size <= 0xFF) {
    to[0] = static_cast<unsigned char>(Opcode::SHORT_BINUNICODE);
    to[1] = static_cast<unsigned char>(size);
    std::memmove(to + 2, begin, size);
    encoder_.advance(2 + size);
  } else {
    const auto count = static_cast<std::uint32_t>(size);
    to[0] = static_cast<unsigned char>(Opcode::BINUNICODE);
    std::memcpy(to + 1, &count, sizeof count);
    encoder_.advance(kHeader + size);
  }
  memoize(object, alone);
  return true;
}

inline bool PlainWalk::number(PyObject* object) {
  long value;
  if (!cpython::compact_int(object, value)) {
    int overflow;
    value = PyLong_AsLongAndOverflow(object, &overflow);
    if (overflow != 0) return false;
    if (value < -0x8000'0000L || value > 0x7FFF'FFFFL) {
      unsigned char digits[sizeof value];
      std::memcpy(digits, &value, sizeof value);
      std::size_t n = 4;
      for (; n < sizeof value; ++n) {
        const int shift = static_cast<int>(64 - 8 * n);
        if (static_cast<long>(static_cast<unsigned long>(value) << shift) >> shift == value) break;
      }
      encoder_.put_long({digits, n});
      return true;
    }
  }
  encoder_.put_int(static_cast<std::int32_t>(value));
  return true;
}

bool PlainWalk::memoize_temporary() {
  if (outermost_) {
    memo_.defer_temporary();
  } else {
    const Ref placeholder = Ref::steal(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type)));
    if (!placeholder) return false;
    memo_.add(placeholder.get());
  }
  encoder_.put_memoize();
  return true;
}

// ---- what is met -----------------------------------------------------------------------------------------------------

PlainWalk::Met PlainWalk::leave_to_others(PyObject* object) {
  foreign_ = Ref::borrow(object);
  return secure() ? Met::Foreign : Met::Failed;
}

inline PlainWalk::Met PlainWalk::meet(PyObject* object) {
  PyTypeObject* const type = Py_TYPE(object);
  if (!direct_) [[unlikely]]
    return leave_to_others(object);
  if (leaf(object, type)) return Met::Written;
  if (type == &PyTuple_Type) return meet_tuple(object);
  if (type == &PyDict_Type) {
    const bool alone = is_alone(object);
    if (reference_if_known(object, alone)) return Met::Written;
    return may_be_module_dict(object) ? leave_to_others(object) : begin_dict(object, alone, After::Nothing);
  }
  if (type == &PyList_Type) {
    const bool alone = is_alone(object);
    if (reference_if_known(object, alone)) return Met::Written;
    encoder_.put(Opcode::EMPTY_LIST);
    memoize(object, alone);
    if (PyList_GET_SIZE(object) == 0) return Met::Written;
    push(Kind::List, object);
    return Met::Pushed;
  }
  if (type == &PySet_Type && cpython::kSetEntries) {
    const bool alone = is_alone(object);
    if (reference_if_known(object, alone)) return Met::Written;
    encoder_.put(Opcode::EMPTY_SET);
    memoize(object, alone);
    if (PySet_GET_SIZE(object) == 0) return Met::Written;
    Frame& frame = push(Kind::Set, object);
    frame.todo = frame.length = PySet_GET_SIZE(object);
    return Met::Pushed;
  }
  const TypeInfo* const info = table_->peek(type);
  if (info != nullptr && info->action == Action::Instance && cpython::kInstanceAttributes) {
    if (reference_if_known(object, is_alone(object))) return Met::Written;
    return meet_instance(object, *info);
  }
  return leave_to_others(object);
}

PlainWalk::Met PlainWalk::meet_tuple(PyObject* tuple) {
  const Py_ssize_t length = PyTuple_GET_SIZE(tuple);
  if (length == 0) {
    encoder_.put(Opcode::EMPTY_TUPLE);
    return Met::Written;
  }
  const bool alone = is_alone(tuple);
  if (reference_if_known(tuple, alone)) return Met::Written;
  if (length > 3) encoder_.put(Opcode::MARK);
  Frame& frame = push(Kind::Tuple, tuple);
  frame.length = length;
  if (!alone) {
    frame.shared = true;
    count_shared(1);
  }
  until_pause_ -= length;
  return Met::Pushed;
}

PlainWalk::Met PlainWalk::begin_dict(PyObject* dict, bool alone, After after) {
  encoder_.put(Opcode::EMPTY_DICT);
  memoize(dict, alone);
  const Py_ssize_t size = PyDict_GET_SIZE(dict);
  if (size == 0) {
    if (after == After::Build) encoder_.put(Opcode::BUILD);
    return Met::Written;
  }
  Frame& frame = push(Kind::Dict, dict);
  frame.todo = frame.length = size;
  frame.after = after;
  return Met::Pushed;
}

// True if pickle._Pickler compares the dict with a module's and might find it equal, which runs code of others.
bool PlainWalk::may_be_module_dict(PyObject* dict) const {
  if (context_.session || !cpython::is_safe_to_search(dict)) return true;
  const Py_ssize_t size = PyDict_GET_SIZE(dict);
  if (size == 0) return false;  // equal to an empty __main__ only
  PyObject *key, *value;
  Py_ssize_t position = 0;
  if (!PyDict_Next(dict, &position, &key, &value) || may_equal_main(size, key)) return true;
  return PyDict_Contains(dict, runtime().names.name) != 0;
}

bool PlainWalk::may_equal_main(Py_ssize_t size, PyObject* first_key) const {
  PyObject* module = context_.main.get();
  if (!context_.is_dill_main) {
    PyObject* const modules = runtime().sys_modules.get();
    module = PyDict_CheckExact(modules) ? PyDict_GetItemWithError(modules, runtime().names.main) : nullptr;
  }
  if (module == nullptr || !PyModule_Check(module)) return true;
  PyObject* const main = PyModule_GetDict(module);
  if (PyDict_GET_SIZE(main) != size) return false;
  // A comparison looks for the first key in the other dict before it compares any value.
  return !(PyUnicode_CheckExact(first_key) && cpython::has_only_str_keys(main) && !PyDict_Contains(main, first_key));
}

// ---- instances -------------------------------------------------------------------------------------------------------

// True if an attribute of the instance itself hides one of the methods that were looked at on its class.
bool PlainWalk::hides_methods(PyObject* object, const TypeInfo& info) const {
  const auto is_special = [](PyObject* key) {
    if (!PyUnicode_CheckExact(key)) return true;
    if (PyUnicode_GET_LENGTH(key) < 2 || PyUnicode_READ_CHAR(key, 0) != '_' || PyUnicode_READ_CHAR(key, 1) != '_')
      return false;
    const Names& names = runtime().names;
    for (PyObject* name : {names.reduce_ex, names.reduce, names.getstate, names.getnewargs_ex, names.getnewargs,
                           names.class_, names.name})
      if (key == name || PyUnicode_Compare(key, name) == 0) return true;
    return false;
  };
  if (const cpython::InstanceValues values = cpython::instance_values(object)) {
    // Names are only ever added to what the instances share.
    if (info.plain_keys != values.shared_keys()) {
      info.plain_keys = values.shared_keys();
      info.plain_key_count = 0;
    }
    while (info.plain_key_count < values.shared_count()) {
      if (is_special(values.shared_key(info.plain_key_count))) return true;
      ++info.plain_key_count;
    }
    return false;
  }
  PyObject* const dict = cpython::existing_dict(object);
  if (dict == nullptr) return false;
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value))
    if (is_special(key)) return true;
  return false;
}

PlainWalk::Met PlainWalk::meet_instance(PyObject* object, const TypeInfo& info) {
#if PY_VERSION_HEX < 0x030A0000
  // Making a dict may collect garbage, which cannot be put off here.
  if (info.type->tp_dictoffset != 0 && cpython::existing_dict(object) == nullptr) return leave_to_others(object);
#endif
  if (hides_methods(object, info)) return leave_to_others(object);
  auto* const type = reinterpret_cast<PyObject*>(info.type);
  const std::uint32_t known = memo_.find(type);
  if (known == Memo::kMissing) {
    push(Kind::Class, object).info = &info;
    return leave_to_others(type);
  }
  encoder_.put_get(known);
  encoder_.next_object();
  encoder_.put(Opcode::EMPTY_TUPLE);
  encoder_.put(Opcode::NEWOBJ);
  memoize(object, is_alone(object));
  return begin_state(object, info);
}

// The class of the instance has been written by others.
PlainWalk::Met PlainWalk::step_class(std::size_t at) {
  const Ref object = Ref::borrow(frames_[at].object);
  const TypeInfo& info = *frames_[at].info;
  pop();
  encoder_.next_object();
  encoder_.put(Opcode::EMPTY_TUPLE);
  encoder_.put(Opcode::NEWOBJ);
  const std::uint32_t known = memo_.find(object.get());
  if (known != Memo::kMissing) {  // the class led to its instance
    encoder_.put(Opcode::POP);
    encoder_.put_get(known);
  } else {
    // Others ran: only the memo may be left to keep it alive.
    if (!memo_.pin()) return Met::Failed;
    memo_.add(object.get());
    encoder_.put_memoize();
  }
  return begin_state(object.get(), info);
}

// The dict that is the state, or part of it: null if there is none or the attributes are InstanceValues.
bool PlainWalk::find_dict(PyObject* object, const cpython::InstanceValues& values, PyObject*& dict) {
  dict = values ? nullptr : cpython::existing_dict(object);
#if PY_VERSION_HEX >= 0x030B0000
  const bool make =
      values && values.size() != 0 && (!outermost_ || context_.session || may_equal_main(values.size(), values.key(0)));
#else
  const bool make = dict == nullptr && Py_TYPE(object)->tp_dictoffset != 0;  // an empty one is written as well
#endif
  if (make) {
    const GcPause pause;
    const Ref made = Ref::steal(PyObject_GenericGetDict(object, nullptr));
    dict = made.get();  // the instance has it
    if (!made) return false;
  }
#if PY_VERSION_HEX >= 0x030B0000
  if (dict != nullptr && PyDict_GET_SIZE(dict) == 0) dict = nullptr;
#endif
  return true;
}

PlainWalk::Met PlainWalk::begin_state(PyObject* object, const TypeInfo& info) {
  bool slots = false;
  for (const Slot& slot : info.slots) slots = slots || slot_value(object, slot) != nullptr;
  const cpython::InstanceValues values = cpython::instance_values(object);
  PyObject* dict;
  if (!find_dict(object, values, dict)) return Met::Failed;
  const bool attributes = dict != nullptr || values.size() != 0;
  if (!attributes && !slots) return Met::Written;
  encoder_.next_object();
  if (!slots) return begin_attributes(object, info, dict, After::Build);
  push(Kind::Pair, object).info = &info;
  encoder_.next_object();
  if (attributes) return begin_attributes(object, info, dict, After::Nothing);
  encoder_.put(Opcode::NONE);
  return Met::Pushed;
}

// `dict` null: the attributes are the InstanceValues.
PlainWalk::Met PlainWalk::begin_attributes(PyObject* object, const TypeInfo& info, PyObject* dict, After after) {
  if (dict != nullptr) {
    const bool alone = is_alone(dict);
    if (reference_if_known(dict, alone)) {
      if (after == After::Build) encoder_.put(Opcode::BUILD);
      return after == After::Build ? Met::Written : Met::Pushed;
    }
    if (may_be_module_dict(dict)) {
      if (after == After::Build) push(Kind::Build, object);
      return leave_to_others(dict);
    }
    const Met met = begin_dict(dict, alone, after);
    return after == After::Build ? met : Met::Pushed;
  }
  encoder_.put(Opcode::EMPTY_DICT);
  memo_.defer_dict_of(object);
  encoder_.put_memoize();
  Frame& frame = push(Kind::Values, object);
  frame.info = &info;
  frame.todo = frame.length = cpython::instance_values(object).size();
  frame.after = after;
  return Met::Pushed;
}

PlainWalk::Met PlainWalk::step_pair(std::size_t at) {
  encoder_.next_object();
  encoder_.put(Opcode::EMPTY_DICT);
  if (!memoize_temporary()) return Met::Failed;
  Frame& frame = frames_[at];
  frame.kind = Kind::Slots;
  frame.after = After::PairAndBuild;
  for (const Slot& slot : frame.info->slots) frame.todo += slot_value(frame.object, slot) != nullptr;
  frame.length = frame.todo;
  if (at < owned_ && !secure_frame(frame)) return Met::Failed;
  return Met::Pushed;
}

// ---- steps -----------------------------------------------------------------------------------------------------------

PlainWalk::Outcome PlainWalk::walk(std::size_t base, bool outermost, bool direct) {
  outermost_ = outermost;
  direct_ = direct;
  count_shared(0);
  if (until_pause_ <= 0) until_pause_ = kPause;
  while (frames_.size() > base) {
    if ((until_pause_ <= 0 || encoder_.is_full()) && frames_.back().kind != Kind::Root) [[unlikely]]
      return secure() ? Outcome::Pause : Outcome::Failed;
    if (frames_.size() >= depth_to_check_ && !check_depth()) return Outcome::Failed;
    switch (step(frames_.size() - 1)) {
      case Met::Written:
      case Met::Pushed:
        break;
      case Met::Foreign:
        return Outcome::Foreign;
      case Met::Failed:
        return Outcome::Failed;
    }
  }
  return Outcome::Done;
}

// One frame's next items: until something is pushed, a batch ends, or a frame of the pickle does.
PlainWalk::Met PlainWalk::step(std::size_t at) {
  switch (frames_[at].kind) {
    case Kind::Root: {
      PyObject* const object = frames_[at].object;
      pop();
      return meet(object);
    }
    case Kind::List:
      return step_list(at);
    case Kind::Tuple:
      return step_tuple(at);
    case Kind::Dict:
      return step_dict(at);
    case Kind::Set:
      return step_set(at);
    case Kind::Class:
      return step_class(at);
    case Kind::Values:
      return step_values(at);
    case Kind::Pair:
      return step_pair(at);
    case Kind::Slots:
      return step_slots(at);
    case Kind::Build:
      encoder_.put(Opcode::BUILD);
      pop();
      return Met::Written;
  }
  Py_UNREACHABLE();
}

inline PlainWalk::Batch PlainWalk::next_batch(std::size_t at, Opcode many, Opcode one) {
  Frame& frame = frames_[at];
  if (frame.batch != 0) {
    encoder_.put(frame.batch == 1 ? one : many);
    const bool last = frame.batch < kBatch;
    frame.batch = 0;
    if (last) frame.todo = 0;
  }
  if (frame.todo <= 0) {
    const After after = frame.after;
    pop();
    if (after == After::Build) {
      encoder_.put(Opcode::BUILD);
    } else if (after == After::PairAndBuild) {
      encoder_.put(Opcode::TUPLE2);
      if (!memoize_temporary()) return Batch::Failed;
      encoder_.put(Opcode::BUILD);
    }
    return Batch::None;
  }
  frame.left = frame.batch = static_cast<std::int32_t>(frame.todo < kBatch ? frame.todo : kBatch);
  frame.todo -= frame.batch;
  until_pause_ -= frame.batch;
  if (frame.batch > 1 || many == one) encoder_.put(Opcode::MARK);
  return Batch::Begun;
}

PlainWalk::Met PlainWalk::step_list(std::size_t at) {
  Frame* frame = &frames_[at];
  if (frame->left == 0) {
    frame->todo = PyList_GET_SIZE(frame->object) - frame->position;
    const Batch batch = next_batch(at, Opcode::APPENDS, Opcode::APPEND);
    if (batch != Batch::Begun) return met_of(batch);
  }
  while (frame->left > 0) {
    if (encoder_.next_object()) [[unlikely]]
      return Met::Written;
    const Py_ssize_t i = frame->position;
    if (i >= PyList_GET_SIZE(frame->object)) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size while it was pickled");
      return Met::Failed;
    }
    ++frame->position;
    --frame->left;
    const Met met = meet(PyList_GET_ITEM(frame->object, i));
    if (met != Met::Written) return met;
  }
  return Met::Written;
}

PlainWalk::Met PlainWalk::step_tuple(std::size_t at) {
  Frame* const frame = &frames_[at];
  while (frame->position < frame->length) {
    if (encoder_.next_object()) [[unlikely]]
      return Met::Written;
    const Met met = meet(PyTuple_GET_ITEM(frame->object, frame->position++));
    if (met != Met::Written) return met;
  }
  return finish_tuple(at);
}

PlainWalk::Met PlainWalk::finish_tuple(std::size_t at) {
  Frame& frame = frames_[at];
  PyObject* const tuple = frame.object;
  const Py_ssize_t length = frame.length;
  const std::uint32_t known = frame.shared ? memo_.find(tuple) : Memo::kMissing;
  if (known != Memo::kMissing) {  // a recursive tuple: it was written below itself
    if (length <= 3)
      for (Py_ssize_t i = 0; i < length; ++i) encoder_.put(Opcode::POP);
    else
      encoder_.put(Opcode::POP_MARK);
    encoder_.put_get(known);
    pop();
    return Met::Written;
  }
  static constexpr Opcode kTuple[] = {Opcode::TUPLE, Opcode::TUPLE1, Opcode::TUPLE2, Opcode::TUPLE3};
  encoder_.put(kTuple[length <= 3 ? length : 0]);
  encoder_.put_memoize();
  if (at < owned_) {  // others ran: only the memo may be left to keep it alive
    if (!memo_.pin()) return Met::Failed;
    memo_.add(tuple);
  } else {
    note(tuple, !frame.shared);
  }
  pop();
  return Met::Written;
}

PlainWalk::Met PlainWalk::step_set(std::size_t at) {
  Frame* const frame = &frames_[at];
  if (frame->left == 0) {
    const Batch batch = next_batch(at, Opcode::ADDITEMS, Opcode::ADDITEMS);
    if (batch != Batch::Begun) return met_of(batch);
  }
  while (frame->left > 0) {
    if (encoder_.next_object()) [[unlikely]]
      return Met::Written;
    PyObject* const item = PySet_GET_SIZE(frame->object) == frame->length
                               ? cpython::next_set_entry(frame->object, frame->position)
                               : nullptr;
    if (item == nullptr) {
      PyErr_SetString(PyExc_RuntimeError, "Set changed size during iteration");
      return Met::Failed;
    }
    --frame->left;
    const Met met = meet(item);
    if (met != Met::Written) return met;
  }
  return Met::Written;
}

// The value whose key is written. After others ran nothing but the frame may hold it, so that they write it.
PlainWalk::Met PlainWalk::write_pending(std::size_t at) {
  Frame& frame = frames_[at];
  if (at < owned_) {
    const Ref value = Ref::steal(std::exchange(frame.pending, nullptr));
    return leave_to_others(value.get());
  }
  return meet(std::exchange(frame.pending, nullptr));
}

inline void PlainWalk::set_pending(std::size_t at, PyObject* value) {
  if (at < owned_) Py_INCREF(value);
  frames_[at].pending = value;
}

inline PlainWalk::Met PlainWalk::write_pair(std::size_t at, PyObject* key, PyObject* value) {
  Frame& frame = frames_[at];
  --frame.left;
  if (direct_ && leaf(key, Py_TYPE(key))) {
    if (!encoder_.next_object()) return meet(value);
    set_pending(at, value);
    return Met::Pushed;
  }
  set_pending(at, value);
  const Met met = meet(key);
  return met == Met::Written ? Met::Pushed : met;
}

PlainWalk::Met PlainWalk::step_dict(std::size_t at) {
  Frame* const frame = &frames_[at];
  if (frame->pending != nullptr) {
    encoder_.next_object();
    return write_pending(at);
  }
  if (frame->left == 0) {
    const Batch batch = next_batch(at, Opcode::SETITEMS, Opcode::SETITEM);
    if (batch != Batch::Begun) return met_of(batch);
  }
  while (frame->left > 0) {
    if (encoder_.next_object()) [[unlikely]]
      return Met::Written;
    PyObject *key, *value;
    if (PyDict_GET_SIZE(frame->object) != frame->length ||
        !PyDict_Next(frame->object, &frame->position, &key, &value)) {
      PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
      return Met::Failed;
    }
    const Met met = write_pair(at, key, value);
    if (met != Met::Written) return met;
  }
  return Met::Written;
}

PlainWalk::Met PlainWalk::step_values(std::size_t at) {
  Frame* const frame = &frames_[at];
  if (frame->pending != nullptr) {
    encoder_.next_object();
    return write_pending(at);
  }
  if (frame->left == 0) {
    const Batch batch = next_batch(at, Opcode::SETITEMS, Opcode::SETITEM);
    if (batch != Batch::Begun) return met_of(batch);
  }
  const cpython::InstanceValues values = cpython::instance_values(frame->object);
  while (frame->left > 0) {
    if (encoder_.next_object()) [[unlikely]]
      return Met::Written;
    const Py_ssize_t i = frame->position++;
    const Met met = write_pair(at, values.key(i), values.value(i));
    if (met != Met::Written) return met;
  }
  return Met::Written;
}

PlainWalk::Met PlainWalk::step_slots(std::size_t at) {
  Frame* const frame = &frames_[at];
  if (frame->pending != nullptr) {
    encoder_.next_object();
    return write_pending(at);
  }
  if (frame->left == 0) {
    const Batch batch = next_batch(at, Opcode::SETITEMS, Opcode::SETITEM);
    if (batch != Batch::Begun) return met_of(batch);
  }
  while (frame->left > 0) {
    if (encoder_.next_object()) [[unlikely]]
      return Met::Written;
    const Slot& slot = frame->info->slots[static_cast<std::size_t>(frame->position++)];
    PyObject* const value = slot_value(frame->object, slot);
    if (value == nullptr) continue;
    const Met met = write_pair(at, slot.name.get(), value);
    if (met != Met::Written) return met;
  }
  return Met::Written;
}

// ---- frames ----------------------------------------------------------------------------------------------------------

inline void PlainWalk::pop() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  if (frame.shared) count_shared(-1);
  if (frames_.size() < owned_) [[unlikely]] {
    owned_ = frames_.size();
    Py_XDECREF(frame.pending);
    Py_DECREF(frame.object);
  }
}

void PlainWalk::abandon(std::size_t base) {
  while (frames_.size() > base) pop();
}

// Others may take objects out of the memo again and again, so that the walk goes round in circles.
bool PlainWalk::check_depth() {
  depth_to_check_ = frames_.size() * 2;
  if (owned_ == 0) return true;  // no others yet
  std::unordered_map<PyObject*, std::size_t> unfinished;
  for (const Frame& frame : frames_) {
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
  if (frame.kind == Kind::Tuple && !frame.shared) {
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
  return true;
}

}  // namespace dill::engine
