// How each type is saved: Pickler.dispatch, dispatch_table and the type's own methods, looked up once a type and dump.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "engine/reducer.h"

namespace dill::engine {

enum class Action : std::uint8_t {
  None,
  Bool,
  Int,
  Float,
  Str,
  Bytes,
  ByteArray,
  Tuple,
  List,
  Dict,
  Set,
  FrozenSet,
  PickleBuffer,
  ByReducer,  // one of dill's
  Saver,      // a Python function from dispatch, called with (pickler, object)
  Table,      // a function from dispatch_table or copyreg, called with the object
  Instance,   // object.__reduce_ex__ with nothing overridden
  ReduceEx,
};

struct TypeInfo {
  Action action = Action::ReduceEx;
  Reducer reducer = nullptr;
  Ref callable;  // of Saver and Table
  Ref type;      // keeps the address from being reused
};

class TypeTable {
 public:
  // `dispatch` and `dispatch_table` as the pickler has them (any mapping with `get`). Null with an exception if they
  // cannot be read.
  static std::unique_ptr<TypeTable> make(PyObject* dispatch, PyObject* dispatch_table);

  // False with an exception if a look-up failed. The pointer stays valid until the table goes.
  const TypeInfo* find(PyTypeObject* type);

  // True if every exact builtin type still has its stock saver, so that the driver need not ask.
  bool builtins_are_stock() const { return stock_; }

 private:
  bool classify(PyTypeObject* type, TypeInfo& info);

  Ref dispatch_, dispatch_table_;
  bool stock_ = true;
  std::unordered_map<PyTypeObject*, std::unique_ptr<TypeInfo>> types_;
};

// Tells which Python function stands for which native saver: every function in `savers` (name -> function) that
// kReducers or the stock pickler knows. Called once by dill._dill. False with an exception.
bool register_savers(PyObject* savers);

}  // namespace dill::engine
