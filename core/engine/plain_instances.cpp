// Instances that object.__reduce_ex__ would reduce to their class and their attributes.
#include "engine/gc_pause.h"
#include "engine/plain_walk.h"
#include "engine/runtime.h"

namespace dill::engine {

using pickle::Opcode;

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

// The class of the instance has been written by others.
PlainWalk::Next PlainWalk::go_class(std::size_t at) {
  const Ref object = Ref::borrow(frames_[at].object);
  const TypeInfo& info = *frames_[at].info;
  pop();
  encoder_.next_object();
  put(Opcode::EMPTY_TUPLE);
  put(Opcode::NEWOBJ);
  if (!memoize_new(object.get(), true)) return Next::Failed;
  switch (begin_state(object.get(), info, cpython::instance_values(object.get()))) {
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
  const bool make =
      values && values.size() != 0 && (!outermost_ || context_.session || may_equal_main(values.size(), values.key(0)));
  if (make) {
    const GcPause pause;
    const Ref made = Ref::steal(PyObject_GenericGetDict(object, nullptr));
    dict = made.get();  // the instance has it
    if (!made) return false;
  }
  if (dict != nullptr && PyDict_GET_SIZE(dict) == 0) dict = nullptr;
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
    if (!PyDict_CheckExact(dict) || may_be_module_dict(dict)) {
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

}  // namespace dill::engine
