// Objects of the standard library that the plain walk writes without asking them for their reduction.
#include "engine/gc_pause.h"
#include "engine/plain_walk.h"

#include <datetime.h>  // needs Python.h

namespace dill::engine {

using pickle::Opcode;

PlainWalk::Met PlainWalk::meet_native(PyObject* object, const TypeInfo& info) {
  // With a time zone the arguments hold an object of others.
  if (info.native == Native::DateTime || info.native == Native::Time)
    if (reinterpret_cast<PyDateTime_DateTime*>(object)->hastzinfo) return leave_to_others(object);
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
  return write_native(object, info, false);
}

// The class is written. `owned`: by others, who may have changed what holds the object.
PlainWalk::Met PlainWalk::write_native(PyObject* object, const TypeInfo& info, bool owned) {
  encoder_.next_object();
  switch (info.native) {
    case Native::NamedTuple:
      return write_named_tuple(object, info, owned);
    case Native::Decimal:
      if (!write_decimal(object)) return Met::Failed;
      break;
    default:
      if (!write_date(object, info.native)) return Met::Failed;
  }
  if (!memoize_temporary()) return Met::Failed;
  put(Opcode::REDUCE);
  return memoize_new(object, owned) ? Met::Written : Met::Failed;
}

// The arguments, but for the MEMOIZE of the tuple.
bool PlainWalk::write_date(PyObject* object, Native native) {
  if (native == Native::TimeDelta) {
    for (const int number : {PyDateTime_DELTA_GET_DAYS(object), PyDateTime_DELTA_GET_SECONDS(object),
                             PyDateTime_DELTA_GET_MICROSECONDS(object)}) {
      encoder_.next_object();
      encoder_.put_int(number);
    }
    put(Opcode::TUPLE3);
    return true;
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
  return true;
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
  return true;
}

PlainWalk::Met PlainWalk::write_named_tuple(PyObject* object, const TypeInfo& info, bool owned) {
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
  const Met met = begin(frame, go_named(frame, false));
  return owned && !secure() ? Met::Failed : met;  // what holds it may have let it go
}

}  // namespace dill::engine
