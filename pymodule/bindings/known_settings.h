// dill.settings as far as dumps() needs them, read again only when the dict has changed.
#pragma once

#include <cstdint>

#include "engine/ref.h"

namespace dill::bindings {

class KnownSettings {
 public:
  struct Values {
    engine::Ref protocol;
    bool byref = false;
    bool recurse = false;
    bool better = false;  // settings['compat'] == 'better'
    bool header = false;
    int fmode = 0;
  };

  // Null if one is missing or of another type than usual, so that each has to be asked for when it is needed.
  const Values* get();

  // settings['source'], as of the last get(): functions take their source along.
  bool source() const { return source_; }

 private:
  bool read();

  Values values_;
  std::uint64_t version_ = 0;
  bool source_ = false;
  bool usable_ = false;
};

}  // namespace dill::bindings
