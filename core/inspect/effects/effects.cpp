#include "inspect/effects/effects.h"

#include <algorithm>
#include <array>

#include "inspect/effects/effect_machine.h"

namespace dill::inspect {

namespace {

// The first of the five pickles of a torch file from before 1.6: the number 0x1950a86a20f9469cfc6c.
constexpr std::array<unsigned char, 15> kTorchMagic = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                                       0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};

// Sizes of the buffer of open(): the block size of common file systems, io.DEFAULT_BUFFER_SIZE, and that of 3.14.
constexpr std::array<std::uint32_t, 3> kFileBuffers = {4096, 8192, 131072};

class Passes {
 public:
  Passes(pickle::Bytes bytes, const EffectLimits& limits, EffectSink& sink)
      : bytes_(bytes), limits_(limits), sink_(sink) {}

  EffectsResult run() {
    Loaders loaders = kPlainLoaders | bit(Loader::Joblib);
    if (bytes_.size() >= kTorchMagic.size() && std::equal(kTorchMagic.begin(), kTorchMagic.end(), bytes_.begin()))
      loaders |= bit(Loader::TorchLegacy);
    for (std::size_t i = 0; i < kLoaderCount; ++i) result_.outcomes[i].reads = (loaders >> i & 1) != 0;

    EffectMachine<LinearInput> first(bytes_, LinearInput(bytes_, 0), limits_, {loaders, true, 0, 0}, result_, sink_);
    first.run();
    const auto again = [&](Loader lead, Loaders also, auto input, std::uint32_t file_buffer = 0) {
      if ((first.forked() & bit(lead)) == 0 || !result_.complete) return;
      const PassPlan plan{static_cast<Loaders>(first.forked() & (bit(lead) | also)), false, first.fork_skip(lead),
                          file_buffer};
      EffectMachine machine(bytes_, input, limits_, plan, result_, sink_);
      machine.run();
    };
    constexpr Loaders kAnyFile = bit(Loader::Dill) | bit(Loader::TorchLegacy);
    again(Loader::CBytesIO, kAnyFile, StreamInput(bytes_, 0, 0));
    for (const std::uint32_t size : kFileBuffers) again(Loader::CFile, kAnyFile, StreamInput(bytes_, 0, size), size);
    again(Loader::Python, kPythonLoaders, FramedInput(bytes_, 0));
    return std::move(result_);
  }

 private:
  pickle::Bytes bytes_;
  const EffectLimits& limits_;
  EffectSink& sink_;
  EffectsResult result_;
};

}  // namespace

EffectsResult read_effects(std::span<const unsigned char> bytes, const EffectLimits& limits, EffectSink& sink) {
  return Passes(bytes, limits, sink).run();
}

}  // namespace dill::inspect
