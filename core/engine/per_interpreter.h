// What the engine keeps once for each interpreter of the process: names, types and functions of that interpreter.
//
// Interpreters with a GIL of their own never get here (the module refuses them), so the GIL guards all of it.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "engine/ref.h"

namespace dill::engine {

// To be called first when the module is made in an interpreter. When that interpreter ends, its states are deleted;
// those of the main interpreter stay, since their references must not be dropped after it is gone. False with an
// exception.
bool enter_interpreter();

// One kind of state, registered for the end of interpreters.
class InterpreterStates {
 public:
  InterpreterStates(const InterpreterStates&) = delete;
  InterpreterStates& operator=(const InterpreterStates&) = delete;

 protected:
  InterpreterStates();
  ~InterpreterStates() = default;

  static std::int64_t current() { return PyInterpreterState_GetID(PyInterpreterState_Get()); }
  static inline bool several_ = false;  // more than one interpreter has entered: which one runs must be asked

 private:
  friend bool enter_interpreter();
  friend void leave_interpreter(PyObject*);
  virtual void drop(std::int64_t interpreter) = 0;

  InterpreterStates* next_;
};

// Of static storage duration only. A state is made when it is asked for first.
template <class State>
class PerInterpreter final : InterpreterStates {
 public:
  State& get() {
    if (recent_ != nullptr && (!several_ || recent_interpreter_ == current())) [[likely]]
      return *recent_;
    return find();
  }

 private:
  // By number: an interpreter may get the address of one that has ended.
  [[gnu::noinline]] State& find() {
    const std::int64_t interpreter = current();
    State*& state = (*states_)[interpreter];
    if (state == nullptr) state = new State;
    recent_interpreter_ = interpreter;
    return *(recent_ = state);
  }

  void drop(std::int64_t interpreter) override {
    const auto found = states_->find(interpreter);
    if (found == states_->end()) return;
    State* const state = found->second;
    states_->erase(found);
    if (recent_ == state) recent_ = nullptr;
    delete state;
  }

  State* recent_ = nullptr;
  std::int64_t recent_interpreter_ = -1;
  std::unordered_map<std::int64_t, State*>* states_ = new std::unordered_map<std::int64_t, State*>;  // outlives exit()
};

}  // namespace dill::engine
