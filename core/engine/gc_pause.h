// No garbage collection while it lives. Only Pythons before 3.12 collect in the middle of an allocation; newer ones wait
// for the next bytecode, so that nothing is to be done there.
#pragma once

#include "engine/ref.h"

namespace dill::engine {

class GcPause {
 public:
#if PY_VERSION_HEX >= 0x030A0000 && PY_VERSION_HEX < 0x030C0000
  GcPause() : enabled_(PyGC_Disable() != 0) {}
  ~GcPause() {
    if (enabled_) PyGC_Enable();
  }

 private:
  bool enabled_;

 public:
#else
  GcPause() {}
  ~GcPause() {}  // declared, so that an unused pause is no warning
#endif
  GcPause(const GcPause&) = delete;
  GcPause& operator=(const GcPause&) = delete;
};

}  // namespace dill::engine
