#include "engine/per_interpreter.h"

namespace dill::engine {
namespace {

constinit InterpreterStates* first_kind = nullptr;
std::int64_t first_interpreter = -1;

}  // namespace

InterpreterStates::InterpreterStates() : next_(first_kind) { first_kind = this; }

// The destructor of the capsule in the interpreter's dict, which goes after all modules.
void leave_interpreter(PyObject*) {
  const Ref pending = take_exception();
  const std::int64_t interpreter = InterpreterStates::current();
  for (InterpreterStates* kind = first_kind; kind != nullptr; kind = kind->next_) kind->drop(interpreter);
  if (pending) restore_exception(pending);
}

bool enter_interpreter() {
  const std::int64_t interpreter = InterpreterStates::current();
  if (first_interpreter == -1) first_interpreter = interpreter;
  if (interpreter != first_interpreter) InterpreterStates::several_ = true;
#if PY_VERSION_HEX >= 0x030C0000
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return true;
  PyObject* const dict = PyInterpreterState_GetDict(PyInterpreterState_Get());
  // Another build of the engine, in the same process, has states of its own.
  const Ref key = Ref::steal(PyUnicode_FromFormat("dill._engine %p", static_cast<void*>(&first_kind)));
  if (dict == nullptr || !key) return PyErr_Occurred() ? false : (PyErr_NoMemory(), false);
  const int known = PyDict_Contains(dict, key.get());
  if (known != 0) return known > 0;
  const Ref end = Ref::steal(PyCapsule_New(&first_kind, nullptr, &leave_interpreter));
  return end && PyDict_SetItem(dict, key.get(), end.get()) == 0;
#else
  return true;  // the module refuses all but the main interpreter
#endif
}

}  // namespace dill::engine
