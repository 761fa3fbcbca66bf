#include "engine/plain_walk.h"

#include "engine/cpython/compact_int.h"
#include "engine/cpython/dict_entries.h"
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
constexpr std::int32_t kAhead = 12;           // items of a list that are fetched before they are needed
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

std::shared_ptr<void> owner_of(PyObject* object) {
  Py_INCREF(object);
  return {object, [](void* of) { Py_DECREF(static_cast<PyObject*>(of)); }};
}

}  // namespace

// ---- scalars ---------------------------------------------------------------------------------------------------------

// Where opcodes are written, in registers: between two calls of things that write themselves.
struct PlainWalk::Out {
  explicit Out(pickle::Encoder& encoder) : encoder(encoder) { load(); }
  void load() {
    to = encoder.cursor();
    soft_limit = encoder.soft_limit();
  }
  void store() const { encoder.set_cursor(to); }
  // As Encoder::next_object.
  bool next_object() {
    if (to < soft_limit) [[likely]]
      return false;
    store();
    const bool committed = encoder.next_object();
    load();
    return committed;
  }
  void put(Opcode op) { *to++ = static_cast<unsigned char>(op); }
  void get(std::uint32_t index) {
    const bool near = index < 256;
    *to = static_cast<unsigned char>(near ? Opcode::BINGET : Opcode::LONG_BINGET);
    std::memcpy(to + 1, &index, sizeof index);
    to += near ? 2 : 5;
  }
  // A str or bytes of up to 255 bytes, and MEMOIZE.
  void counted(Opcode op, const char* data, std::size_t length) {
    to[0] = static_cast<unsigned char>(op);
    to[1] = static_cast<unsigned char>(length);
    copy_bytes(to + 2, data, length);
    to[length + 2] = static_cast<unsigned char>(Opcode::MEMOIZE);
    to += length + 3;
  }
  // An int of 32 bits: all three forms are the first bytes of the number.
  void integer(long value) {
    const auto digits = static_cast<std::int32_t>(value);
    const auto magnitude = static_cast<unsigned long>(value);
    const bool one = magnitude <= 0xFF;
    const bool two = magnitude <= 0xFFFF;
    *to = static_cast<unsigned char>(one ? Opcode::BININT1 : two ? Opcode::BININT2 : Opcode::BININT);
    std::memcpy(to + 1, &digits, sizeof digits);
    to += one ? 2 : two ? 3 : 5;
  }
  void real(double value) {
    const std::uint64_t bits = __builtin_bswap64(std::bit_cast<std::uint64_t>(value));
    *to = static_cast<unsigned char>(Opcode::BINFLOAT);
    std::memcpy(to + 1, &bits, 8);
    to += 9;
  }

  pickle::Encoder& encoder;
  unsigned char* to;
  unsigned char* soft_limit;
};

inline bool PlainWalk::reference_if_known(PyObject* object, bool alone) {
  if (alone) return false;
  const std::uint32_t known = memo_.find(object);
  if (known == Memo::kMissing) return false;
  encoder_.put_get(known);
  return true;
}

// True if the object was a scalar that could be written here, or anything that is in the memo.
[[gnu::always_inline]] inline bool PlainWalk::leaf(PyObject* object, Out& out) {
  PyTypeObject* const type = Py_TYPE(object);
  if (type == &PyUnicode_Type) {
    const bool alone = is_alone(object);
    if (!alone) {
      const std::uint32_t known = memo_.find(object);
      if (known != Memo::kMissing) {
        out.get(known);
        return true;
      }
    }
    const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
    if (PyUnicode_IS_COMPACT_ASCII(object) && length <= 0xFF) [[likely]] {
      out.counted(Opcode::SHORT_BINUNICODE, static_cast<const char*>(PyUnicode_DATA(object)), length);
      note(object, alone);
      return true;
    }
    out.store();
    const bool done = PyUnicode_IS_COMPACT_ASCII(object) ? long_text(object, alone) : wide_text(object, alone);
    out.load();
    return done;
  }
  if (type == &PyLong_Type) {
    long value;
    if (cpython::compact_int(object, value)) [[likely]] {
      out.integer(value);
      return true;
    }
    out.store();
    const bool done = number(object);
    out.load();
    return done;
  }
  if (type == &PyFloat_Type) {
    out.real(PyFloat_AS_DOUBLE(object));
    return true;
  }
  if (object == Py_None) {
    out.put(Opcode::NONE);
    return true;
  }
  if (type == &PyBool_Type) {
    out.put(object == Py_True ? Opcode::NEWTRUE : Opcode::NEWFALSE);
    return true;
  }
  const bool alone = is_alone(object);
  if (!alone) {
    const std::uint32_t known = memo_.find(object);
    if (known != Memo::kMissing) {
      out.get(known);
      return true;
    }
  }
  if (type != &PyBytes_Type) return false;
  const auto length = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
  if (length <= 0xFF) {
    out.counted(Opcode::SHORT_BINBYTES, PyBytes_AS_STRING(object), length);
    note(object, alone);
    return true;
  }
  out.store();
  const bool done = long_bytes(object, alone);
  out.load();
  return done;
}

bool PlainWalk::lone_leaf(PyObject* object) {
  if (!direct_) return false;
  Out out(encoder_);
  const bool done = leaf(object, out);
  out.store();
  return done;
}

bool PlainWalk::long_text(PyObject* object, bool alone) {
  const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(object));
  if (length >= kLargeText && encoder_.has_sink()) return false;
  encoder_.put_unicode({static_cast<const char*>(PyUnicode_DATA(object)), length},
                       length >= kLargeText ? owner_of(object) : nullptr);
  memoize(object, alone);
  return true;
}

bool PlainWalk::long_bytes(PyObject* object, bool alone) {
  const auto length = static_cast<std::size_t>(PyBytes_GET_SIZE(object));
  if (length >= kLargeText && encoder_.has_sink()) return false;
  encoder_.put_bytes({reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(object)), length},
                     length >= kLargeText ? owner_of(object) : nullptr);
  memoize(object, alone);
  return true;
}

// False if it is too large to be encoded in place.
bool PlainWalk::wide_text(PyObject* object, bool alone) {
  if (!PyUnicode_IS_READY(object) || PyUnicode_GET_LENGTH(object) >= kLargeText) return false;
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

// An int of more than a digit; false if it has more than some hundred.
bool PlainWalk::number(PyObject* object) {
  int overflow;
  const long value = PyLong_AsLongAndOverflow(object, &overflow);
  if (overflow != 0) {
    unsigned char digits[256];
    const std::size_t size = cpython::int_bytes(object, digits);
    if (size != 0) encoder_.put_long({digits, size});
    return size != 0;
  }
  if (value >= -0x8000'0000L && value <= 0x7FFF'FFFFL) {
    encoder_.put_int(static_cast<std::int32_t>(value));
    return true;
  }
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

bool PlainWalk::memoize_temporary() {
  if (outermost_) {
    memo_.defer_temporary();
  } else {
    const Ref placeholder = Ref::steal(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type)));
    if (!placeholder) return false;
    memo_.add(placeholder.get());
  }
  put(Opcode::MEMOIZE);
  return true;
}

// ---- what is met -----------------------------------------------------------------------------------------------------

PlainWalk::Met PlainWalk::leave_to_others(PyObject* object) {
  foreign_ = Ref::borrow(object);
  return secure() ? Met::Foreign : Met::Failed;
}

// `object` is no scalar that leaf() writes, and not in the memo.
inline PlainWalk::Met PlainWalk::meet(PyObject* object) {
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

// ---- instances -------------------------------------------------------------------------------------------------------

// True if an attribute of the instance itself hides one of the methods that were looked at on its class.
bool PlainWalk::hides_methods(PyObject* object, const TypeInfo& info, const cpython::InstanceValues& values) const {
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
  if (values) {
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
  const cpython::InstanceValues values = cpython::instance_values(object);
  if (hides_methods(object, info, values)) return leave_to_others(object);
  auto* const type = reinterpret_cast<PyObject*>(info.type);
  const std::uint32_t known = memo_.find(type);
  if (known == Memo::kMissing) {
    Frame frame;
    frame.kind = Kind::Class;
    frame.object = object;
    frame.info = &info;
    push(frame);
    return leave_to_others(type);
  }
  encoder_.put_get(known);
  encoder_.next_object();
  put(Opcode::EMPTY_TUPLE);
  put(Opcode::NEWOBJ);
  memoize(object, is_alone(object));
  return begin_state(object, info, values);
}

// The object has just been made, and may have been met below itself.
bool PlainWalk::memoize_new(PyObject* object, bool owned) {
  const std::uint32_t known = is_alone(object) ? Memo::kMissing : memo_.find(object);
  if (known != Memo::kMissing) {
    put(Opcode::POP);
    encoder_.put_get(known);
    return true;
  }
  if (owned) {  // others ran: only the memo may be left to keep it alive
    if (!memo_.pin()) return false;
    memo_.add(object);
  } else {
    note(object, is_alone(object));
  }
  put(Opcode::MEMOIZE);
  return true;
}

// The class of the instance has been written by others.
PlainWalk::Next PlainWalk::go_class(std::size_t at) {
  const Ref object = Ref::borrow(frames_[at].object);
  const TypeInfo& info = *frames_[at].info;
  pop();
  Met met = Met::Failed;
  if (info.native != Native::None) {
    met = write_native(object.get(), info, true);
  } else {
    encoder_.next_object();
    put(Opcode::EMPTY_TUPLE);
    put(Opcode::NEWOBJ);
    if (memoize_new(object.get(), true)) met = begin_state(object.get(), info, cpython::instance_values(object.get()));
  }
  switch (met) {
    case Met::Written:
    case Met::Pushed:
      return Next::Again;
    case Met::Item:
      return Next::Item;
    case Met::Foreign:
      return Next::Foreign;
    case Met::Failed:
      break;
  }
  return Next::Failed;
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

PlainWalk::Met PlainWalk::begin_state(PyObject* object, const TypeInfo& info, const cpython::InstanceValues& values) {
  bool slots = false;
  for (const Slot& slot : info.slots) slots = slots || slot_value(object, slot) != nullptr;
  PyObject* dict;
  if (!find_dict(object, values, dict)) return Met::Failed;
  const bool attributes = dict != nullptr || values.size() != 0;
  if (!attributes && !slots) return Met::Written;
  encoder_.next_object();
  if (!slots) return begin_attributes(object, info, values, dict, After::Build);
  Frame frame;
  frame.kind = Kind::Pair;
  frame.object = object;
  frame.info = &info;
  push(frame);
  encoder_.next_object();
  if (attributes) return begin_attributes(object, info, values, dict, After::Nothing);
  put(Opcode::NONE);
  return Met::Pushed;
}

// `dict` null: the attributes are the values. After::Nothing: a Pair is on the stack.
PlainWalk::Met PlainWalk::begin_attributes(PyObject* object, const TypeInfo& info,
                                           const cpython::InstanceValues& values, PyObject* dict, After after) {
  const bool build = after == After::Build;
  if (dict != nullptr) {
    const bool alone = is_alone(dict);
    if (reference_if_known(dict, alone)) {
      if (build) put(Opcode::BUILD);
      return build ? Met::Written : Met::Pushed;
    }
    if (may_be_module_dict(dict)) {
      if (build) {
        Frame frame;
        frame.kind = Kind::Build;
        frame.object = object;
        push(frame);
      }
      return leave_to_others(dict);
    }
    const Met met = begin_dict(dict, alone, after);
    return met == Met::Written && !build ? Met::Pushed : met;
  }
  put(Opcode::EMPTY_DICT);
  memo_.defer_dict_of(object);
  put(Opcode::MEMOIZE);
  Frame frame;
  frame.kind = Kind::Values;
  frame.object = object;
  frame.info = &info;
  frame.todo = frame.length = values.size();
  frame.after = after;
  const Met met = begin(frame, go_values(frame, false, values));
  return met == Met::Written && !build ? Met::Pushed : met;
}

PlainWalk::Next PlainWalk::go_pair(Frame& frame, bool owned) {
  encoder_.next_object();
  put(Opcode::EMPTY_DICT);
  if (!memoize_temporary()) return Next::Failed;
  frame.kind = Kind::Slots;
  frame.after = After::PairAndBuild;
  for (const Slot& slot : frame.info->slots) frame.todo += slot_value(frame.object, slot) != nullptr;
  frame.length = frame.todo;
  if (!owned) return go_slots(frame, false);
  return secure_frame(frame) ? go_dict(frame, true) : Next::Failed;
}

// ---- frames that go on ----------------------------------------------------------------------------------------------

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
  for (;;) {
    if (frame.left == 0) {
      Next next;
      frame.todo = PyList_GET_SIZE(frame.object) - frame.position;
      if (!batch(frame, Opcode::APPENDS, Opcode::APPEND, next)) return next;
    }
    if (PyList_GET_SIZE(frame.object) - frame.position < frame.left) {
      PyErr_SetString(PyExc_RuntimeError, "list changed size while it was pickled");
      return Next::Failed;
    }
    PyObject* const* const items = reinterpret_cast<PyListObject*>(frame.object)->ob_item + frame.position;
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

[[gnu::always_inline]] inline bool PlainWalk::pair(Frame& frame, bool owned, PyObject* key, PyObject* value, Next& next,
                                                   Out& out) {
  --frame.left;
  if (direct_ && leaf(key, out)) [[likely]] {
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
  const cpython::DictEntries entries(frame.object);
  for (;;) {
    Next next;
    if (frame.left == 0 && !batch(frame, Opcode::SETITEMS, Opcode::SETITEM, next)) return next;
    if (PyDict_GET_SIZE(frame.object) != frame.length) break;
    Out out(encoder_);
    while (frame.left > 0) {
      if (out.next_object()) [[unlikely]] {
        out.store();
        return Next::Again;
      }
      PyObject *key, *value;
      if (!entries.next(frame.position, key, value)) break;
      if (!pair(frame, owned, key, value, next, out)) return next;
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
      if (!pair(frame, owned, values.key(i), values.value(i), next, out)) return next;
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
      if (value != nullptr && !pair(frame, owned, slot.name.get(), value, next, out)) return next;
    }
    out.store();
  }
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
