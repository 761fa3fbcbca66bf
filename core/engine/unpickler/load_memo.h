// The memo of a load: number -> object.
//
// Entries borrow their object for as long as nothing can die. Whoever works on the loaded objects keeps to two rules,
// and then every entry is alive:
// - a reference that might be the last one is not dropped but given to retire();
// - before Python code may run, or a reference in a container may be overwritten: own_all().
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "engine/ref.h"

namespace dill::engine {

class LoadMemo {
 public:
  LoadMemo() = default;
  LoadMemo(const LoadMemo&) = delete;
  LoadMemo& operator=(const LoadMemo&) = delete;
  ~LoadMemo() { clear(); }

  // How many numbers are taken; MEMOIZE gives the next object this number.
  std::size_t length() const { return length_; }

  // Borrowed; null if there is no such entry.
  PyObject* get(std::size_t index) const {
    if (index < entries_.size() && entries_[index] != nullptr) return entries_[index];
    return far_.empty() ? nullptr : get_far(index);
  }

  // MEMOIZE: put(length(), object).
  bool append(PyObject* object) {
    if (length_ != entries_.size() || !far_.empty() || entries_.size() == entries_.capacity())
      return put(length_, object);
    entries_.push_back(object);
    ++length_;
    return true;
  }

  // False with MemoryError.
  bool put(std::size_t index, PyObject* object);

  // Takes over a reference, which ends when no entry can need it any more.
  void retire(PyObject* object) {
    if (Py_REFCNT(object) > 1) {
      Py_DECREF(object);
    } else {
      keep_until_owned(object);
    }
  }

  // Makes every entry own its object and ends what was retired, which may run Python code.
  void own_all() {
    if (owned_ != entries_.size() || !retired_.empty()) own_the_rest();
  }

  // True if so much was retired that own_all() is due.
  bool is_crowded() const { return retired_.size() > 4096 && retired_.size() > entries_.size() - owned_; }

  void swap(LoadMemo& other) {
    entries_.swap(other.entries_);
    far_.swap(other.far_);
    retired_.swap(other.retired_);
    std::swap(owned_, other.owned_);
    std::swap(length_, other.length_);
  }

  // Forgets all entries. Python code may run.
  void clear();

  // Calls function(number, object) for each entry, in the order of the numbers of the near ones.
  template <class Function>
  void for_each(Function function) const {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i] != nullptr) function(i, entries_[i]);
    for (const auto& [index, object] : far_)
      if (index >= entries_.size() || entries_[index] == nullptr) function(index, object);
  }

  // For the garbage collector: the objects that are owned.
  int traverse(visitproc visit, void* arg) const;

 private:
  PyObject* get_far(std::size_t index) const;
  void keep_until_owned(PyObject* object);
  void own_the_rest();

  std::vector<PyObject*> entries_;  // null: no entry; those below owned_ own their object
  std::size_t owned_ = 0;
  std::size_t length_ = 0;
  std::unordered_map<std::size_t, PyObject*> far_;  // owned; numbers that are too large for a table without gaps
  std::vector<PyObject*> retired_;                  // owned
};

}  // namespace dill::engine
