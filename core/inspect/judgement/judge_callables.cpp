// Callables that a file hands over, keeps or plants: what they can do to whoever calls them.
#include <functional>
#include <string>
#include <vector>

#include "inspect/effects/method_names.h"
#include "inspect/judgement/gadgets.h"
#include "inspect/judgement/judge.h"
#include "inspect/judgement/term_parts.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kShown = 160;
constexpr std::uint64_t kManyMethods = 100;

std::uint64_t key_of(const std::string& text) { return std::hash<std::string>()(text); }

bool is_address_attribute(const Term& key) {
  if (key.kind() != TermKind::Str) return false;
  const std::uint64_t size = key.payload_size();
  if (size < 16 || size > 24) return false;  // most names are of other lengths
  return is_address_name(key.text(64));
}

}  // namespace

std::optional<Severity> gadget_severity(const Target& target) {
  if (target.kind == TargetKind::FileClass && target.dangerous_base) return Severity::Dangerous;
  if (target.kind != TargetKind::Named || target.inside || target.rule == nullptr) return {};
  switch (target.rule->judge) {
    case Judge::EvaluatedLiteral:
    case Judge::Descriptor:
    case Judge::NestedPickle:
    case Judge::FileHandle:
    case Judge::ImportModule:
    case Judge::NamedTuple:
    case Judge::NewArray:
    case Judge::Union:
      return Severity::Dangerous;
    case Judge::GetAttribute:
    case Judge::SetAttribute:
    case Judge::Encode:
    case Judge::MethodCall:
      return Severity::Suspicious;
    default:
      return {};
  }
}

bool makes_empty_object(const Effect& effect) {
  return (effect.opcode == pickle::Opcode::NEWOBJ || effect.opcode == pickle::Opcode::NEWOBJ_EX) &&
         effect.arguments.kind() == TermKind::Tuple && effect.arguments.size() == 0 &&
         (effect.keywords.kind() == TermKind::Unknown || effect.keywords.size() == 0);
}

bool PickleJudge::hands_over_danger(const Term& term) {
  if (!danger_seen_ || term.inert()) return false;
  bool cut = false;
  const bool clean = visit_parts(term, budget_, cut, [&](const Term& part) {
    const Target& target = targets_.of(part);
    return !(target.is_dangerous() && !(target.from_import && target.path.empty()));
  });
  return !clean || (cut && (term.contents() & kHoldsGlobal) != 0);
}

std::optional<Severity> PickleJudge::hands_over_gadget(const Term& term) {
  if (!gadget_seen_ || term.inert()) return {};
  std::optional<Severity> worst;
  bool cut = false;
  visit_parts(term, budget_, cut, [&](const Term& part) {
    if (const auto severity = gadget_severity(targets_.of(part)); severity && worst != Severity::Dangerous)
      worst = severity;
    return true;
  });
  if (cut && !worst && (term.contents() & kHoldsGlobal) != 0) return Severity::Suspicious;
  return worst;
}

bool PickleJudge::reports_gadget(const Target& target, const Effect& effect, const Term& handed) {
  const auto severity = hands_over_gadget(handed);
  if (!severity) return false;
  const bool danger = *severity == Severity::Dangerous;
  report(danger ? "dangerous-argument" : "callable-kept", *severity, key_of(target.dotted()) + 2, effect, [&] {
    return "hands a function whose arguments decide what it does to " + target.dotted() + ": " +
           handed.expression(kShown);
  });
  return true;
}

bool PickleJudge::plants_method(const Term& state) {
  // A tuple is made right before it is used, unless somebody wants it to be forgotten.
  if (state.kind() == TermKind::Tuple && state.kept() == 0 && state.size() != 0) return true;
  std::vector<Term> dicts{state};
  if (state.kind() == TermKind::Tuple)
    for (std::uint64_t i = 0; i < state.kept(); ++i) dicts.push_back(state.item(i));
  for (const Term& dict : dicts) {
    if (dict.kind() != TermKind::Dict) continue;
    if (dict.lost_address()) return true;
    // So many that some were not kept.
    if (dict.kept() >= kManyMethods && (dict.contents() & kHoldsUnknown) != 0) return true;
    for (std::uint64_t i = 0; i < dict.kept(); ++i) {
      if (is_address_attribute(dict.key(i))) return true;
      if (dict.item(i).inert() || dict.key(i).kind() != TermKind::Str || !is_method_name(dict.key(i).text(64)))
        continue;
      if (judge_callable(dict.item(i)) != Callable::Plain) return true;
    }
  }
  return false;
}

void PickleJudge::hands_over_main(const Target& target, const Effect& effect, const Term& handed) {
  if (!main_seen_ || handed.inert()) return;
  bool cut = false;
  const bool clean =
      visit_parts(handed, budget_, cut, [&](const Term& part) { return !is_main_variables(targets_.of(part)); });
  if (clean && (!cut || (handed.contents() & kHoldsGlobal) == 0)) return;
  report("session-state", Severity::Suspicious, 2, effect, [&] {
    return (clean ? "may hand the variables of the main program to " : "hands the variables of the main program to ") +
           target.dotted() + ", which can change them: " + handed.expression(kShown);
  });
}

// iter(function, sentinel) calls the function.
bool PickleJudge::is_iter(const Term& made) {
  const Target& maker = targets_.of(made.callee());
  return rules().canonical(maker.module, maker.path) == "builtins.iter";
}

// getitem(defaultdict(function), key) calls the function.
bool PickleJudge::calls_factory(const Target& target, const Term& arguments) {
  if (arguments.kept() == 0 || rules().canonical(target.module, target.path) != "operator.getitem") return false;
  const Term made = arguments.item(0);
  const Rule* const rule = targets_.maker(made);
  if (rule == nullptr || rule->judge != Judge::Factory || made.arguments().kept() == 0) return false;
  return judge_callable(made.arguments().item(0)) != Callable::Plain;
}

bool PickleJudge::runs_when_used(const Term& arguments) {
  if (!lazy_seen_ || arguments.inert()) return false;
  std::vector<Term> waiting;
  const auto add_items = [&](const Term& of) {
    for (std::uint64_t i = 0; i < of.kept(); ++i) waiting.push_back(of.item(i));
  };
  add_items(arguments);
  for (std::size_t visited = 0; !waiting.empty(); ++visited) {
    if (visited >= budget_.most()) return true;
    budget_.spend(1);
    const Term part = waiting.back();
    waiting.pop_back();
    const Rule* const rule = targets_.maker(part);
    if (rule == nullptr || !rule->lazy) continue;
    const Term inner = part.arguments();
    if (rule->judge == Judge::Data && inner.size() == 2 && is_iter(part) &&
        judge_callable(inner.item(0)) != Callable::Plain)
      return true;
    if (rule->judge == Judge::KeepsCallable && judge_callable(argument(inner, 0)) != Callable::Plain) return true;
    if (inner.kept() < inner.size()) return true;
    add_items(inner);
  }
  return false;
}

// getattr(object of a known class, name), where the lists know that method.
bool PickleJudge::allows_attribute(const Term& got) {
  const Term arguments = got.arguments();
  if (arguments.kept() < 2 || arguments.item(1).kind() != TermKind::Str) return false;
  bool whole = false;
  const std::string name = arguments.item(1).text(1'000, &whole);
  const Target& made = targets_.class_of(arguments.item(0));
  if (!whole || !made.is_allowed()) return false;
  const Rule* const attribute = rules().find(made.module, made.path + "." + name);
  return attribute != nullptr && attribute->kind == RuleKind::Allow;
}

bool PickleJudge::is_plain(const Target& target) const {
  if (!target.is_allowed())
    return target.rule != nullptr && !target.is_dangerous() && target.rule->judge == Judge::Data;
  switch (target.rule->judge) {
    case Judge::Data:
    case Judge::Literals:
    case Judge::NoCallables:
    case Judge::NoArguments:
    case Judge::OnlyEmpty:
    case Judge::Type:
    case Judge::Factory:
    case Judge::AttributeNames:
    case Judge::LoadType:
      return true;
    default:
      return false;
  }
}

PickleJudge::Callable PickleJudge::judge_callable(const Term& term) {
  Term callable = term;
  for (int step = 0; step < 16; ++step) {
    if (callable.kind() == TermKind::None) return Callable::Plain;
    const Target& target = targets_.of(callable);
    switch (target.kind) {
      case TargetKind::Named:
        if (target.is_dangerous()) return Callable::Dangerous;
        if (target.rule == nullptr) return Callable::Unknown;
        if (target.rule->judge == Judge::OnlyEmpty) return Callable::Gadget;
        return is_plain(target) ? Callable::Plain : Callable::Gadget;
      case TargetKind::FileFunction:
      case TargetKind::FileClass:
        return Callable::FromFile;
      case TargetKind::Dynamic:
        return Callable::Dangerous;
      case TargetKind::Extension:
      case TargetKind::Persistent:
        return Callable::Unknown;
      case TargetKind::Value:
        return Callable::Plain;  // cannot be called
      case TargetKind::Computed:
        break;
    }
    const Rule* const rule = targets_.maker(callable);
    if (rule == nullptr) return Callable::Unknown;
    if (rule->judge == Judge::KeepsCallable || rule->judge == Judge::BindsMethod) {
      const Term state = callable.state();
      if (state.kind() == TermKind::Unknown) {
        callable = argument(callable.arguments(), 0);
        continue;
      }
      // partial has its function in its state once more, and takes it from there.
      const Target& keeper = targets_.of(callable.callee());
      const bool partial = rules().canonical(keeper.module, keeper.path) == "functools.partial";
      if (!partial || state.kind() != TermKind::Tuple || state.kept() == 0) return Callable::Gadget;
      callable = state.item(0);
      continue;
    }
    if (rule->judge == Judge::NewObject) {
      callable = argument(callable.arguments(), 0);
      return is_class_name(targets_.of(callable).path) ? Callable::Plain : Callable::Gadget;
    }
    if (rule->judge == Judge::GetAttribute && allows_attribute(callable)) return Callable::Plain;
    const Target& maker = targets_.of(callable.callee());
    if (rules().canonical(maker.module, maker.path) == "operator.getitem") return Callable::Unknown;
    const bool object = rule->kind == RuleKind::Allow || is_class_name(targets_.of(callable.callee()).path);
    const bool data = rule->judge == Judge::Data || rule->judge == Judge::NoArguments ||
                      rule->judge == Judge::OnlyEmpty || rule->judge == Judge::NoCallables ||
                      rule->judge == Judge::Literals;
    return object && data ? Callable::Plain : Callable::Gadget;
  }
  return Callable::Gadget;
}

void PickleJudge::keeps_callable(const Target& target, const Effect& effect, const Term& callable) {
  const std::uint64_t key = key_of(target.dotted());
  switch (judge_callable(callable)) {
    case Callable::Plain:
      return;
    case Callable::Dangerous:
      danger_seen_ = true;
      report("dangerous-argument", Severity::Dangerous, key, effect, [&] {
        return "keeps something dangerous to be called later: " + target.dotted() + " of " +
               callable.expression(kShown);
      });
      return;
    case Callable::Gadget:
      lazy_seen_ = true;
      report("callable-kept", Severity::Suspicious, key, effect, [&] {
        return "keeps a call whose arguments decide what it does: " + target.dotted() + " of " +
               callable.expression(kShown);
      });
      return;
    case Callable::Unknown:
    case Callable::FromFile:
      lazy_seen_ = true;
      report("callable-kept", Severity::Suspicious, key + 1, effect, [&] {
        return "keeps a function of which nothing is known to be called later: " + target.dotted() + " of " +
               callable.expression(kShown);
      });
      return;
  }
}

}  // namespace dill::inspect
