// Who of the loaders still reads, what each of them has done so far, and what the pass over the data tells of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "inspect/effects/effects.h"

namespace dill::inspect {

inline constexpr Loaders kAllLoaders = (1U << kLoaderCount) - 1;
inline constexpr Loaders kCMachines = kAllLoaders & static_cast<Loaders>(~kPythonLoaders);

// One pass over the data for a set of loaders that read the same bytes.
struct PassPlan {
  Loaders loaders = kNoLoader;
  bool first = true;       // the pass for all; others only say what differs from it
  std::uint64_t skip = 0;  // effects at its beginning that the first pass has told
  std::uint32_t file_buffer = 0;
};

class LoaderTrack {
 public:
  LoaderTrack(const EffectLimits& limits, const PassPlan& plan, EffectsResult& result, EffectSink& sink);

  Loaders active() const { return active_; }
  bool halted() const { return halted_; }
  // Effects of a loader so far, in all pickles.
  std::uint64_t effects_of(Loader loader) const { return effects_of_[static_cast<std::size_t>(loader)]; }
  Loaders forked() const { return forked_; }
  std::uint64_t fork_skip(Loader loader) const { return fork_skip_[static_cast<std::size_t>(loader)]; }

 protected:
  // Those of `who` that still go on stop here.
  void fault(Loaders who, std::string_view id, std::string message);
  void fault(std::string_view id, std::string message) { fault(kAllLoaders, id, std::move(message)); }
  // Those of `who` read other bytes from here on: another pass follows them.
  void fork(Loaders who, std::string_view id, std::string message);
  void note_difference(std::string_view id, Loaders one, std::string message);
  void need(Needs what);
  // Whether loading goes on from here depends on what an object of run time is.
  void doubt();
  void stop_reading(std::string why);
  // Those of `who` that still go on do this.
  void deliver(Effect& effect, Loaders who);
  // The pickle is read; `end`: where the next load() would go on. another(): whether there is anybody to do so.
  void complete(std::uint64_t end);
  bool another();

  const EffectLimits& limits_;
  PassPlan plan_;
  EffectsResult& result_;

  std::uint64_t offset_ = 0;  // of the current opcode
  pickle::Opcode opcode_ = pickle::Opcode::STOP;
  Loaders active_;
  bool halted_ = false;
  std::uint32_t pickle_ = 0;
  std::uint8_t protocol_ = 0;

 private:
  EffectSink& sink_;
  std::uint8_t needs_ = 0;
  std::uint64_t told_ = 0;
  Loaders forked_ = kNoLoader;
  std::array<std::uint64_t, kLoaderCount> effects_of_{};
  std::array<std::uint64_t, kLoaderCount> fork_skip_{};
};

}  // namespace dill::inspect
