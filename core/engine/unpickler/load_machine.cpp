#include "engine/unpickler/load_machine.h"
#include "engine/code_version.h"

#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "engine/cpython/list_items.h"
#include "engine/cpython/new_scalars.h"
#include "engine/unpickler/load_runtime.h"
#include "engine/unpickler/text.h"
#include "pickle/opcodes.h"

namespace dill::engine {

using pickle::Opcode;

namespace {

constexpr std::ptrdiff_t kFirstStack = 128;

// Its objects fill several megabytes.
constexpr std::size_t kLargePickle = std::size_t{256} * 1024;

// Memory for the next load: most loads are small.
struct Spare {
  Spare() = default;
  Spare(const Spare&) = delete;
  Spare& operator=(const Spare&) = delete;
  ~Spare() { PyMem_Free(stack); }

  PyObject** stack = nullptr;  // of kFirstStack
  std::vector<std::size_t> marks;
};

// An interpreter may have an allocator of its own.
PerInterpreter<Spare> spares;

template <class Number>
Number little_endian(const unsigned char* from) {
  static_assert(std::endian::native == std::endian::little);
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

}  // namespace

LoadMachine::LoadMachine(PickleInput& input, LoadMemo& memo, const LoadOptions& options)
    : input_(input), memo_(memo), options_(options), can_postpone_(input.is_constant() && !options.keep_memo) {
  Spare& kept = spares.get();
  base_ = top_ = std::exchange(kept.stack, nullptr);
  if (base_ != nullptr) limit_ = base_ + kFirstStack;
  marks_.swap(kept.marks);
}

LoadMachine::~LoadMachine() {
  const bool failed = !settled_ || top_ != base_;
  const Ref pending = failed ? take_exception() : Ref();
  // What goes here may run Python code, so nothing may be borrowed any more. An object that is taken off the stack
  // first cannot be found there by that code.
  if (failed) settle_memo();
  while (top_ != base_) {
    PyObject* const object = *--top_;
    Py_DECREF(object);
  }
  Spare& kept = spares.get();
  if (limit_ - base_ == kFirstStack && kept.stack == nullptr) {
    kept.stack = base_;
  } else {
    PyMem_Free(base_);
  }
  if (marks_.capacity() <= kFirstStack) {
    marks_.clear();
    kept.marks.swap(marks_);
  }
  if (pending) restore_exception(pending);
}

PyObject* LoadMachine::run() {
  if (Py_EnterRecursiveCall(" while loading a pickle")) return nullptr;
  input_.collector.begin();
  if (!input_.is_file() && input_.available() >= kLargePickle) arenas_.open();
  PyObject* result = loop();
  if (result == nullptr) {
    input_.give_up();
  } else {
    input_.leave();
    settle_memo();
    input_.enter();
    if (!input_.finish()) Py_CLEAR(result);
    settled_ = result != nullptr;
  }
  input_.collector.end();
  arenas_.close();
  Py_LeaveRecursiveCall();
  return result;
}

void LoadMachine::settle_memo() {
  if (options_.keep_memo) {
    memo_.own_all();
  } else {
    memo_.clear();
  }
}

bool LoadMachine::long_pause() {
  // Looking for signals makes the memo own everything, which costs time: not more often than once a second.
  const std::time_t now = std::time(nullptr);
  if (last_pause_ == 0) last_pause_ = now;
  if (now == last_pause_) return true;
  last_pause_ = now;
  leave();
  const bool go_on = PyErr_CheckSignals() == 0;
  enter();
  return go_on;
}

bool LoadMachine::grow_stack() {
  const auto used = static_cast<std::size_t>(top_ - base_);
  const auto size = static_cast<std::size_t>(limit_ - base_);
  const std::size_t grown = size == 0 ? std::size_t{kFirstStack} : size * 2;
  auto* const base = static_cast<PyObject**>(PyMem_Realloc(base_, grown * sizeof(PyObject*)));
  if (base == nullptr) {
    PyErr_NoMemory();
    return false;
  }
  base_ = base;
  top_ = base + used;
  limit_ = base + grown;
  return true;
}

bool LoadMachine::push(PyObject* object) {
  if (top_ == limit_ && !grow_stack()) {
    Py_DECREF(object);
    return false;
  }
  *top_++ = object;
  return true;
}

bool LoadMachine::underflow() const {
  PyErr_SetString(load_runtime().unpickling_error.get(),
                  marks_.empty() ? "unpickling stack underflow" : "unexpected MARK found");
  return false;
}

bool LoadMachine::push_mark() try {
  marks_.push_back(depth());
  fence_ = depth();
  return true;
} catch (const std::bad_alloc&) {
  PyErr_NoMemory();
  return false;
}

bool LoadMachine::pop_mark(std::size_t& mark) {
  if (marks_.empty()) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "could not find MARK");
    return false;
  }
  mark = marks_.back();
  marks_.pop_back();
  fence_ = marks_.empty() ? 0 : marks_.back();
  return true;
}

void LoadMachine::drop_above(std::size_t index) {
  while (depth() > index) {
    PyObject* const object = pop();
    Py_DECREF(object);
  }
}

bool LoadMachine::refuse_memo(std::size_t index) {
  if (!PyErr_Occurred())
    PyErr_Format(load_runtime().unpickling_error.get(), "Memo value not found at index %zu", index);
  return false;
}

bool LoadMachine::push_memo(std::size_t index) {
  PyObject* const object = memo_.get(index);
  if (object == nullptr) return refuse_memo(index);
  Py_INCREF(object);
  return push(object);
}

bool LoadMachine::put_memo(std::size_t index) { return has(1) && memo_.put(index, top_[-1]); }

bool LoadMachine::load_frame() {
  if (!input_.need(8)) return false;
  const auto size = little_endian<std::uint64_t>(input_.cursor);
  input_.cursor += 8;
  if (size > static_cast<std::uint64_t>(PY_SSIZE_T_MAX)) {
    PyErr_Format(PyExc_OverflowError, "FRAME length exceeds system's maximum of %zd bytes", PY_SSIZE_T_MAX);
    return false;
  }
  if (input_.is_file() && (framed_ += size) >= kLargePickle) arenas_.open();
  return pause() && input_.need_frame(size);
}

bool LoadMachine::load_protocol() {
  if (!input_.need(1)) return false;
  const int protocol = *input_.cursor++;
  if (protocol > pickle::kHighestProtocol) {
    PyErr_Format(PyExc_ValueError, "unsupported pickle protocol: %d", protocol);
    return false;
  }
  protocol_ = protocol;
  if (options_.protocol != nullptr) *options_.protocol = protocol;
  return true;
}

bool LoadMachine::load_pop() {
  // A mark counts as one item.
  if (!marks_.empty() && marks_.back() == depth()) {
    std::size_t mark;
    return pop_mark(mark);
  }
  if (!has(1)) return false;
  if (depth() == 1 && PyUnicode_CheckExact(top_[-1]))
    if (std::string python = python_in_header(top_[-1]); !python.empty()) CodeCheck::met_header(std::move(python));
  leave();
  drop_above(depth() - 1);
  enter();
  return true;
}

bool LoadMachine::unknown_opcode(Byte opcode) {
  PyErr_Format(load_runtime().unpickling_error.get(),
               opcode >= 0x20 && opcode <= 0x7e && opcode != '\'' && opcode != '\\' ? "invalid load key, '%c'."
                                                                                    : "invalid load key, '\\x%02x'.",
               opcode);
  return false;
}

bool LoadMachine::rare_opcode(Byte opcode) {
  std::size_t mark;
  switch (static_cast<Opcode>(opcode)) {
    case Opcode::INT:
      return load_int_text();
    case Opcode::LONG:
      return load_long_text();
    case Opcode::LONG4:
      return load_long(4);
    case Opcode::FLOAT:
      return load_float_text();
    case Opcode::STRING:
      return load_string_text();
    case Opcode::BINSTRING:
      return load_byte_string(4);
    case Opcode::SHORT_BINSTRING:
      return load_byte_string(1);
    case Opcode::UNICODE:
      return load_unicode_text();
    case Opcode::BINUNICODE8:
      return load_unicode(8);
    case Opcode::BINBYTES:
      return load_bytes(4);
    case Opcode::BINBYTES8:
      return load_bytes(8);
    case Opcode::BYTEARRAY8:
      return load_bytearray();
    case Opcode::NEXT_BUFFER:
      return load_next_buffer();
    case Opcode::READONLY_BUFFER:
      return make_buffer_readonly();
    case Opcode::LIST:
      return pop_mark(mark) && make_list(mark);
    case Opcode::DICT:
      return pop_mark(mark) && make_dict(mark);
    case Opcode::EMPTY_SET:
      return push_checked(PySet_New(nullptr));
    case Opcode::ADDITEMS:
      return pop_mark(mark) && add_items(mark);
    case Opcode::FROZENSET:
      return pop_mark(mark) && make_frozenset(mark);
    case Opcode::POP:
      return load_pop();
    case Opcode::POP_MARK:
      if (!pop_mark(mark)) return false;
      leave();
      drop_above(mark);
      enter();
      return true;
    case Opcode::DUP:
      if (!has(1)) return false;
      Py_INCREF(top_[-1]);
      return push(top_[-1]);
    case Opcode::GET:
      return load_get_text();
    case Opcode::PUT:
      return load_put_text();
    case Opcode::EXT1:
      return load_extension(1);
    case Opcode::EXT2:
      return load_extension(2);
    case Opcode::EXT4:
      return load_extension(4);
    case Opcode::GLOBAL:
      return load_global_text();
    case Opcode::STACK_GLOBAL:
      return load_stack_global();
    case Opcode::REDUCE:
      return reduce();
    case Opcode::BUILD:
      return build();
    case Opcode::INST:
      return instance_of_names();
    case Opcode::OBJ:
      return instance_of_mark();
    case Opcode::NEWOBJ:
      return new_object(false);
    case Opcode::NEWOBJ_EX:
      return new_object(true);
    case Opcode::PERSID:
      return load_persistent(nullptr);
    case Opcode::BINPERSID:
      return has(1) && load_persistent(pop());
    default:
      return unknown_opcode(opcode);
  }
}

// The opcodes that make up nearly all of a pickle; the others are functions. The cursor and the top of the stack are
// kept in registers, and written back where a function is called.
PyObject* LoadMachine::loop() {
  const LoadRuntime& rt = load_runtime();
  const Byte* cursor = input_.cursor;
  const Byte* end = input_.end;
  PyObject** top = top_;
  PyObject* made;
  std::size_t size;

#define DILL_STORE() (input_.cursor = cursor, top_ = top)
#define DILL_FETCH() (cursor = input_.cursor, end = input_.end, top = top_)
  // Calls a function that works on the members.
#define DILL_CALL(expression)          \
  do {                                 \
    DILL_STORE();                      \
    if (!(expression)) return nullptr; \
    DILL_FETCH();                      \
  } while (false)
#define DILL_NEED(count) \
  if (static_cast<std::size_t>(end - cursor) < static_cast<std::size_t>(count)) DILL_CALL(input_.need(count))
#define DILL_HAVE(count) \
  if (top - base_ < static_cast<std::ptrdiff_t>(fence_ + (count))) return DILL_STORE(), underflow(), nullptr
#define DILL_PUSH(object)                                \
  do {                                                   \
    PyObject* const pushed = (object);                   \
    if (pushed == nullptr) return DILL_STORE(), nullptr; \
    if (top == limit_) {                                 \
      DILL_CALL(push(pushed));                           \
    } else {                                             \
      *top++ = pushed;                                   \
    }                                                    \
  } while (false)

  for (;;) {
    if (cursor == end) {
      DILL_STORE();
      if (!input_.need(1)) {
        if (PyErr_ExceptionMatches(rt.unpickling_error.get())) {
          PyErr_Clear();
          PyErr_SetString(PyExc_EOFError, "Ran out of input");
        }
        return nullptr;
      }
      DILL_FETCH();
    }
    const Byte opcode = *cursor++;
    switch (static_cast<Opcode>(opcode)) {
      case Opcode::NONE:
        Py_INCREF(Py_None);
        DILL_PUSH(Py_None);
        continue;
      case Opcode::NEWTRUE:
        Py_INCREF(Py_True);
        DILL_PUSH(Py_True);
        continue;
      case Opcode::NEWFALSE:
        Py_INCREF(Py_False);
        DILL_PUSH(Py_False);
        continue;
      case Opcode::BININT1:
        DILL_NEED(1);
        made = rt.small_ints[*cursor++ + 5];
        Py_INCREF(made);
        DILL_PUSH(made);
        continue;
      case Opcode::BININT2:
        DILL_NEED(2);
        size = little_endian<std::uint16_t>(cursor);
        cursor += 2;
        if (size <= 256) {
          made = rt.small_ints[size + 5];
          Py_INCREF(made);
        } else {
          made = cpython::new_medium_int(static_cast<std::int64_t>(size));
        }
        DILL_PUSH(made);
        continue;
      case Opcode::BININT: {
        DILL_NEED(4);
        const auto value = little_endian<std::int32_t>(cursor);
        cursor += 4;
        if (value >= -5 && value <= 256) {
          made = rt.small_ints[value + 5];
          Py_INCREF(made);
        } else {
          made = cpython::new_medium_int(value);
        }
        DILL_PUSH(made);
        continue;
      }
      case Opcode::LONG1:
        DILL_NEED(1);
        size = *cursor++;
        DILL_NEED(size);
        made = cpython::new_int(cursor, size);
        cursor += size;
        DILL_PUSH(made);
        continue;
      case Opcode::BINFLOAT: {
        DILL_NEED(8);
        const double value = std::bit_cast<double>(__builtin_bswap64(little_endian<std::uint64_t>(cursor)));
        cursor += 8;
        DILL_PUSH(cpython::new_float(value));
        continue;
      }
      case Opcode::SHORT_BINUNICODE:
        DILL_NEED(1);
        size = *cursor++;
        DILL_NEED(size);
        made = new_text(cursor, size);
        cursor += size;
        DILL_PUSH(made);
        continue;
      case Opcode::BINUNICODE:
        DILL_NEED(4);
        size = little_endian<std::uint32_t>(cursor);
        cursor += 4;
        DILL_NEED(size);
        made = new_text(cursor, size);
        cursor += size;
        DILL_PUSH(made);
        continue;
      case Opcode::SHORT_BINBYTES:
        DILL_NEED(1);
        size = *cursor++;
        DILL_NEED(size);
        made = size >= 2
                   ? cpython::new_bytes(cursor, size)
                   : PyBytes_FromStringAndSize(reinterpret_cast<const char*>(cursor), static_cast<Py_ssize_t>(size));
        cursor += size;
        DILL_PUSH(made);
        continue;
      case Opcode::MEMOIZE:
        DILL_HAVE(1);
        if (!memo_.append(top[-1])) return DILL_STORE(), nullptr;
        continue;
      case Opcode::BINPUT:
        DILL_NEED(1);
        size = *cursor++;
        DILL_HAVE(1);
        if (!memo_.put(size, top[-1])) return DILL_STORE(), nullptr;
        continue;
      case Opcode::LONG_BINPUT:
        DILL_NEED(4);
        size = little_endian<std::uint32_t>(cursor);
        cursor += 4;
        DILL_HAVE(1);
        if (!memo_.put(size, top[-1])) return DILL_STORE(), nullptr;
        continue;
      case Opcode::BINGET:
        DILL_NEED(1);
        size = *cursor++;
        made = memo_.get(size);
        if (made == nullptr) return DILL_STORE(), refuse_memo(size), nullptr;
        Py_INCREF(made);
        DILL_PUSH(made);
        continue;
      case Opcode::LONG_BINGET:
        DILL_NEED(4);
        size = little_endian<std::uint32_t>(cursor);
        cursor += 4;
        made = memo_.get(size);
        if (made == nullptr) return DILL_STORE(), refuse_memo(size), nullptr;
        Py_INCREF(made);
        DILL_PUSH(made);
        continue;
      case Opcode::MARK:
        DILL_CALL(push_mark());
        continue;
      case Opcode::EMPTY_LIST:
        DILL_PUSH(PyList_New(0));
        continue;
      case Opcode::EMPTY_DICT:
        DILL_PUSH(PyDict_New());
        continue;
      case Opcode::EMPTY_TUPLE:
        made = rt.empty_tuple.get();
        Py_INCREF(made);
        DILL_PUSH(made);
        continue;
      case Opcode::TUPLE1:
      case Opcode::TUPLE2:
      case Opcode::TUPLE3: {
        const auto count = static_cast<std::size_t>(opcode) - static_cast<std::size_t>(Opcode::TUPLE1) + 1;
        DILL_HAVE(count);
        if (count == 1 && can_postpone_ && end - cursor >= 2 && cursor[0] == static_cast<Byte>(Opcode::MEMOIZE) &&
            cursor[1] == static_cast<Byte>(Opcode::REDUCE)) {
          DILL_STORE();
          const int done = reduce_postponed();
          if (done < 0) return nullptr;
          DILL_FETCH();
          if (done > 0) continue;
        }
        made = PyTuple_New(static_cast<Py_ssize_t>(count));
        if (made == nullptr) return DILL_STORE(), nullptr;
        top -= count;
        for (std::size_t i = 0; i < count; ++i) PyTuple_SET_ITEM(made, static_cast<Py_ssize_t>(i), top[i]);
        *top++ = made;
        continue;
      }
      case Opcode::TUPLE:
        DILL_CALL(pop_mark(size) && make_tuple(size));
        continue;
      case Opcode::APPEND:
        DILL_HAVE(2);
        if (PyList_CheckExact(top[-2])) {
          if (!cpython::append_stolen(top[-2], top - 1, 1)) return DILL_STORE(), nullptr;
          --top;
        } else {
          DILL_CALL(append_items(depth() - 1));
        }
        continue;
      case Opcode::APPENDS:
        DILL_CALL(pop_mark(size) && append_items(size));
        continue;
      case Opcode::SETITEM:
        DILL_HAVE(3);
        DILL_CALL(set_items(depth() - 2));
        continue;
      case Opcode::SETITEMS:
        DILL_CALL(pop_mark(size) && set_items(size));
        continue;
      case Opcode::PROTO:
        DILL_CALL(load_protocol());
        continue;
      case Opcode::FRAME:
        DILL_NEED(8);
        if (input_.is_file() || little_endian<std::uint64_t>(cursor) > static_cast<std::size_t>(end - cursor) - 8) {
          DILL_CALL(load_frame());
        } else {
          cursor += 8;
          DILL_CALL(pause());
        }
        continue;
      case Opcode::STOP:
        DILL_STORE();
        return has(1) ? pop() : nullptr;
      default:
        DILL_CALL(rare_opcode(opcode));
        continue;
    }
  }
#undef DILL_STORE
#undef DILL_FETCH
#undef DILL_CALL
#undef DILL_NEED
#undef DILL_HAVE
#undef DILL_PUSH
}

}  // namespace dill::engine
