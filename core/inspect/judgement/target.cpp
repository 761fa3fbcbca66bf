#include "inspect/judgement/target.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "inspect/effects/compat_names.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kNameBytes = 1'000;
constexpr std::size_t kMostKnown = 100'000;  // terms whose target is remembered

// Methods that the Unpickler calls by itself.
constexpr std::array<std::string_view, 16> kHookMethods{
    "__new__",     "__init__", "__setstate__", "__reduce__", "__init_subclass__", "__set_name__", "__del__",
    "__hash__",    "__eq__",   "append",       "extend",     "__setitem__",       "add",          "__index__",
    "__setattr__", "__class__"};

// The text of a str argument that is all there; false for anything else.
bool text_argument(const Term& call, std::uint64_t index, std::string& text) {
  const Term arguments = call.arguments();
  if (index >= arguments.kept()) return false;
  const Term item = arguments.item(index);
  if (item.kind() != TermKind::Str) return false;
  bool whole = false;
  text = item.text(kNameBytes, &whole);
  return whole;
}

// Whether a class has such methods, as far as its dict tells.
bool has_hooks(const Term& arguments) {
  bool dict = false;
  for (std::uint64_t i = 0; i < arguments.kept(); ++i) {
    const Term item = arguments.item(i);
    if (item.kind() != TermKind::Dict) continue;
    dict = true;
    if (item.kept() < item.size()) return true;
    for (std::uint64_t j = 0; j < item.kept(); ++j) {
      if (item.key(j).kind() != TermKind::Str) return true;
      const std::string name = item.key(j).text(kNameBytes);
      if (std::find(kHookMethods.begin(), kHookMethods.end(), name) != kHookMethods.end()) return true;
    }
  }
  return !dict || arguments.kept() < arguments.size();
}

std::string joined(const std::string& path, const std::string& rest) {
  if (path.empty()) return rest;
  return rest.empty() ? path : path + "." + rest;
}

}  // namespace

Term bases_of(const Term& arguments) {
  for (std::uint64_t i = 0; i < arguments.kept(); ++i)
    if (arguments.item(i).kind() == TermKind::Tuple) return arguments.item(i);
  return {};
}

bool is_class_name(std::string_view path) {
  std::string_view last = path.substr(path.rfind('.') + 1);
  while (last.starts_with('_')) last.remove_prefix(1);
  return !last.empty() && last[0] >= 'A' && last[0] <= 'Z';
}

bool Targets::is_object(const Term& part) {
  if (part.kind() != TermKind::Result || part.callee().kind() != TermKind::Global) return false;
  const Target made = resolve(part.callee());
  return made.is_allowed() && is_class_name(made.path);
}

Target Targets::resolve(const Term& start) {
  Term term = start;
  std::string path;  // attributes behind what was looked at
  Target target;
  while (steps_-- > 0) {
    // Of long chains that share their inner part: nothing leads on from what is known to be computed.
    if (steps_ < kSteps - 1 && term.kind() == TermKind::Result) {
      const auto known = known_.find(term.bits().bits);
      if (known != known_.end() && known->second.offset == term.offset() &&
          known->second.target.kind == TargetKind::Computed)
        return {};
    }
    switch (term.kind()) {
      case TermKind::Global: {
        const Term module = term.module(), name = term.name();
        bool module_whole = false, name_whole = false;
        std::string module_text = module.text(kNameBytes, &module_whole);
        const std::string name_text = name.text(kNameBytes, &name_whole);
        if (module.kind() == TermKind::Str && name.kind() == TermKind::Str && module_whole && name_whole)
          return named(std::move(module_text), joined(name_text, path));
        target.kind = is_object(module) || is_object(name) ? TargetKind::Value : TargetKind::Dynamic;
        return target;
      }
      case TermKind::Result: {
        bool goes_on = false;
        target = resolve_result(term, path, goes_on);
        if (!goes_on) return target;
        break;
      }
      case TermKind::Extension:
        target.kind = TargetKind::Extension;
        return target;
      case TermKind::Persistent: {
        // torch.load gives the class that such an id names: ('module', class, ...), in its tars (class, ...).
        const Term id = term.arguments();
        const bool is_module = id.kind() == TermKind::Tuple && id.kept() > 1 && id.item(0).kind() == TermKind::Str &&
                               id.item(0).text(10) == "module";
        if (id.kind() == TermKind::Tuple && id.kept() > 1 && id.item(is_module ? 1 : 0).kind() == TermKind::Global) {
          term = id.item(is_module ? 1 : 0);
          break;
        }
        target.kind = TargetKind::Persistent;
        return target;
      }
      case TermKind::Unknown:
      case TermKind::Buffer:
        return target;
      default:
        target.kind = path.empty() ? TargetKind::Value : TargetKind::Computed;
        return target;
    }
  }
  return {};
}

bool Targets::has_dangerous_base(const Term& arguments) {
  const Term bases = bases_of(arguments);
  if (bases.kept() < bases.size()) return true;
  for (std::uint64_t i = 0; i < bases.kept(); ++i)
    if (const Target base = resolve(bases.item(i)); base.is_dangerous() || base.dangerous_base) return true;
  return false;
}

// One step: either says what the result of a call is, or goes on with another term, of which `path` is asked for.
Target Targets::resolve_result(Term& term, std::string& path, bool& goes_on) {
  const Term callee = term.callee();
  const Term arguments = term.arguments();
  Target target;
  std::string text;
  if (callee.kind() == TermKind::Result) {  // attrgetter('a.b')(x)
    const Target getter = resolve(callee.callee());
    if (getter.rule != nullptr && getter.rule->judge == Judge::AttributeNames && callee.arguments().size() == 1 &&
        arguments.kept() > 0 && text_argument(callee, 0, text)) {
      path = joined(text, path);
      term = arguments.item(0);
      goes_on = true;
      return target;
    }
  }
  const Target made = resolve(callee);
  if (made.kind != TargetKind::Named || made.rule == nullptr) return target;
  switch (made.rule->judge) {
    case Judge::GetAttribute:
      if (!text_argument(term, 1, text)) return target;
      if (arguments.kept() > 2) {  // what comes out where there is no such attribute
        target = resolve(arguments.item(2));
        if (target.is_dangerous() || target.kind == TargetKind::FileFunction) return target;
        target = Target();
      }
      path = joined(text, path);
      term = arguments.item(0);
      goes_on = true;
      return target;
    case Judge::ImportModule:
      if (!text_argument(term, 0, text)) return target;
      target = named(std::move(text), path);
      target.from_import = true;
      return target;
    case Judge::NamedTuple: {
      std::string module;
      if (!text_argument(term, 0, text) || !text_argument(term, 2, module)) return target;
      target = named(std::move(module), joined(text, path));
      target.from_import = true;
      return target;
    }
    case Judge::LoadType:
      if (!text_argument(term, 0, text) || text.empty()) return target;
      if (made.path != "_builtin_type" && text[0] >= 'a' && text[0] <= 'z')
        return named("builtins", joined(text, path));
      return named(made.path == "_builtin_type" ? "types" : made.dotted(), joined(text, path));
    case Judge::Descriptor: {
      if (!text_argument(term, 1, text)) return target;
      const Target base = resolve(arguments.item(0));
      return base.kind == TargetKind::Named ? named(base.module, joined(joined(base.path, text), path)) : target;
    }
    case Judge::BindsMethod:  // calling it calls the function, with one more argument
      if (arguments.kept() != 2 || !path.empty()) return target;
      term = arguments.item(0);
      goes_on = true;
      return target;
    case Judge::KeepsCallable:  // lru_cache(None, False) is waiting for its function
      if (made.dotted() != "functools.lru_cache" || !arguments.inert() || arguments.size() == 0) return target;
      return named("functools", "lru_cache.decorator");
    case Judge::DefineFunction:
      target.kind = path.empty() ? TargetKind::FileFunction : TargetKind::Computed;
      return target;
    case Judge::DefineClass:
      target.kind = TargetKind::FileClass;
      target.has_hooks = has_hooks(arguments);
      target.dangerous_base = has_dangerous_base(arguments);
      return target;
    case Judge::Type:
      if (arguments.size() < 3) return target;
      target.kind = TargetKind::FileClass;
      target.has_hooks = has_hooks(arguments);
      target.dangerous_base = has_dangerous_base(arguments);
      return target;
    default:
      return target;
  }
}

const Target& Targets::of(const Term& term) {
  const TermKind kind = term.kind();
  if (kind == TermKind::Global || kind == TermKind::Result) {
    const auto known = known_.find(term.bits().bits);
    if (known != known_.end() && known->second.offset == term.offset()) return known->second.target;
  }
  steps_ = kSteps;
  last_ = resolve(term);
  // Most objects are: to remember them all takes longer than to look at them again, unless that was a long way.
  if (kind != TermKind::Global && last_.kind == TargetKind::Computed && steps_ > kSteps - kLongWay) return last_;
  if (kind != TermKind::Global && kind != TermKind::Result) return last_;
  if (known_.size() >= kMostKnown) known_.clear();
  return known_.insert_or_assign(term.bits().bits, Known{term.offset(), last_}).first->second.target;
}

const Target& Targets::class_of(const Term& object) {
  if (object.kind() != TermKind::Result) return of(object);
  if (const Target& itself = of(object); itself.kind != TargetKind::Computed) return itself;
  const Target& made = of(object.callee());
  if (made.kind == TargetKind::Named && made.rule != nullptr && made.rule->judge == Judge::NewObject &&
      object.arguments().kept() > 0)
    return of(object.arguments().item(0));
  return made;
}

const Rule* Targets::maker(const Term& term) {
  if (term.kind() != TermKind::Result) return nullptr;
  const Target& made = of(term.callee());
  return made.kind == TargetKind::Named ? made.rule : nullptr;
}

Target Targets::named(std::string module, std::string path) const {
  Target target;
  target.kind = TargetKind::Named;
  target.rule = rules_.find(module, path);
  if (target.rule == nullptr) {
    if (const auto mapped = python_three_name(module, path)) target.rule = rules_.find(mapped->module, mapped->name);
  }
  // Frozen modules are found by what stands before a NUL: "os\0" runs as os does.
  if (const std::size_t nul = module.find('\0'); target.rule == nullptr && nul != std::string::npos) {
    const Rule* const frozen = rules_.find(module.substr(0, nul), path);
    if (frozen != nullptr && frozen->kind == RuleKind::Forbid) target.rule = frozen;
  }
  target.inside = rules_.reaches_inside(path) && (target.rule == nullptr || target.rule->kind == RuleKind::Caution);
  target.module = std::move(module);
  target.path = std::move(path);
  return target;
}

}  // namespace dill::inspect
