#include "engine/unpickler/load_memo.h"

#include <new>
#include <utility>

namespace dill::engine {
namespace {

// A number this far behind the end of the table is no pickler's.
constexpr std::size_t kLargestGap = 32;

}  // namespace

PyObject* LoadMemo::get_far(std::size_t index) const {
  const auto found = far_.find(index);
  return found == far_.end() ? nullptr : found->second;
}

bool LoadMemo::put(std::size_t index, PyObject* object) try {
  const bool is_new = get(index) == nullptr;
  if (index >= entries_.size() && index - entries_.size() > kLargestGap) {
    const auto [place, inserted] = far_.try_emplace(index, object);
    Py_INCREF(object);
    if (!inserted) retire(std::exchange(place->second, object));
  } else {
    if (index >= entries_.size()) entries_.resize(index + 1, nullptr);
    PyObject* const before = std::exchange(entries_[index], object);
    if (index < owned_) {
      Py_INCREF(object);
      if (before != nullptr) retire(before);
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
  for (; owned_ < entries_.size(); ++owned_) Py_XINCREF(entries_[owned_]);
  const std::vector<PyObject*> retired = std::exchange(retired_, {});
  for (PyObject* const object : retired) Py_DECREF(object);
}

void LoadMemo::clear() {
  const std::vector<PyObject*> entries = std::exchange(entries_, {});
  const std::vector<PyObject*> retired = std::exchange(retired_, {});
  const std::unordered_map<std::size_t, PyObject*> far = std::exchange(far_, {});
  const std::size_t owned = std::exchange(owned_, 0);
  length_ = 0;
  for (std::size_t i = 0; i < owned; ++i) Py_XDECREF(entries[i]);
  for (PyObject* const object : retired) Py_DECREF(object);
  for (const auto& [index, object] : far) Py_DECREF(object);
}

int LoadMemo::traverse(visitproc visit, void* arg) const {
  for (std::size_t i = 0; i < owned_; ++i) Py_VISIT(entries_[i]);
  for (PyObject* const object : retired_) Py_VISIT(object);
  for (const auto& [index, object] : far_) Py_VISIT(object);
  return 0;
}

}  // namespace dill::engine
