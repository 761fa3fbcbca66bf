#include "models/effect_list.h"

#include <unordered_map>

#include "inspect/effects/effects.h"

namespace dill::gui {

using inspect::Effect;
using inspect::EffectKind;
using inspect::Term;
using inspect::TermKind;

namespace {

constexpr std::size_t kNameText = 200;
constexpr std::size_t kArgumentText = 160;

class Collector : public inspect::EffectSink {
 public:
  Collector(EffectList& list, const std::atomic<bool>& cancel) : list_(list), cancel_(cancel) {
    list_.texts.emplace_back();
    texts_.emplace("", 0);
  }

  bool on_effect(const Effect& effect) override {
    if (cancel_.load(std::memory_order_relaxed)) return false;
    if (list_.rows.size() == EffectList::kMaxRows || list_.callees.size() == EffectList::kMaxCallees) {
      list_.cut = true;
      return false;
    }
    const std::uint32_t callee = calleeOf(effect);
    Callee& entry = list_.callees[callee];
    if (effect.kind == EffectKind::Lookup || effect.kind == EffectKind::Extension) {
      ++entry.lookups;
    } else {
      ++entry.others;
    }
    entry.rows.push_back(static_cast<std::uint32_t>(list_.rows.size()));
    list_.rows.push_back({effect.offset, callee, argumentsOf(effect), effect.loaders, effect.kind, effect.reach});
    return true;
  }

 private:
  static bool isName(const Term& global) {
    return global.kind() == TermKind::Global && global.module().kind() == TermKind::Str &&
           global.name().kind() == TermKind::Str;
  }

  std::uint32_t calleeOf(const Effect& effect) {
    if (effect.kind == EffectKind::Lookup && effect.module.known && effect.name.known) {
      return add(std::string(effect.module.text) + '.' + std::string(effect.name.text), true);
    }
    if (effect.kind == EffectKind::PersistentLoad) return add("persistent_load", false);
    // What a state is given to, or an item is added to, is named after what made it.
    Term subject = effect.callee;
    if (effect.kind != EffectKind::Call && subject.kind() == TermKind::Result) subject = subject.callee();
    if (isName(subject)) return add(subject.module().text(kNameText) + '.' + subject.name().text(kNameText), true);
    return add(subject.expression(kNameText), false);
  }

  std::uint32_t add(std::string text, bool global) {
    const auto [at, isNew] = callees_.try_emplace(text, static_cast<std::uint32_t>(list_.callees.size()));
    if (isNew) list_.callees.push_back({std::move(text), global, 0, 0, {}});
    return at->second;
  }

  std::uint32_t argumentsOf(const Effect& effect) {
    if (kept_ >= EffectList::kMaxText) return 0;
    std::string text;
    if (effect.kind == EffectKind::Lookup) {
      if (effect.maps_for == inspect::kNoLoader) return 0;
      text = std::string(effect.maps_to_module) + '.' + std::string(effect.maps_to_name);
    } else {
      text = effect.arguments.expression(kArgumentText);
    }
    const auto [at, isNew] = texts_.try_emplace(text, static_cast<std::uint32_t>(list_.texts.size()));
    if (isNew) {
      kept_ += text.size();
      list_.texts.push_back(std::move(text));
    }
    return at->second;
  }

  EffectList& list_;
  const std::atomic<bool>& cancel_;
  std::unordered_map<std::string, std::uint32_t> callees_;
  std::unordered_map<std::string, std::uint32_t> texts_;
  std::size_t kept_ = 0;
};

}  // namespace

std::shared_ptr<const EffectList> listEffects(std::span<const unsigned char> bytes, const std::atomic<bool>& cancel,
                                              const std::function<void(std::uint64_t done)>& progress) {
  auto list = std::make_shared<EffectList>();
  Collector collector(*list, cancel);
  inspect::EffectLimits limits;
  limits.proceed = [&](std::uint64_t done) {
    if (progress) progress(done);
    return !cancel.load(std::memory_order_relaxed);
  };
  const inspect::EffectsResult result = inspect::read_effects(bytes, limits, collector);
  list->all = inspect::kNoLoader;
  for (std::size_t i = 0; i < inspect::kLoaderCount; ++i) {
    const auto loader = static_cast<inspect::Loader>(i);
    if (result.outcomes[i].reads) list->all = static_cast<inspect::Loaders>(list->all | inspect::bit(loader));
  }
  list->cut = list->cut || (!result.complete && !cancel.load());
  return list;
}

}  // namespace dill::gui
