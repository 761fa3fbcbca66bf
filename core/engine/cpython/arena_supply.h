// Large pages for the arenas that Python's small objects live in. Of a large load, half of the time is page faults: each
// costs as much as making a hundred objects, and there is one for every four kilobytes.
#pragma once

#include "engine/ref.h"

namespace dill::engine::cpython {

// While one is open, arenas that this thread makes Python allocate are cut from regions with large pages, if the kernel
// has them to give (madvise). Python frees such an arena as any other. Needs the GIL.
class ArenaSupply {
 public:
  ArenaSupply() = default;
  ArenaSupply(const ArenaSupply&) = delete;
  ArenaSupply& operator=(const ArenaSupply&) = delete;
  ~ArenaSupply() { close(); }

  void open();
  void close() {
    if (open_) end();
  }
  bool is_open() const { return open_; }

 private:
  void end();

  bool open_ = false;
};

}  // namespace dill::engine::cpython
