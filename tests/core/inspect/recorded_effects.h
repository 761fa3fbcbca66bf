// Effects as lines of text, for comparing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/effects/effects.h"

namespace dill::tests {

using namespace std::literals;

struct RecordedEffects : inspect::EffectSink {
  struct Line {
    std::string text;
    inspect::Loaders loaders;
    inspect::Reach reach;
    std::uint64_t offset;
    std::uint8_t needs;
    std::uint8_t contents;  // of the arguments
    std::uint32_t file_buffer;
  };
  std::vector<Line> lines;
  std::size_t stop_after = ~std::size_t{0};

  static std::string part(const inspect::NamePart& part) { return part.known ? std::string(part.text) : "?"; }

  bool on_effect(const inspect::Effect& effect) override {
    using inspect::EffectKind;
    std::string text;
    switch (effect.kind) {
      case EffectKind::Lookup:
        text = "lookup " + part(effect.module) + " " + part(effect.name);
        if (effect.maps_for != 0)
          text += " -> " + std::string(effect.maps_to_module) + " " + std::string(effect.maps_to_name);
        break;
      case EffectKind::Call:
        text = "call " + effect.callee.expression() + " " + effect.arguments.expression();
        if (effect.keywords.kind() != inspect::TermKind::Unknown) text += " " + effect.keywords.expression();
        break;
      case EffectKind::Build:
        text = "build " + effect.callee.expression() + " " + effect.arguments.expression();
        break;
      case EffectKind::Hook:
        text = "hook " + effect.callee.expression() + " " + effect.arguments.expression();
        break;
      case EffectKind::Hash:
        text = "hash " + effect.arguments.expression();
        break;
      case EffectKind::PersistentLoad:
        text = "persistent " + effect.arguments.expression();
        break;
      case EffectKind::Extension:
        text = "extension " + std::to_string(effect.callee.extension_code());
        break;
    }
    lines.push_back({std::move(text), effect.loaders, effect.reach, effect.offset, effect.needs,
                     effect.arguments.contents(), effect.file_buffer});
    return lines.size() < stop_after;
  }

  // What a loader does, one effect a line.
  std::string of(inspect::Loader loader, std::uint32_t file_buffer = 0) const {
    std::string all;
    for (const Line& line : lines) {
      if ((line.loaders & inspect::bit(loader)) == 0) continue;
      if (line.file_buffer != 0 && line.file_buffer != file_buffer) continue;
      all += line.text + '\n';
    }
    return all;
  }
};

inline inspect::EffectsResult read(std::string_view data, RecordedEffects& sink,
                                   const inspect::EffectLimits& limits = {}) {
  return inspect::read_effects({reinterpret_cast<const unsigned char*>(data.data()), data.size()}, limits, sink);
}

inline inspect::EffectsResult read(std::string_view data) {
  RecordedEffects sink;
  return read(data, sink);
}

// All effects of one loader, a line each.
inline std::string effects(std::string_view data, inspect::Loader loader = inspect::Loader::CBytesIO,
                           std::uint32_t file_buffer = 0) {
  RecordedEffects sink;
  (void)read(data, sink);
  return sink.of(loader, file_buffer);
}

// The id of the fault of a loader in its first pickle, "" if it returns.
inline std::string fault(std::string_view data, inspect::Loader loader = inspect::Loader::CBytesIO) {
  const auto result = read(data);
  const auto& outcome = result.outcomes[static_cast<std::size_t>(loader)];
  return outcome.fault ? std::string(outcome.fault->id) : "";
}

inline std::string frame(std::string_view body, std::uint64_t length) {
  std::string text = "\x95";
  for (int shift = 0; shift < 64; shift += 8) text += static_cast<char>(length >> shift);
  return text + std::string(body);
}

}  // namespace dill::tests
