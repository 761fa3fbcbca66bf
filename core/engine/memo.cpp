#include "engine/memo.h"

#include <algorithm>

#include "engine/gc_pause.h"

namespace dill::engine {

bool Memo::pin() {
  if (is_pinned()) return true;
  const std::size_t begin = pinned_;
  while ((used_ + entries_.size() - begin) * 3 > slots_.size() * 2) grow();  // may throw: before anything is changed
  // All references first: what is made below may otherwise be all that keeps an entry's object alive.
  pinned_ = entries_.size();
  constexpr std::size_t kAhead = 12;  // objects of long ago are no longer in the cache
  for (std::size_t i = begin; i < entries_.size(); ++i) {
    if (i + kAhead < entries_.size()) __builtin_prefetch(pointer(entries_[i + kAhead]), 1);
    Py_XINCREF(pointer(entries_[i]));
  }
  const GcPause pause;
  bool done = true;
  for (std::size_t i = begin; i < entries_.size(); ++i) {
    PyObject* object = pointer(entries_[i]);
    switch (kind(entries_[i])) {
      case Entry::Object:
        continue;
      case Entry::Deferred:
        break;
      case Entry::DictOf: {
        PyObject* const instance = object;
        object = PyObject_GenericGetDict(instance, nullptr);
        Py_DECREF(instance);
        break;
      }
      case Entry::Temporary:
        object = PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
        break;
    }
    if (object == nullptr) {
      done = false;
      Py_INCREF(Py_None);
      object = Py_None;
    } else {
      insert(object, static_cast<std::uint32_t>(i));
    }
    entries_[i] = tagged(object, Entry::Object);
  }
  return done;
}

void Memo::clear() {
  std::vector<std::uintptr_t> old;
  old.swap(entries_);
  const std::size_t owned = std::exchange(pinned_, 0);
  if (used_ != 0) {
    if (slots_.size() > kKeptSlots)
      std::vector<Slot>(64).swap(slots_);
    else
      std::fill(slots_.begin(), slots_.end(), Slot{});
    mask_ = slots_.size() - 1;
    used_ = 0;
  }
  for (std::size_t i = 0; i < owned; ++i) Py_DECREF(pointer(old[i]));  // may run user code: the memo is empty by now
  if (entries_.empty() && old.capacity() <= kKeptEntries) {
    old.clear();
    entries_.swap(old);
  }
}

void Memo::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& entry : old) {
    if (entry.object == nullptr) continue;
    std::size_t slot = hash(entry.object) & mask_;
    while (slots_[slot].object != nullptr) slot = (slot + 1) & mask_;
    slots_[slot] = entry;
  }
}

}  // namespace dill::engine
