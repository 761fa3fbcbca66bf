// The memo of a load: number -> object.
//
// Entries borrow their object for as long as nothing can die. Whoever works on the loaded objects keeps to two rules,
// and then every entry is alive:
// - a reference that might be the last one is not dropped but given to retire();
// - before Python code may run, or a reference in a container may be overwritten: own_all().
//
// An entry can also be a place in the pickle whose opcode makes the object: arguments that nobody but the memo keeps are
// forgotten, and made again if the pickle ever comes back to them (postpone(), Maker).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/ref.h"

namespace dill::engine {

class LoadMemo {
 public:
  // Makes the object of a postponed entry from its place in the pickle; `before` is the number of the entry in front of
  // it. A new reference, or null with an exception.
  using Maker = PyObject* (*)(LoadMemo& memo, std::size_t before, const unsigned char* opcode, bool in_tuple);

  LoadMemo() { entries_.swap(spare()); }
  LoadMemo(const LoadMemo&) = delete;
  LoadMemo& operator=(const LoadMemo&) = delete;
  ~LoadMemo();

  // How many numbers are taken; MEMOIZE gives the next object this number.
  std::size_t length() const { return length_; }

  // Borrowed; null if there is no such entry, or with an exception if a postponed one cannot be made.
  PyObject* get(std::size_t index) {
    if (index < entries_.size() && entries_[index] != nullptr && !is_postponed(entries_[index])) return entries_[index];
    return get_other(index);
  }

  // Forgets the object of the last entry, which it borrows, and adds an entry for a tuple of that object: both will be
  // made by `maker` from the opcode, which must stay in memory for the life of the memo. False if the last entry is
  // another one; nothing changed then.
  bool postpone_last(PyObject* object, const unsigned char* opcode, Maker maker) {
    if (entries_.empty() || entries_.back() != object || owned_ == entries_.size() || length_ != entries_.size() ||
        entries_.size() == entries_.capacity() || !far_.empty())
      return false;
    maker_ = maker;
    entries_.back() = tag(opcode, false);
    return append(tag(opcode, true));
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
    std::swap(maker_, other.maker_);
  }

  // Forgets all entries. Python code may run.
  void clear() {
    if (owned_ != 0 || !retired_.empty() || !far_.empty()) return clear_owned();
    entries_.clear();
    length_ = 0;
  }

  // Calls function(number, object) for each entry, in the order of the numbers of the near ones. Not with postponed ones.
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
  static bool is_postponed(PyObject* entry) { return (reinterpret_cast<std::uintptr_t>(entry) & 1) != 0; }
  static PyObject* tag(const unsigned char* opcode, bool in_tuple) {
    return reinterpret_cast<PyObject*>(reinterpret_cast<std::uintptr_t>(opcode) << 2 | (in_tuple ? 3 : 1));
  }
  static std::vector<PyObject*>& spare();  // memory for the next memo

  PyObject* get_other(std::size_t index);
  void keep_until_owned(PyObject* object);
  void own_the_rest();
  void clear_owned();

  std::vector<PyObject*> entries_;  // null: no entry; odd: postponed; those below owned_ own their object
  std::size_t owned_ = 0;
  std::size_t length_ = 0;
  std::unordered_map<std::size_t, PyObject*> far_;  // owned; numbers that are too large for a table without gaps
  std::vector<PyObject*> retired_;                  // owned
  Maker maker_ = nullptr;
};

}  // namespace dill::engine
