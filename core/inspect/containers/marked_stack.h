// The stack and the marks of a machine that follows a pickle, and the opcodes that do no more than to arrange them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "pickle/opcodes.h"

namespace dill::inspect::containers {

template <class Value>
class MarkedStack {
 public:
  // Whether there are as many values above the last mark.
  bool has(std::size_t count) const { return values_.size() - (marks_.empty() ? 0 : marks_.back()) >= count; }
  std::size_t size() const { return values_.size(); }
  // Where the innermost mark stands, if there is one.
  std::optional<std::size_t> mark() const {
    if (marks_.empty()) return std::nullopt;
    return marks_.back();
  }

  Value& operator[](std::size_t index) { return values_[index]; }
  Value& top() { return values_.back(); }
  // The value `below` places below the top.
  Value& top(std::size_t below) { return values_[values_.size() - 1 - below]; }
  std::span<const Value> from(std::size_t first) const { return std::span(values_).subspan(first); }

  void push(Value value) { values_.push_back(value); }
  Value pop() {
    const Value value = values_.back();
    values_.pop_back();
    return value;
  }
  void drop(std::size_t count) { values_.resize(values_.size() - count); }
  // Takes the innermost mark off, and with it all that is above it. False: there is none.
  bool to_mark() {
    if (marks_.empty()) return false;
    values_.resize(marks_.back());
    marks_.pop_back();
    return true;
  }

  // Takes the innermost mark off and leaves what is above it.
  std::optional<std::size_t> take_mark() {
    const std::optional<std::size_t> first = mark();
    if (first) marks_.pop_back();
    return first;
  }

  // PROTO, FRAME, MARK, STOP, POP, POP_MARK, DUP: whether it can be executed; nothing for any other opcode.
  std::optional<bool> arrange(pickle::Opcode opcode) {
    switch (opcode) {
      using enum pickle::Opcode;
      case PROTO:
      case FRAME:
        return true;
      case MARK:
        marks_.push_back(values_.size());
        return true;
      case STOP:
        return has(1);
      case POP:
        if (!has(1)) return to_mark();
        values_.pop_back();
        return true;
      case POP_MARK:
        return to_mark();
      case DUP:
        if (!has(1)) return false;
        values_.push_back(values_.back());
        return true;
      default:
        return std::nullopt;
    }
  }

 private:
  std::vector<Value> values_;
  std::vector<std::size_t> marks_;
};

}  // namespace dill::inspect::containers
