#include <array>
#include <optional>

#include "graph/text.h"
#include "inspect/effects/effects.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/offset_paths.h"
#include "inspect/judgement/reports.h"
#include "inspect/judgement/shown_call.h"
#include "inspect/static_graph.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kShown = 200;

std::string_view verb(const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::Lookup:
      return "look up";
    case EffectKind::Call:
      return "call";
    case EffectKind::Build:
      return "set state";
    case EffectKind::Hook:
      return "fill";
    case EffectKind::Hash:
      return "hash";
    case EffectKind::PersistentLoad:
      return "persistent load";
    case EffectKind::Extension:
      return "look up extension";
  }
  return "";
}

std::string what(const Effect& effect) {
  std::string text = effect.callee.expression(kShown);
  switch (effect.kind) {
    case EffectKind::Lookup:
      if (!effect.maps_to_module.empty())
        text += " (as " + std::string(effect.maps_to_module) + "." + std::string(effect.maps_to_name) + ")";
      return text;
    case EffectKind::Call: {
      text = shown_call(effect.callee, effect.arguments, kShown);
      if (effect.keywords.size() > 0) text += " with " + effect.keywords.expression(kShown);
      return text;
    }
    case EffectKind::Build:
      return text + " from " + effect.arguments.expression(kShown);
    case EffectKind::Hook:
      return text + " with " + effect.arguments.expression(kShown);
    case EffectKind::Hash:
      return effect.arguments.expression(kShown);
    case EffectKind::PersistentLoad:
      return effect.arguments.expression(kShown);
    case EffectKind::Extension:
      return text;
  }
  return text;
}

std::string loaders_text(Loaders loaders) {
  std::string text;
  for (std::size_t i = 0; i < kLoaderCount; ++i) {
    const auto loader = static_cast<Loader>(i);
    if ((loaders & bit(loader)) == 0) continue;
    if (!text.empty()) text += ", ";
    text += loader_name(loader);
  }
  return text;
}

class EffectLines : public EffectSink {
 public:
  EffectLines(const OffsetPaths* paths, std::span<const Piece> pieces, const ReportWriter& write)
      : paths_(paths), pieces_(pieces), write_(write) {}

  bool on_effect(const Effect& effect) override {
    const std::uint64_t offset = offset_in_bytes(pieces_, effect.offset);
    std::string line = std::to_string(offset);
    line.insert(0, line.size() < 10 ? 10 - line.size() : 0, ' ');
    line += "  " + std::string(pickle::opcode_info(effect.opcode).name);
    line.resize(std::max<std::size_t>(line.size(), 29), ' ');
    line += " " + std::string(verb(effect)) + "  " + neutral(what(effect));
    if (paths_ != nullptr) {
      const graph::NodeId node = paths_->at(offset);
      if (node != graph::kNoNode) line += "  in " + neutral(paths_->path(node));
    }
    if (effect.reach == Reach::NotReached) line += "  (not reached by the first load)";
    if (effect.reach == Reach::AfterFault) line += "  (after a fault)";
    if (effect.reach != Reach::AfterFault && (effect.loaders & kPlainLoaders) != kPlainLoaders)
      line += "  only: " + loaders_text(effect.loaders);
    return write_(line + "\n");
  }

 private:
  const OffsetPaths* paths_;
  std::span<const Piece> pieces_;
  const ReportWriter& write_;
};

}  // namespace

void effects_report(const MemberReport& pickle, const ReportWriter& write) {
  const auto read = read_pickle(pickle.bytes);
  const std::optional<OffsetPaths> paths = read ? std::optional<OffsetPaths>(read->graph) : std::nullopt;
  EffectLines lines(paths ? &*paths : nullptr, pickle.pieces, write);
  const EffectsResult result = read_effects(pickle.stream, EffectLimits(), lines);
  const auto shown_offset = [&](std::uint64_t at) { return graph::grouped_digits(offset_in_bytes(pickle.pieces, at)); };
  if (result.effects == 0 && !write("nothing is looked up and nothing is called\n")) return;
  if (result.fault && !write("every loader gives up at byte " + shown_offset(result.fault->offset) + ": " +
                             neutral(result.fault->message) + "\n"))
    return;
  for (const LoaderDifference& difference : result.differences) {
    if (!write("from byte " + shown_offset(difference.offset) + " on loaders part: " + neutral(difference.message) +
               ": " + loaders_text(difference.one) + "\n"))
      return;
  }
}

}  // namespace dill::inspect
