// Keeps a process alive that reads a mapped file which another program shortens.
//
// The system sends SIGBUS to whoever touches a page of a mapping behind the end of its file. A handler for the whole
// process puts zeros there and notes it; reading goes on and asks faulted() when it is done. Faults elsewhere go to the
// handler that was there before.
#pragma once

#include <span>

namespace dill::file {

namespace detail {
struct Guarded;
}

class ShrinkGuard {
 public:
  // Guards a private read-only mapping, page-aligned, as mmap() gave it; nothing if it is empty.
  explicit ShrinkGuard(std::span<const unsigned char> mapping);
  ShrinkGuard(const ShrinkGuard&) = delete;
  ShrinkGuard& operator=(const ShrinkGuard&) = delete;
  ~ShrinkGuard() { release(); }

  // To be called before the mapping is taken away; faulted() is false from then on.
  void release();
  // Whether a page could not be read.
  bool faulted() const;

 private:
  detail::Guarded* guarded_ = nullptr;
};

}  // namespace dill::file
