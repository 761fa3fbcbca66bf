// Which Python wrote the code objects of a pickle: by the shape of the call that makes them, their line tables and their
// bytecode. Looks at the effects on their way to somebody else.
#pragma once

#include "inspect/effects/effects.h"
#include "inspect/meaning/code_object.h"

namespace dill::inspect {

class CodeVersions : public EffectSink {
 public:
  explicit CodeVersions(EffectSink& next) : next_(next) {}

  bool on_effect(const Effect& effect) override;
  const PythonVersions& versions() const { return versions_; }

 private:
  EffectSink& next_;
  PythonVersions versions_;
};

}  // namespace dill::inspect
