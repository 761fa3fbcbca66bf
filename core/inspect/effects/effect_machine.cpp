#include "inspect/effects/effect_machine.h"

#include <algorithm>
#include <limits>

#include "inspect/effects/escape_check.h"
#include "inspect/effects/method_names.h"
#include "inspect/effects/number_text.h"
#include "pickle/escapes.h"

namespace dill::inspect {

using pickle::Bytes;
using pickle::Opcode;

namespace {

// They read frame by frame, and lose or refuse bytes at the wrong end of a frame.
constexpr Loaders kStreamLoaders =
    bit(Loader::CBytesIO) | bit(Loader::CFile) | bit(Loader::Dill) | bit(Loader::TorchLegacy);

constexpr std::size_t kMostEscaped = 10 * kLongestAddressName;  // bytes of a name all of whose characters are escapes
constexpr std::uint64_t kMaxSize = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

bool may_be_escaped_name(Bytes text) {
  return text.size() <= kMostEscaped && std::ranges::find(text, '\\') != text.end();
}

}  // namespace

// ---- parts of an opcode ----------------------------------------------------------------------------------------------

template <class Input>
bool EffectMachine<Input>::cannot_read() {
  const InputError& error = input_at_.error();
  fault(error.id, std::string(error.message));
  return false;
}

template <class Input>
void EffectMachine<Input>::crossed(std::uint64_t begin, bool into) {
  const std::uint64_t frame_end = frame_end_;
  frame_end_ = kNoOffset;
  if (begin >= frame_end) return;
  fault(kPythonLoaders, "frame-straddle", std::string(kStraddle.message));
  if (into) return;  // bytes and bytearrays are put together from the rest of the buffer and the file
  fork(kStreamLoaders, "loaders-differ-frame-straddle",
       "a part of the opcode crosses the end of its frame: readers of a file take other bytes for it (and refuse it "
       "from CPython 3.13.15 and 3.14.7 on)");
}

template <class Input>
inline const unsigned char* EffectMachine<Input>::take(std::uint64_t count) {
  const std::uint64_t begin = Input::kWatchesFrames ? input_at_.position() : 0;
  const unsigned char* taken = input_at_.take(count);
  if (taken == nullptr) [[unlikely]] {
    cannot_read();
    return nullptr;
  }
  if constexpr (Input::kWatchesFrames) {
    if (begin + count > frame_end_) [[unlikely]]
      crossed(begin, false);
  }
  return taken;
}

template <class Input>
const unsigned char* EffectMachine<Input>::take_into(std::uint64_t count) {
  const std::uint64_t begin = Input::kWatchesFrames ? input_at_.position() : 0;
  const unsigned char* taken = input_at_.take_into(count);
  if (taken == nullptr) {
    cannot_read();
    return nullptr;
  }
  if constexpr (Input::kWatchesFrames) {
    if (begin + count > frame_end_) crossed(begin, true);
  }
  return taken;
}

template <class Input>
inline bool EffectMachine<Input>::number(unsigned size, std::uint64_t& value) {
  const unsigned char* at = take(size);
  if (at == nullptr) return false;
  value = little_endian(at, size);
  return true;
}

template <class Input>
bool EffectMachine<Input>::line(Bytes& line) {
  const std::uint64_t begin = input_at_.position();
  if (!input_at_.line(line)) {
    fault("no-newline", "the text of the opcode has no newline at its end");
    return false;
  }
  if constexpr (Input::kWatchesFrames) {
    if (begin + line.size() + 1 > frame_end_) crossed(begin, false);
  }
  return true;
}

template <class Input>
bool EffectMachine<Input>::name_line(Bytes& line, Loaders& who) {
  const std::uint64_t begin = input_at_.position();
  if (input_at_.line(line)) {
    if constexpr (Input::kWatchesFrames) {
      if (begin + line.size() + 1 > frame_end_) crossed(begin, false);
    }
    return true;
  }
  // The Python machine takes the rest of the file for the line, and cuts its last byte off for the newline.
  fault(kCMachines, "no-newline", "the text of the opcode has no newline at its end");
  who &= kPythonLoaders;
  const bool in_frame = Input::kWatchesFrames && frame_end_ != kNoOffset && begin < frame_end_;
  if (in_frame || (active() & kPythonLoaders) == 0 || !input_at_.rest(line)) {
    fault("no-newline", "the text of the opcode has no newline at its end");
    return false;
  }
  if (!line.empty()) line = line.first(line.size() - 1);
  return true;
}

// ---- opcodes that read text ------------------------------------------------------------------------------------------

template <class Input>
inline void EffectMachine<Input>::push_sized(TermKind kind, unsigned size, const unsigned char* payload,
                                             std::uint64_t length) {
  if (length <= kLongestAddressName && is_address_name({reinterpret_cast<const char*>(payload), length})) [[unlikely]]
    result_.address_name = result_.address_name.value_or(offset_);
  if constexpr (Input::kWatchesFrames) {
    push_literal(kind);
  } else {
    const unsigned char* expected = input_.data() + offset_ + 1 + size;
    if (payload == expected) return push_literal(kind);
    push(store_.displaced_literal(kind, offset_, {payload, length}));
  }
}

template <class Input>
inline bool EffectMachine<Input>::fixed_literal(TermKind kind, unsigned size) {
  const unsigned char* payload = take(size);
  if (payload == nullptr) [[unlikely]]
    return false;
  push_sized(kind, 0, payload, size);
  return true;
}

template <class Input>
bool EffectMachine<Input>::text(TermKind kind, unsigned size) {
  std::uint64_t length = 0;
  if (!number(size, length)) return false;
  if (length > kMaxSize) {
    fault("too-long", "the length of the argument is beyond what can be");
    return false;
  }
  const unsigned char* payload = kind == TermKind::Str ? take(length) : take_into(length);
  if (payload == nullptr) return false;
  if (kind == TermKind::Str && !pickle::is_utf8({payload, length}, pickle::Surrogates::Pass))
    fault("bad-text", "the text is not UTF-8");
  push_sized(kind, size, payload, length);
  return true;
}

template <class Input>
bool EffectMachine<Input>::python_two_text(unsigned size) {
  std::uint64_t length = 0;
  if (!number(size, length)) return false;
  const unsigned char* payload = take(length);
  if (size == 4 && length > 0x7FFFFFFF)
    fault(kPythonLoaders, "negative-length", "the length of the text is below zero");
  if (payload == nullptr) return false;
  if (std::any_of(payload, payload + length, [](unsigned char byte) { return byte >= 0x80; })) need(kNeedsEncoding);
  push_sized(TermKind::Str, size, payload, length);
  return true;
}

template <class Input>
void EffectMachine<Input>::note_name(const tl::expected<std::string, pickle::EscapeError>& text) {
  if (text && is_address_name(*text)) result_.address_name = result_.address_name.value_or(offset_);
}

template <class Input>
bool EffectMachine<Input>::number_text(Opcode opcode) {
  Bytes text;
  if (!line(text)) return false;
  switch (opcode) {
    case Opcode::GET:
      memo_get_text(text);
      return true;
    case Opcode::PUT:
      memo_put_text(text);
      return true;
    case Opcode::STRING: {
      const bool quoted =
          text.size() >= 2 && text.front() == text.back() && (text.front() == '\'' || text.front() == '"');
      if (!quoted) {
        fault("bad-quotes", "the text of STRING is not in quotes");
      } else {
        const EscapeVerdict escapes = check_string_escapes(text.subspan(1, text.size() - 2));
        if (!escapes.valid) fault("bad-escape", "the text of STRING has an escape that means nothing");
        if (!escapes.ascii) need(kNeedsEncoding);
      }
      const Bytes payload = quoted ? text.subspan(1, text.size() - 2) : text;
      if (may_be_escaped_name(payload)) note_name(pickle::unescape_string(payload));
      push_sized(TermKind::Str, 1, payload.data(), payload.size());
      return true;
    }
    case Opcode::UNICODE:
      if (!check_unicode_escapes(text).valid)
        fault("bad-escape", "the text of UNICODE has an escape that means nothing");
      if (may_be_escaped_name(text)) note_name(pickle::unescape_unicode(text));
      push_sized(TermKind::Str, 0, text.data(), text.size());
      return true;
    default: {
      const NumberVerdict verdict = opcode == Opcode::INT    ? judge_int(text)
                                    : opcode == Opcode::LONG ? judge_long(text)
                                                             : judge_float(text);
      fault(static_cast<Loaders>(~verdict.accept), "bad-number", "the text is no number");
      if (!verdict.same_value)
        note_difference("loaders-differ-number", active() & kDecimalLoaders, "the number is read in base 10 only");
      if (verdict.huge)
        note_difference("loaders-differ-number", active(),
                        "CPython since autumn 2022 refuses numbers of so many digits");
      const bool boolean = opcode == Opcode::INT && text.size() == 2 && text[0] == '0' && (text[1] | 1) == '1';
      push_sized(opcode == Opcode::FLOAT ? TermKind::Float
                 : boolean               ? TermKind::Bool
                                         : TermKind::Int,
                 0, text.data(), text.size());
      return true;
    }
  }
}

template <class Input>
bool EffectMachine<Input>::names(bool instance) {
  Loaders who = kAllLoaders;
  Bytes module;
  Bytes name;
  if (instance && marks_.empty()) fault(kCMachines, "no-mark", "there is no MARK for the opcode");
  const auto readable = [&](Bytes text) {
    if (!instance) return pickle::is_utf8(text, pickle::Surrogates::Refuse);
    return std::all_of(text.begin(), text.end(), [](unsigned char byte) { return byte < 0x80; });
  };
  const auto refuse = [&] { fault("bad-text", instance ? "the names are not ASCII" : "the names are not UTF-8"); };
  if (!name_line(module, who)) return false;
  if (module.empty()) fault(kCMachines, "empty-name", "the name of the module is empty");
  if (!readable(module)) refuse();
  if (!name_line(name, who)) return false;
  if (name.empty()) fault(kCMachines, "empty-name", "the name in the module is empty");
  if (!readable(name)) refuse();
  if (instance) {
    this->instance(module, name, who);
  } else {
    global(module, name, who);
  }
  return true;
}

template <class Input>
bool EffectMachine<Input>::frame() {
  std::uint64_t length = 0;
  if (!number(8, length)) return false;
  if (length > kMaxSize) {
    fault("frame-beyond-end", std::string(kFrameTooLong.message));
    return false;
  }
  if constexpr (!Input::kWatchesFrames) {
    return input_at_.frame(length) || cannot_read();
  } else {
    const std::uint64_t here = input_at_.position();
    const bool fits = input_at_.frame(length);
    const bool in_frame = frame_end_ != kNoOffset && here < frame_end_;
    if (in_frame) {
      fault(kPythonLoaders, kNewFrame.id, std::string(kNewFrame.message));
      if (fits && length > frame_end_ - here)
        fork(kStreamLoaders, "loaders-differ-frame-in-frame",
             "a frame begins before the last one has ended: readers of a file lose the bytes between");
    }
    if (!fits) {
      fault(kCMachines, kFrameTooLong.id, std::string(kFrameTooLong.message));
      frame_end_ = input_.size();
    } else if (!in_frame) {
      frame_end_ = here + length;
    }
    return true;
  }
}

// ---- the loop --------------------------------------------------------------------------------------------------------

template <class Input>
bool EffectMachine<Input>::run_opcode(unsigned char opcode) {
  std::uint64_t value = 0;
  switch (static_cast<Opcode>(opcode)) {
    case Opcode::INT:
    case Opcode::LONG:
    case Opcode::FLOAT:
    case Opcode::STRING:
    case Opcode::UNICODE:
    case Opcode::GET:
    case Opcode::PUT:
      return number_text(static_cast<Opcode>(opcode));
    case Opcode::LONG1: {
      if (!number(1, value)) return false;
      const unsigned char* payload = take(value);
      if (payload == nullptr) return false;
      push_sized(TermKind::Int, 1, payload, value);
      return true;
    }
    case Opcode::LONG4: {
      if (!number(4, value)) return false;
      if (value > 0x7FFFFFFF) {
        fault("negative-length", "the length of the number is below zero");
        return false;
      }
      const unsigned char* payload = take(value);
      if (payload == nullptr) return false;
      push_sized(TermKind::Int, 4, payload, value);
      return true;
    }
    case Opcode::BINSTRING:
      return python_two_text(4);
    case Opcode::SHORT_BINSTRING:
      return python_two_text(1);
    case Opcode::BINBYTES:
      return text(TermKind::Bytes, 4);
    case Opcode::SHORT_BINBYTES:
      return text(TermKind::Bytes, 1);
    case Opcode::BINBYTES8:
      return text(TermKind::Bytes, 8);
    case Opcode::BYTEARRAY8:
      return text(TermKind::ByteArray, 8);
    case Opcode::BINUNICODE8:
      return text(TermKind::Str, 8);
    case Opcode::NEXT_BUFFER:
      next_buffer();
      return true;
    case Opcode::READONLY_BUFFER:
      readonly_buffer();
      return true;
    case Opcode::EMPTY_LIST:
      empty_container(TermKind::List);
      return true;
    case Opcode::EMPTY_DICT:
      empty_container(TermKind::Dict);
      return true;
    case Opcode::EMPTY_SET:
      empty_container(TermKind::Set);
      return true;
    case Opcode::APPEND:
      append();
      return true;
    case Opcode::APPENDS:
      appends();
      return true;
    case Opcode::LIST:
      list_to_mark();
      return true;
    case Opcode::TUPLE:
      tuple_to_mark();
      return true;
    case Opcode::DICT:
      dict_to_mark();
      return true;
    case Opcode::SETITEM:
      set_item();
      return true;
    case Opcode::SETITEMS:
      set_items();
      return true;
    case Opcode::ADDITEMS:
      add_items();
      return true;
    case Opcode::FROZENSET:
      frozen_set_to_mark();
      return true;
    case Opcode::POP:
      pop();
      return true;
    case Opcode::DUP:
      duplicate();
      return true;
    case Opcode::POP_MARK:
      pop_mark();
      return true;
    case Opcode::EXT1:
    case Opcode::EXT2:
      if (!number(opcode == static_cast<unsigned char>(Opcode::EXT1) ? 1 : 2, value)) return false;
      extension(static_cast<std::int64_t>(value));
      return true;
    case Opcode::EXT4:
      if (!number(4, value)) return false;
      extension(static_cast<std::int32_t>(static_cast<std::uint32_t>(value)));
      return true;
    case Opcode::GLOBAL:
      return names(false);
    case Opcode::INST:
      return names(true);
    case Opcode::STACK_GLOBAL:
      stack_global();
      return true;
    case Opcode::REDUCE:
      reduce();
      return true;
    case Opcode::BUILD:
      build();
      return true;
    case Opcode::OBJ:
      object();
      return true;
    case Opcode::NEWOBJ:
      new_object(false);
      return true;
    case Opcode::NEWOBJ_EX:
      new_object(true);
      return true;
    case Opcode::PROTO:
      if (!number(1, value)) return false;
      protocol(static_cast<unsigned>(value));
      return true;
    case Opcode::FRAME:
      return frame();
    case Opcode::PERSID: {
      Loaders who = kAllLoaders;
      Bytes id;
      need(kNeedsPersistentLoad);
      if (!name_line(id, who)) return false;
      if (std::any_of(id.begin(), id.end(), [](unsigned char byte) { return byte >= 0x80; }))
        fault("bad-text", "the persistent id is not ASCII");
      persistent_text(id);
      return true;
    }
    case Opcode::BINPERSID:
      persistent();
      return true;
    default:
      fault("unknown-opcode", "the byte is no opcode of a pickle");
      return false;
  }
}

template <class Input>
PickleEnd EffectMachine<Input>::run_pickle() {
  std::uint64_t opcodes = 0;
  const auto finish = [&](PickleEnd end) {
    if (plan_.first) result_.opcodes += opcodes;
    return halted() ? PickleEnd::Halted : end;
  };
  std::uint64_t value = 0;
  for (;;) {
    if ((++opcodes & 0xFFF) == 0) [[unlikely]]
      check_limits();
    offset_ = input_at_.position();
    if constexpr (Input::kWatchesFrames) {
      if (offset_ >= frame_end_) [[unlikely]]
        frame_end_ = kNoOffset;
    }
    const unsigned char* opcode = input_at_.next();
    if (opcode == nullptr) {
      fault("no-stop", "the data ends without a STOP");
      return finish(PickleEnd::Broken);
    }
    opcode_ = static_cast<Opcode>(*opcode);
    bool read = true;
    switch (opcode_) {
      case Opcode::NONE:
        push_literal(TermKind::None);
        break;
      case Opcode::NEWTRUE:
      case Opcode::NEWFALSE:
        push_literal(TermKind::Bool);
        break;
      case Opcode::BININT1:
        read = fixed_literal(TermKind::Int, 1);
        break;
      case Opcode::BININT2:
        read = fixed_literal(TermKind::Int, 2);
        break;
      case Opcode::BININT:
        read = fixed_literal(TermKind::Int, 4);
        break;
      case Opcode::BINFLOAT:
        read = fixed_literal(TermKind::Float, 8);
        break;
      case Opcode::SHORT_BINUNICODE:
        read = text(TermKind::Str, 1);
        break;
      case Opcode::BINUNICODE:
        read = text(TermKind::Str, 4);
        break;
      case Opcode::EMPTY_TUPLE:
        push_literal(TermKind::Tuple);
        break;
      case Opcode::TUPLE1:
        tuple_of(1);
        break;
      case Opcode::TUPLE2:
        tuple_of(2);
        break;
      case Opcode::TUPLE3:
        tuple_of(3);
        break;
      case Opcode::MARK:
        mark();
        break;
      case Opcode::MEMOIZE:
        memoize();
        break;
      case Opcode::BINPUT:
        if ((read = number(1, value))) memo_put(value);
        break;
      case Opcode::LONG_BINPUT:
        if ((read = number(4, value))) memo_put(value);
        break;
      case Opcode::BINGET:
        if ((read = number(1, value))) memo_get(value);
        break;
      case Opcode::LONG_BINGET:
        if ((read = number(4, value))) memo_get(value);
        break;
      case Opcode::STOP:
        stop();
        return finish(PickleEnd::Stop);
      default:
        read = run_opcode(*opcode);
    }
    if (!read || halted()) [[unlikely]]
      return finish(PickleEnd::Broken);
  }
}

template <class Input>
void EffectMachine<Input>::run() {
  for (;;) {
    begin_pickle();
    if (run_pickle() != PickleEnd::Stop) return;
    const std::uint64_t here = input_at_.position();
    const std::uint64_t next = input_at_.after_stop();
    complete(next);
    if constexpr (Input::kWatchesFrames) {
      if (frame_end_ != kNoOffset && here < frame_end_ && here < input_.size())
        fork(kStreamLoaders | kPythonLoaders, "loaders-differ-stop-in-frame",
             "the pickle ends before its frame: the next load() goes on behind the frame for those that have read it");
      frame_end_ = kNoOffset;
    }
    if (next >= input_.size() || !another()) return;
    input_at_.restart();
  }
}

template class EffectMachine<LinearInput>;
template class EffectMachine<StreamInput>;
template class EffectMachine<FramedInput>;

}  // namespace dill::inspect
