#include "inspect/effects/loader_track.h"

#include <algorithm>
#include <utility>

namespace dill::inspect {

namespace {

constexpr std::array kEveryLoader = {Loader::CLoads, Loader::CBytesIO, Loader::CFile,
                                     Loader::Python, Loader::CNew,     Loader::PythonNew,
                                     Loader::Dill,   Loader::Joblib,   Loader::TorchLegacy};

}  // namespace

LoaderTrack::LoaderTrack(const EffectLimits& limits, const PassPlan& plan, EffectsResult& result, EffectSink& sink)
    : limits_(limits), plan_(plan), result_(result), active_(plan.loaders), sink_(sink) {}

void LoaderTrack::fault(Loaders who, std::string_view id, std::string message) {
  who &= active_;
  if (who == 0) return;
  active_ &= static_cast<Loaders>(~who);
  std::uint64_t after = 0;
  for (const Loader loader : kEveryLoader) {
    if ((who & bit(loader)) == 0) continue;
    after = effects_of(loader);
    LoaderOutcome& outcome = result_.outcomes[static_cast<std::size_t>(loader)];
    if (pickle_ != 0 || outcome.fault) continue;
    outcome.fault = EffectFault{id, offset_, after, pickle_, message};
    outcome.end = offset_;
    outcome.effects = after;
  }
  if (!plan_.first) {
    halted_ = halted_ || active_ == 0;
    return;
  }
  if (active_ != 0) return note_difference(id, who, std::move(message));
  EffectFault found{id, offset_, after, pickle_, std::move(message)};
  if (pickle_ == 0) {
    result_.fault = std::move(found);
  } else {
    result_.trailing_fault = std::move(found);
  }
}

void LoaderTrack::fork(Loaders who, std::string_view id, std::string message) {
  who &= active_;
  if (who == 0 || !plan_.first) return;
  for (const Loader loader : kEveryLoader) {
    if ((who & bit(loader)) != 0) fork_skip_[static_cast<std::size_t>(loader)] = effects_of(loader);
  }
  forked_ |= who;
  active_ &= static_cast<Loaders>(~who);
  note_difference(id, who, std::move(message));
}

void LoaderTrack::note_difference(std::string_view id, Loaders one, std::string message) {
  if (!plan_.first) return;
  if (result_.differences.size() >= limits_.max_differences) {
    result_.more_differences = true;
    return;
  }
  result_.differences.push_back(
      {id, offset_, one, static_cast<Loaders>(active_ & static_cast<Loaders>(~one)), std::move(message)});
}

void LoaderTrack::need(Needs what) {
  if ((needs_ & what) != 0) return;
  needs_ |= what;
  if (plan_.first && active_ != 0) result_.needs.push_back({what, offset_});
}

void LoaderTrack::doubt() {
  if (plan_.first && active_ != 0 && !result_.doubtful_from) result_.doubtful_from = offset_;
}

void LoaderTrack::stop_reading(std::string why) {
  halted_ = true;
  result_.complete = false;
  if (result_.stopped.empty()) result_.stopped = std::move(why);
}

void LoaderTrack::deliver(Effect& effect, Loaders who) {
  who &= active_;
  if (who == 0 && active_ != 0) return;  // none of those that are still here does it
  if (who == 0 && !plan_.first) return;
  for (const Loader loader : kEveryLoader) {
    if ((who & bit(loader)) != 0) ++effects_of_[static_cast<std::size_t>(loader)];
  }
  if (told_++ < plan_.skip || halted_) return;
  effect.opcode = opcode_;
  effect.offset = offset_;
  effect.loaders = who;
  effect.needs = needs_;
  effect.protocol = protocol_;
  effect.pickle = pickle_;
  effect.file_buffer = plan_.file_buffer;
  const bool torch = (who & bit(Loader::TorchLegacy)) != 0 && pickle_ < 5;
  effect.reach = who == 0 ? Reach::AfterFault : pickle_ == 0 || torch ? Reach::Reached : Reach::NotReached;
  ++result_.effects;
  if (effect.kind == EffectKind::Lookup) ++result_.lookups;
  if (effect.kind == EffectKind::Call) ++result_.calls;
  if (!sink_.on_effect(effect)) stop_reading("the reader was told to stop");
}

void LoaderTrack::complete(std::uint64_t end) {
  for (const Loader loader : kEveryLoader) {
    LoaderOutcome& outcome = result_.outcomes[static_cast<std::size_t>(loader)];
    if ((active_ & bit(loader)) == 0 || pickle_ != 0 || outcome.end != 0) continue;
    outcome.end = end;
    outcome.effects = effects_of(loader);
  }
  if (plan_.first && active_ != 0) {
    ++result_.pickles;
    result_.end = end;
  }
}

bool LoaderTrack::another() {
  active_ &= static_cast<Loaders>(~bit(Loader::CLoads));                         // loads() reads one
  if (pickle_ == 4) active_ &= static_cast<Loaders>(~bit(Loader::TorchLegacy));  // then come the raw arrays
  ++pickle_;
  if (pickle_ >= limits_.max_pickles) {
    stop_reading("more than " + std::to_string(limits_.max_pickles) + " pickles in a row");
    return false;
  }
  return active_ != 0 || (plan_.first && result_.fault);
}

}  // namespace dill::inspect
