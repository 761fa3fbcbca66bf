// Opcodes that fill tuples, lists, dicts and sets.
#include "engine/cpython/attributes.h"
#include "engine/cpython/dict_prefetch.h"
#include "engine/cpython/list_items.h"
#include "engine/cpython/set_default.h"
#include "engine/unpickler/load_machine.h"
#include "engine/unpickler/load_runtime.h"

namespace dill::engine {
namespace {

// Hashing and comparing it with another quiet key runs no Python code.
bool is_quiet_scalar(PyObject* key) {
  return PyUnicode_CheckExact(key) || PyLong_CheckExact(key) || PyFloat_CheckExact(key) || PyBytes_CheckExact(key) ||
         key == Py_None || PyBool_Check(key);
}

bool is_quiet_key(PyObject* key) {
  if (is_quiet_scalar(key)) return true;
  if (!PyTuple_CheckExact(key)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); ++i)
    if (!is_quiet_scalar(PyTuple_GET_ITEM(key, i))) return false;
  return true;
}

// A dict batch this large will be followed by another one.
constexpr std::size_t kFullBatch = 1000;

}  // namespace

LoadMachine::Quiet& LoadMachine::quiet_slot(PyObject* container) {
  const std::size_t index = (reinterpret_cast<std::uintptr_t>(container) >> 5) % kQuietSlots;
  if ((quiet_filled_ >> index & 1) == 0) quiet_[index] = {};
  quiet_filled_ |= 1u << index;
  return quiet_[index];
}

// True if entering the keys from index `from` on, each `step` apart, runs no Python code and overwrites nothing unseen:
// they are quiet, and so is all that the container has.
bool LoadMachine::is_quiet(PyObject* container, Py_ssize_t size, std::size_t from, std::size_t step) {
  Quiet& slot = quiet_slot(container);
  if (size != 0 && (slot.container != container || slot.size != size || slot.epoch != epoch_)) return false;
  const std::size_t count = depth() - from;
  for (PyObject** key = base_ + from; key < top_; key += step)
    if (!is_quiet_key(*key)) return false;
  if (count / step >= kFullBatch) slot = {container, size, epoch_};
  return true;
}

bool LoadMachine::make_tuple(std::size_t from) {
  const auto count = static_cast<Py_ssize_t>(depth() - from);
  PyObject* const tuple = PyTuple_New(count);
  if (tuple == nullptr) return false;
  top_ -= count;
  for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(tuple, i, top_[i]);
  return push(tuple);
}

bool LoadMachine::make_list(std::size_t from) {
  const auto count = static_cast<Py_ssize_t>(depth() - from);
  PyObject* const list = PyList_New(count);
  if (list == nullptr) return false;
  top_ -= count;
  for (Py_ssize_t i = 0; i < count; ++i) PyList_SET_ITEM(list, i, top_[i]);
  return push(list);
}

bool LoadMachine::make_dict(std::size_t from) {
  if ((depth() - from) % 2 != 0) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "odd number of items for DICT");
    return false;
  }
  Ref dict = Ref::steal(PyDict_New());
  return dict && fill_dict(dict.get(), from) && push(dict.release());
}

bool LoadMachine::make_frozenset(std::size_t from) {
  Ref set = Ref::steal(PyFrozenSet_New(nullptr));
  return set && fill_set(set.get(), from) && push(set.release());
}

bool LoadMachine::append_items(std::size_t from) {
  if (from <= fence_) return underflow();
  const auto count = static_cast<Py_ssize_t>(depth() - from);
  if (count == 0) return true;
  PyObject* const list = base_[from - 1];
  if (PyList_CheckExact(list)) {
    if (!cpython::append_stolen(list, base_ + from, count)) return false;
    top_ = base_ + from;
    return pause();
  }
  leave();
  PyObject* method;
  bool done = cpython::optional_attribute(list, load_runtime().extend, &method) >= 0;
  const Ref extend = Ref::steal(done ? method : nullptr);
  if (extend) {
    done = make_list(from);
    if (done) {
      const Ref items = Ref::steal(pop());
      done = static_cast<bool>(Ref::steal(PyObject_CallOneArg(extend.get(), items.get())));
    }
  } else if (done) {
    const Ref append = Ref::steal(PyObject_GetAttr(list, load_runtime().append));
    done = static_cast<bool>(append);
    for (Py_ssize_t i = 0; done && i < count; ++i)
      done =
          static_cast<bool>(Ref::steal(PyObject_CallOneArg(append.get(), base_[from + static_cast<std::size_t>(i)])));
    drop_above(from);
  }
  enter();
  return done;
}

bool LoadMachine::set_items(std::size_t from) {
  if (from <= fence_) return underflow();
  if (depth() == from) return true;
  if ((depth() - from) % 2 != 0) {
    PyErr_SetString(load_runtime().unpickling_error.get(), "odd number of items for SETITEMS");
    return false;
  }
  PyObject* const target = base_[from - 1];
  if (PyDict_CheckExact(target)) return fill_dict(target, from);
  leave();
  bool done = true;
  for (std::size_t i = from; done && i < depth(); i += 2) done = PyObject_SetItem(target, base_[i], base_[i + 1]) == 0;
  drop_above(from);
  enter();
  return done;
}

// Moves the keys and values above `from` into an exact dict.
bool LoadMachine::fill_dict(PyObject* dict, std::size_t from) {
  const std::size_t stop = depth();
  std::size_t i = from;
  bool quiet = is_quiet(dict, PyDict_GET_SIZE(dict), from, 2);
  const cpython::DictPrefetch prefetch(dict);
  const bool prefetches = quiet && cpython::DictPrefetch::pays(dict);
  for (; quiet && i < stop; i += 2) {
    if (prefetches) {
      // Strings remember their hash.
      const auto hash_of = [&](std::size_t ahead) {
        PyObject* const key = base_[i + 2 * ahead < stop ? i + 2 * ahead : stop - 2];
        return PyUnicode_CheckExact(key) ? PyObject_Hash(key) : 0;
      };
      prefetch.fetch_index(hash_of(12));
      prefetch.fetch_entry(hash_of(8));
      prefetch.fetch_key(hash_of(4));
    }
    PyObject* const kept = cpython::set_default(dict, base_[i], base_[i + 1]);
    if (kept == nullptr) return false;  // what is left on the stack ends with the load
    quiet = kept == base_[i + 1];       // else the key comes twice, and the value that goes may be in the memo
  }
  if (quiet) {
    while (depth() > from) memo_.retire(pop());
    Quiet& slot = quiet_slot(dict);
    if (slot.container == dict) slot.size = PyDict_GET_SIZE(dict);
    return pause();
  }
  if (i != from) i -= 2;
  leave();
  bool done = true;
  for (; done && i < stop; i += 2) done = PyDict_SetItem(dict, base_[i], base_[i + 1]) == 0;
  drop_above(from);
  enter();
  return done;
}

bool LoadMachine::add_items(std::size_t from) {
  if (from <= fence_) return underflow();
  if (depth() == from) return true;
  PyObject* const target = base_[from - 1];
  if (PySet_Check(target)) return fill_set(target, from);
  leave();
  const Ref add = Ref::steal(PyObject_GetAttr(target, load_runtime().add));
  bool done = static_cast<bool>(add);
  for (std::size_t i = from; done && i < depth(); ++i)
    done = static_cast<bool>(Ref::steal(PyObject_CallOneArg(add.get(), base_[i])));
  drop_above(from);
  enter();
  return done;
}

// Moves the items above `from` into a set, or into a frozenset that nobody else has.
bool LoadMachine::fill_set(PyObject* set, std::size_t from) {
  const bool quiet = is_quiet(set, PySet_GET_SIZE(set), from, 1);
  if (!quiet) leave();
  bool done = true;
  for (std::size_t i = from; done && i < depth(); ++i) done = PySet_Add(set, base_[i]) == 0;
  if (!quiet) {
    drop_above(from);
    enter();
    return done;
  }
  while (depth() > from) memo_.retire(pop());
  Quiet& slot = quiet_slot(set);
  if (slot.container == set) slot.size = PySet_GET_SIZE(set);
  return done && pause();
}

}  // namespace dill::engine
