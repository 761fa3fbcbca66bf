// How each type is saved: Pickler.dispatch, dispatch_table and the type's own methods.
//
// What was found out about a type is kept as long as nothing that it depends on changes: the two tables and the type
// itself, told by their version numbers. Tables that are plain dicts are shared by all dumps that use them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/cpython/versions.h"
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

// Types of the standard library whose reduction is known, so that it need not be made.
enum class Native : std::uint8_t {
  None,
  DateTime,
  Date,
  Time,
  TimeDelta,
  Decimal,
  NamedTuple,
  OrderedDict,
  DefaultDict,
  Counter,
  Deque,
  Uuid,
  Path,
};

struct Slot {
  Ref name;  // as it stands in the state
  Py_ssize_t offset = 0;
};

struct TypeInfo {
  PyTypeObject* type = nullptr;  // borrowed: `version` tells if it is still the one
  unsigned version = 0;
  Action action = Action::ReduceEx;
  Native native = Native::None;  // of ReduceEx
  Reducer reducer = nullptr;
  Ref callable;             // of Saver and Table
  std::vector<Slot> slots;  // of Instance, Uuid and Path
  Ref unknown_safety;       // of Uuid: uuid.SafeUUID.unknown
  // The shared attribute names that were looked at: none of the first so many hides a method that pickling asks for.
  mutable const void* plain_keys = nullptr;
  mutable Py_ssize_t plain_key_count = 0;
};

class TypeTable {
 public:
  // `dispatch` and `dispatch_table` as the pickler has them (any mapping with `get`). Null with an exception if they
  // cannot be read. Dumps of all protocols from 2 on share a table.
  static std::shared_ptr<TypeTable> make(PyObject* dispatch, PyObject* dispatch_table, int protocol);

  // False with an exception if a look-up failed; may run Python code. The pointer stays valid until the table goes.
  const TypeInfo* find(PyTypeObject* type);

  // What is known about the type already, or null. Runs no Python code.
  const TypeInfo* peek(PyTypeObject* type) const {
    const TypeInfo* const info = recent_[place(type)];
    return info != nullptr && info->type == type && info->version == cpython::type_version(type) && info->version != 0
               ? info
               : nullptr;
  }

  // To be called after code of others ran: sees to it that changed tables are read again. False with an exception.
  bool refresh() { return is_current() || read_builtins(); }

  // True if every exact builtin type still has its stock saver, so that the driver need not ask.
  bool builtins_are_stock() const { return stock_; }

 private:
  static constexpr std::size_t kRecent = 256;
  static std::size_t place(PyTypeObject* type) {
    return (reinterpret_cast<std::uintptr_t>(type) * 0x9E37'79B9'7F4A'7C15ull) >> 56;
  }

  bool is_current() const;
  bool read_builtins();
  void forget();
  bool classify(PyTypeObject* type, TypeInfo& info);
  bool classify_instance(PyTypeObject* type, TypeInfo& info);
  bool classify_native(PyTypeObject* type, TypeInfo& info);
  bool classify_named_tuple(PyTypeObject* type, TypeInfo& info);

  Ref dispatch_, dispatch_table_;
  bool dispatch_is_dict_ = false, table_is_dict_ = false;  // with a `get` that shows changes by the version alone
  std::uint64_t dispatch_version_ = 0, table_version_ = 0, dill_version_ = 0;
  bool stock_ = true;
  bool by_copyreg_ = false;  // protocol 0 and 1: object.__reduce_ex__ asks copyreg, and leaves no __slotnames__
  std::array<const TypeInfo*, kRecent> recent_{};
  std::unordered_map<PyTypeObject*, std::unique_ptr<TypeInfo>> types_;
  std::vector<std::unique_ptr<TypeInfo>> retired_;  // no longer true, but a walk may still look at them
};

// Tells which Python function stands for which native saver: every function in `savers` (name -> function) that
// kReducers or the stock pickler knows. Called once by dill._dill. False with an exception.
bool register_savers(PyObject* savers);

}  // namespace dill::engine
