#include "inspect/containers/pickle_trial.h"

#include <algorithm>

#include "inspect/containers/marked_stack.h"
#include "pickle/decoder.h"
#include "pickle/literals.h"

namespace dill::inspect::containers {

namespace {

using pickle::Instruction;
using pickle::Opcode;

enum class Kind : std::uint8_t { Plain, Text, Found };  // Found: looked up, or made by a call

// A name that some module might have: random bytes and prose are none.
bool is_plausible(Bytes name) {
  return !name.empty() && name.size() < 1000 && std::ranges::all_of(name, [](unsigned char c) {
    return c >= 0x80 || c == '_' || c == '.' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '<' || c == '>';
  });
}

class Trial {
 public:
  explicit Trial(Bytes bytes) : decoder_(bytes, pickle::Frames::MayBeCut) {}

  PickleTrial run(std::uint64_t size, std::uint64_t limit) {
    PickleTrial trial;
    bool proto = false, known_proto = false, cut = false;
    while (true) {
      if (trial.opcodes == limit) {
        trial.unclosed = true;
        break;
      }
      const auto instruction = decoder_.next();
      if (!instruction) {
        using Error = pickle::DecodeError::Kind;
        const Error why = instruction.error().kind;
        cut = why == Error::EndOfData || why == Error::Truncated || why == Error::NoNewline;
        break;
      }
      if (instruction->opcode == Opcode::PROTO && trial.opcodes == 0) {
        proto = true;
        known_proto = instruction->integer <= pickle::kHighestProtocol;
      }
      if (!execute(*instruction)) {
        decoder_.seek(instruction->offset);
        break;
      }
      ++trial.opcodes;
      if (instruction->opcode == Opcode::STOP) {
        trial.stops = true;
        break;
      }
    }
    trial.acts = acts_;
    trial.end = decoder_.position();
    using Answer = PickleTrial::Answer;
    // A few bytes of prose or noise may be a small pickle; one that a program wrote says more, or fills its file.
    const bool whole = trial.end * 2 >= size;
    if (trial.unclosed || (trial.stops && (proto || acts_ || whole)) || (known_proto && trial.opcodes > 1)) {
      trial.answer = Answer::Yes;
    } else if (known_proto && cut) {
      trial.answer = Answer::Yes;  // nothing is left of it but its first bytes
    } else if (trial.stops || acts_ || (proto && trial.opcodes > 1) || (cut && trial.opcodes >= 3 && whole) ||
               (trial.opcodes >= 20 && whole)) {
      trial.answer = Answer::Perhaps;
    }
    return trial;
  }

 private:
  bool has(std::size_t count) const { return stack_.has(count); }
  void push(Kind kind) { stack_.push(kind); }
  bool replace(std::size_t count, Kind kind) {
    if (!has(count)) return false;
    stack_.drop(count);
    push(kind);
    return true;
  }
  bool to_mark() { return stack_.to_mark(); }
  bool drop_items(std::size_t below) {
    if (!to_mark() || !has(below)) return false;
    return true;
  }
  void call(Kind callee) {
    if (callee == Kind::Found) acts_ = true;
  }

  bool execute(const Instruction& instruction) {
    if (const std::optional<bool> arranged = stack_.arrange(instruction.opcode)) return *arranged;
    switch (instruction.opcode) {
      case Opcode::GLOBAL:
        if (!is_plausible(instruction.payload) || !is_plausible(instruction.second)) return false;
        acts_ = true;
        push(Kind::Found);
        return true;
      case Opcode::INST:
        if (!to_mark() || !is_plausible(instruction.payload) || !is_plausible(instruction.second)) return false;
        acts_ = true;
        push(Kind::Found);
        return true;
      case Opcode::STACK_GLOBAL:
        if (!has(2) || stack_.top() == Kind::Plain || stack_.top(1) == Kind::Plain) return false;
        acts_ = true;
        return replace(2, Kind::Found);
      case Opcode::EXT1:
      case Opcode::EXT2:
      case Opcode::EXT4:
        push(Kind::Found);
        return instruction.integer > 0;
      case Opcode::PERSID:
        push(Kind::Found);
        return true;
      case Opcode::BINPERSID:
        return replace(1, Kind::Found);
      case Opcode::REDUCE:
      case Opcode::NEWOBJ:
      case Opcode::BUILD: {
        if (!has(2)) return false;
        const Kind callee = stack_.top(1);
        if (callee == Kind::Plain && instruction.opcode != Opcode::BUILD) return false;
        call(callee);
        return replace(2, callee);
      }
      case Opcode::NEWOBJ_EX:
        if (!has(3)) return false;
        call(stack_.top(2));
        return replace(3, Kind::Found);
      case Opcode::OBJ: {
        if (!stack_.mark() || !has(1)) return false;
        const Kind callee = stack_[*stack_.mark()];
        call(callee);
        if (!to_mark()) return false;
        push(Kind::Found);
        return callee != Kind::Plain;
      }
      case Opcode::APPEND:
        return has(2) && drop(1);
      case Opcode::SETITEM:
        return has(3) && drop(2);
      case Opcode::APPENDS:
      case Opcode::SETITEMS:
      case Opcode::ADDITEMS:
        return drop_items(1);
      case Opcode::LIST:
      case Opcode::TUPLE:
      case Opcode::DICT:
      case Opcode::FROZENSET:
        if (!to_mark()) return false;
        push(Kind::Plain);
        return true;
      case Opcode::TUPLE1:
        return replace(1, Kind::Plain);
      case Opcode::TUPLE2:
        return replace(2, Kind::Plain);
      case Opcode::TUPLE3:
        return replace(3, Kind::Plain);
      case Opcode::READONLY_BUFFER:
        return has(1);
      case Opcode::MEMOIZE:
      case Opcode::PUT:
      case Opcode::BINPUT:
      case Opcode::LONG_BINPUT:
        if (!has(1)) return false;
        remembered_ = true;
        return true;
      case Opcode::GET:
      case Opcode::BINGET:
      case Opcode::LONG_BINGET:
        // What it is is not followed: it may be anything that was remembered.
        push(Kind::Found);
        return remembered_;
      default:
        push(pickle::literal_of(instruction.opcode) == pickle::Literal::Text ? Kind::Text : Kind::Plain);
        return true;
    }
  }

  bool drop(std::size_t count) {
    stack_.drop(count);
    return true;
  }

  pickle::Decoder decoder_;
  MarkedStack<Kind> stack_;
  bool acts_ = false;
  bool remembered_ = false;
};

}  // namespace

PickleTrial try_pickle(Bytes bytes, std::uint64_t limit) { return Trial(bytes).run(bytes.size(), limit); }

}  // namespace dill::inspect::containers
