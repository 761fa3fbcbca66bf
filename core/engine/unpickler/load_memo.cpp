#include "engine/unpickler/load_memo.h"

#include <new>
#include <utility>

namespace dill::engine {
namespace {

// A number this far behind the end of the table is no pickler's.
constexpr std::size_t kLargestGap = 32;

constexpr std::size_t kFirstSize = 32;
constexpr std::size_t kLargestSpare = 1024;

}  // namespace

std::vector<PyObject*>& LoadMemo::spare() {
  static std::vector<PyObject*> memory;
  return memory;
}

LoadMemo::~LoadMemo() {
  clear();
  if (entries_.capacity() > 0 && entries_.capacity() <= kLargestSpare) spare().swap(entries_);
}

PyObject* LoadMemo::get_other(std::size_t index) {
  if (index < entries_.size() && entries_[index] != nullptr) {
    const auto tagged = reinterpret_cast<std::uintptr_t>(entries_[index]);
    PyObject* const made =
        maker_(*this, index - 1, reinterpret_cast<const unsigned char*>(tagged >> 2), (tagged & 2) != 0);
    if (made == nullptr) return nullptr;
    // Others may borrow it from now on.
    entries_[index] = made;
    if (index < owned_) return made;
    keep_until_owned(made);
    return made;
  }
  const auto found = far_.find(index);
  return found == far_.end() ? nullptr : found->second;
}

bool LoadMemo::put(std::size_t index, PyObject* object) try {
  bool is_new;
  if (index >= entries_.size() && index - entries_.size() > kLargestGap) {
    const auto [place, inserted] = far_.try_emplace(index, object);
    is_new = inserted;
    Py_INCREF(object);
    if (!inserted) retire(std::exchange(place->second, object));
  } else {
    if (index >= entries_.size()) {
      if (entries_.capacity() == 0) entries_.reserve(kFirstSize);
      entries_.resize(index + 1, nullptr);
    }
    PyObject* const before = std::exchange(entries_[index], object);
    is_new = before == nullptr && (far_.empty() || far_.find(index) == far_.end());
    if (index < owned_) {
      if (!is_postponed(object)) Py_INCREF(object);
      if (before != nullptr && !is_postponed(before)) retire(before);
    }
  }
  if (is_new) ++length_;
  return true;
} catch (const std::bad_alloc&) {
  PyErr_NoMemory();
  return false;
}

void LoadMemo::keep_until_owned(PyObject* object) try { retired_.push_back(object); } catch (const std::bad_alloc&) {
  // Leaking one object beats freeing what an entry may point to.
}

void LoadMemo::own_the_rest() {
  for (; owned_ < entries_.size(); ++owned_)
    if (!is_postponed(entries_[owned_])) Py_XINCREF(entries_[owned_]);
  const std::vector<PyObject*> retired = std::exchange(retired_, {});
  for (PyObject* const object : retired) Py_DECREF(object);
}

void LoadMemo::clear_owned() {
  std::vector<PyObject*> entries;
  entries.swap(entries_);
  const std::vector<PyObject*> retired = std::exchange(retired_, {});
  std::unordered_map<std::size_t, PyObject*> far;
  if (!far_.empty()) far.swap(far_);
  const std::size_t owned = std::exchange(owned_, 0);
  length_ = 0;
  for (std::size_t i = 0; i < owned; ++i)
    if (!is_postponed(entries[i])) Py_XDECREF(entries[i]);
  for (PyObject* const object : retired) Py_DECREF(object);
  for (const auto& [index, object] : far) Py_DECREF(object);
  entries.clear();
  if (entries_.capacity() == 0) entries_.swap(entries);
}

int LoadMemo::traverse(visitproc visit, void* arg) const {
  for (std::size_t i = 0; i < owned_; ++i)
    if (!is_postponed(entries_[i])) Py_VISIT(entries_[i]);
  for (PyObject* const object : retired_) Py_VISIT(object);
  for (const auto& [index, object] : far_) Py_VISIT(object);
  return 0;
}

}  // namespace dill::engine
