#include "inspect/judgement/judge.h"

#include <functional>
#include <utility>

#include "inspect/judgement/dtype_state.h"
#include "inspect/judgement/gadgets.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/shown_call.h"
#include "inspect/judgement/term_parts.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kShown = 160;  // bytes of an expression in a message

std::uint64_t key_of(const Target& target) {
  return std::hash<std::string>()(target.dotted()) + static_cast<std::uint64_t>(target.kind);
}

bool is_dtype(const Target& target) {
  return target.kind == TargetKind::Named &&
         ((target.module == "numpy" && target.path == "dtype") || target.module == "numpy.dtypes");
}

std::string shown(const Effect& effect) { return shown_call(effect.callee, effect.arguments, kShown); }

}  // namespace

bool PickleJudge::on_effect(const Effect& effect) {
  if (effect.loaders != pass_) {
    targets_.forget();
    other_call_ = 0;
    pass_ = effect.loaders;
  }
  switch (effect.kind) {
    case EffectKind::Lookup:
      lookup(effect);
      break;
    case EffectKind::Call:
      ++calls_;
      call(effect);
      break;
    case EffectKind::Build:
      ++calls_;
      build(effect);
      break;
    case EffectKind::Hook:
      ++calls_;
      hook(effect);
      break;
    case EffectKind::Hash:
      ++calls_;
      hash(effect);
      break;
    case EffectKind::PersistentLoad:
      ++calls_;
      raise(Level::Reconstruction);
      findings_.add("persistent-id", Severity::Note, 0, effect.offset, [&] {
        return "objects that stand outside the pickle are asked for, the first by " +
               effect.arguments.expression(kShown) + "; who loads it decides what they are";
      });
      break;
    case EffectKind::Extension:
      ++lookups_;
      report("extension-code", Severity::Suspicious, static_cast<std::uint64_t>(effect.callee.extension_code()), effect,
             [&] {
               return "looks up extension code " + std::to_string(effect.callee.extension_code()) +
                      ": what that is depends on the registry of the program that loads it";
             });
      break;
  }
  return true;
}

void PickleJudge::finish(std::span<const unsigned char> stream) {
  if (!session_) return;
  // A pickle that is a module: its variables are set last, and nothing else is done with it.
  const bool whole =
      !several_sessions_ && *session_ + 1 < stream.size() &&
      stream[static_cast<std::size_t>(*session_) + 1] == static_cast<unsigned char>(pickle::Opcode::STOP);
  raise(whole ? Level::Reconstruction : Level::Calls);
  findings_.add("session-state", whole ? Severity::Note : Severity::Suspicious, 0, *session_, [&] {
    return std::string(whole ? "is a session: it sets variables of the program that loads it"
                             : "sets the variables of the main program or of a module, and does more than that");
  });
}

void PickleJudge::lookup(const Effect& effect) {
  ++lookups_;
  if (targets_.is_no_name(effect.callee.module()) || targets_.is_no_name(effect.callee.name())) {
    if (joblib_seen_) {  // only joblib reads what stands between the opcodes
      findings_.add("lookup-of-value", Severity::Note, 0, effect.offset,
                    [] { return std::string("cannot be read without joblib, which takes arrays out of the pickle"); });
      return;
    }
    report("lookup-of-value", Severity::Suspicious, 0, effect,
           [&] { return "looks up what is no name, so that loading fails: " + effect.callee.expression(kShown); });
    return;
  }
  if (!effect.module.known || !effect.name.known) {
    dynamic_ = danger_seen_ = true;
    GlobalName name;
    if (effect.module.known) name.module = std::string(effect.module.text);
    if (effect.name.known) name.name = std::string(effect.name.text);
    name.lookups = 1;
    name.offset = effect.offset;
    name.severity = Severity::Dangerous;
    name.reason = "a name that only run time knows can be any";
    report("computed-name", Severity::Dangerous, globals_.size(), effect, [&] {
      return "looks up a name that is computed while loading, " + effect.callee.expression(kShown) +
             ": it can be anything";
    });
    const std::string place = "?" + name.module.value_or("?") + "\n" + name.name.value_or("?");
    const auto [at, is_new] = places_.try_emplace(place, globals_.size());
    if (!is_new) {
      ++globals_[at->second].lookups;
    } else if (globals_.size() < max_globals_) {
      globals_.push_back(std::move(name));
    } else {
      places_.erase(at);
    }
    return;
  }
  std::string place;
  place.reserve(effect.module.text.size() + effect.name.text.size() + 1);
  place.append(effect.module.text).append(1, '\n').append(effect.name.text);
  const auto found = places_.find(place);
  if (found != places_.end()) {
    ++globals_[found->second].lookups;
    // The level was raised by the first one; only a first one behind a fault says less than this one.
    return;
  }
  GlobalName name;
  name.module = std::string(effect.module.text);
  name.name = std::string(effect.name.text);
  name.lookups = 1;
  name.offset = effect.offset;
  if (*name.module == "joblib.numpy_pickle" && *name.name == "NumpyArrayWrapper") joblib_seen_ = true;
  judge_name(name, effect);
  name_looks_odd(name, effect.offset);
  if (globals_.size() >= max_globals_) {
    report("too-many-names", Severity::Suspicious, 0, effect, [&] {
      return "more than " + std::to_string(max_globals_) + " names are looked up; the others are not listed";
    });
    return;
  }
  places_.emplace(std::move(place), globals_.size());
  globals_.push_back(std::move(name));
}

void PickleJudge::judge_name(GlobalName& name, const Effect& effect) {
  Target target = targets_.of(effect.callee);
  if (target.kind != TargetKind::Named) target = targets_.named(*name.module, *name.name);
  if (!effect.maps_to_module.empty()) {
    Target mapped = targets_.named(std::string(effect.maps_to_module), std::string(effect.maps_to_name));
    if (!target.is_dangerous() && (mapped.is_dangerous() || target.rule == nullptr)) target = std::move(mapped);
  }
  const bool cut = !effect.module.whole || !effect.name.whole;
  if (target.rule != nullptr) name.reason = target.rule->reason;
  if (!cut && !target.is_dangerous() && target.rule != nullptr) {
    name.level = Level::Reconstruction;
    name.severity = Severity::Note;
  }
  if (is_main_variables(target)) main_seen_ = true;
  reach(target, effect);
}

bool PickleJudge::is_main_variables(const Target& target) const {
  return target.kind == TargetKind::Named &&
         ((target.module == "__main__" && target.path == "__dict__") ||
          (target.path == "__main__" && (target.module == "__builtin__" || target.module == "builtins")));
}

// A function that returns an object which the file has not made, or that hands attributes on to one.
bool PickleJudge::gives_what_exists(const Target& target) const {
  const std::string_view name = target.path;
  if (name != "getitem" && name != "type" && name != "_create_weakproxy" && !name.ends_with("GenericAlias"))
    return false;
  const std::string dotted = rules().canonical(target.module, target.path);
  return dotted == "operator.getitem" || dotted == "builtins.type" || dotted == "dill._dill._create_weakproxy" ||
         dotted.starts_with("typing.");
}

void PickleJudge::name_looks_odd(const GlobalName& name, std::uint64_t offset) {
  const std::string dotted = *name.module + "." + *name.name;
  const std::string_view oddity = oddity_of_name(dotted);
  if (oddity.empty()) return;
  raise(Level::Calls);
  findings_.add("misleading-name", Severity::Suspicious, std::hash<std::string>()(dotted), offset,
                [&] { return "the name " + dotted + " " + std::string(oddity); });
}

void PickleJudge::reach(const Target& target, const Effect& effect) {
  const std::string dotted = target.dotted();
  const std::uint64_t key = key_of(target);
  if (gadget_severity(target)) gadget_seen_ = true;
  if (rules().import_has_effects(target.module)) {
    danger_seen_ = true;
    report("import-runs-code", Severity::Dangerous, key, effect,
           [&] { return "imports " + target.module + ", which does something when it is imported"; });
    return;
  }
  if (target.is_dangerous()) {
    danger_seen_ = true;
    // A module that functions of the file refer to is nothing yet.
    if (target.from_import && target.path.empty()) {
      raise(Level::Reconstruction);
      return;
    }
    if (target.inside && target.path == "__dict__" && target.module != "builtins") {
      // How dill refers to the variables of a module. Whoever gets them handed is judged.
      if (rules().knows_module(target.module)) {
        raise(Level::Reconstruction);
        return;
      }
      report("unknown-name", Severity::Suspicious, key_of(targets_.named(target.module, "")), effect,
             [&] { return "imports " + target.module + ": nothing is known of this code"; });
    } else if (target.inside) {
      report("interpreter-internals", Severity::Suspicious, key, effect,
             [&] { return "reaches into the interpreter by " + dotted; });
    } else {
      report("dangerous-name", Severity::Suspicious, key, effect,
             [&] { return "refers to " + dotted + ", which " + target.rule->reason + " when it is called"; });
    }
    return;
  }
  if (target.rule != nullptr || (target.path.empty() && rules().knows_module(target.module))) {
    raise(Level::Reconstruction);
    return;
  }
  report("unknown-name", Severity::Suspicious, key, effect, [&] {
    return "imports " + dotted + ": nothing is known of this code" +
           (target.module == "__main__" ? ", it is that of the program that loads the file" : "");
  });
}

void PickleJudge::call(const Effect& effect) {
  const Target& target = targets_.of(effect.callee);
  if (effect.callee.kind() == TermKind::Global && target.kind == TargetKind::Named) {
    // Counted by the name under which it was looked up.
    const auto found = places_.find(target.module + "\n" + target.path);
    if (found != places_.end()) ++globals_[found->second].calls;
  }
  if (!is_dtype(target) && (target.rule == nullptr || target.rule->judge != Judge::Encode)) other_call_ = effect.offset;
  if (target.is_allowed() && target.rule->judge == Judge::Data && !target.rule->lazy && !danger_seen_ && !lazy_seen_ &&
      !gadget_seen_ && !main_seen_ && target.module != "types" && effect.keywords.kind() == TermKind::Unknown) {
    raise(Level::Reconstruction);
    return;
  }
  call_of(Target(target), effect, effect.arguments);
}

void PickleJudge::call_of(const Target& target, const Effect& effect, const Term& arguments) {
  switch (target.kind) {
    case TargetKind::Named:
      call_of_known(target, effect, arguments);
      return;
    case TargetKind::FileFunction:
      report("runs-code-of-file", Severity::Dangerous, 0, effect,
             [&] { return "runs a function whose code is in the file: " + shown(effect); });
      return;
    case TargetKind::FileClass:
      from_file(target, effect);
      return;
    case TargetKind::Extension:
      report("extension-call",
             effect.opcode == pickle::Opcode::NEWOBJ || effect.opcode == pickle::Opcode::NEWOBJ_EX
                 ? Severity::Suspicious
                 : Severity::Dangerous,
             static_cast<std::uint64_t>(effect.opcode), effect,
             [&] { return "calls whatever the registry has for an extension code: " + shown(effect); });
      return;
    case TargetKind::Persistent:
      report("persistent-call", Severity::Suspicious, 0, effect,
             [&] { return "calls an object that stands outside the pickle: " + shown(effect); });
      return;
    case TargetKind::Dynamic:
    case TargetKind::Computed:
      if (effect.reach == Reach::AfterFault && joblib_seen_) return;  // the bytes of arrays, read as opcodes
      report("computed-callee", Severity::Dangerous, 0, effect,
             [&] { return "calls what was computed while loading, which can be anything: " + shown(effect); });
      return;
    case TargetKind::Value:                                                  // raises TypeError
      if (effect.callee.kind() == TermKind::Global && joblib_seen_) return;  // the look-up failed
      raise(Level::Calls);
      findings_.add("call-of-value", Severity::Suspicious, 0, effect.offset,
                    [&] { return "calls what cannot be called: " + shown(effect); });
      return;
  }
}

// Objects of a class that is made of things in the file.
void PickleJudge::from_file(const Target& target, const Effect& effect) {
  if (target.dangerous_base && effect.kind == EffectKind::Call && !makes_empty_object(effect)) {
    report("dangerous-call", Severity::Dangerous, 1, effect, [&] {
      return "calls a class of the file that inherits from one which must not be called: " + shown(effect);
    });
    return;
  }
  if (dangerous_code_ && (target.has_hooks || class_changed_)) {
    report("runs-code-of-file", Severity::Dangerous, 1, effect, [&] {
      return "makes an object of a class in the file whose methods loading calls, and code in the file uses names that "
             "execute, import or write: " +
             effect.callee.expression(kShown);
    });
    return;
  }
  report("class-of-file", Severity::Suspicious, 0, effect, [&] {
    return std::string("makes objects of a class that is in the file") +
           (target.has_hooks || class_changed_ ? ", and may run its methods" : "");
  });
}

void PickleJudge::build(const Effect& effect) {
  const Term& object = effect.callee;
  const Target itself = targets_.of(object);
  if (itself.kind == TargetKind::Named) {
    const bool main = itself.module == "__main__" || itself.dotted() == "__builtin__.__main__" ||
                      itself.dotted() == "builtins.__main__" || itself.module.starts_with("__runtime__.");
    if (main) {
      if (session_ && *session_ != effect.offset) several_sessions_ = true;
      session_ = effect.offset;
      if (effect.arguments.kind() == TermKind::Dict && effect.reach == Reach::Reached) return;  // see finish()
      several_sessions_ = true;
      return;
    }
    const bool known = itself.rule != nullptr || rules().knows_module(itself.module);
    report("changes-global", known ? Severity::Dangerous : Severity::Suspicious, key_of(itself), effect,
           [&] { return "changes " + itself.dotted() + " for the whole program that loads it"; });
    return;
  }
  const Target target = targets_.class_of(object);
  const bool dtype = is_dtype(target);
  if (!dtype) other_call_ = effect.offset;
  if (target.kind == TargetKind::FileFunction || itself.kind == TargetKind::FileFunction) {
    raise(Level::Calls);
    return;
  }
  if (target.kind == TargetKind::FileClass || itself.kind == TargetKind::FileClass) {
    from_file(target.kind == TargetKind::FileClass ? target : itself, effect);
    return;
  }
  const Term& state = effect.arguments;
  if (target.kind == TargetKind::Named) {
    if (hands_over_danger(state)) {
      report("dangerous-argument", Severity::Dangerous, key_of(target), effect, [&] {
        return "gives an object of " + target.dotted() +
               " something dangerous as its state: " + state.expression(kShown);
      });
      return;
    }
    if (target.is_dangerous()) {
      report("dangerous-call", Severity::Dangerous, key_of(target), effect, [&] {
        return "sets the state of an object of " + target.dotted() + ", which " +
               (target.rule == nullptr ? "reaches into the interpreter" : target.rule->reason);
      });
      return;
    }
    if (target.rule == nullptr) {
      report("unknown-call", Severity::Suspicious, key_of(target), effect,
             [&] { return "sets the state of an object of " + target.dotted() + ": nothing is known of this code"; });
      return;
    }
    if (reports_gadget(target, effect, state)) return;
    hands_over_main(target, effect, state);
    if (gives_what_exists(target)) {
      report("changes-global", Severity::Suspicious, key_of(target), effect, [&] {
        return "sets the state of what " + target.dotted() + " gives, which may be a class or module of the program " +
               "that loads it: " + object.expression(kShown);
      });
      return;
    }
    // What was put into an array before it was whole would change under it.
    if (dtype && (other_call_ > object.offset() || !is_honest_dtype_state(object, state))) {
      // Of element types that other libraries define, numpy writes the class.
      const Target& element = targets_.of(argument(object.arguments(), 0));
      const bool of_others = element.kind == TargetKind::Named && element.rule == nullptr;
      report("unchecked-memory", of_others ? Severity::Suspicious : Severity::Dangerous, key_of(target), effect, [&] {
        return "describes numpy elements in a way that numpy never does, so that numbers of the file are taken for "
               "addresses: " +
               state.expression(kShown);
      });
      return;
    }
    if (plants_method(state)) {
      report("plants-method", Severity::Dangerous, key_of(target), effect, [&] {
        return "puts a callable where loading, or the type itself, calls a method of an object of " + target.dotted() +
               ": " + state.expression(kShown);
      });
      return;
    }
    if (target.rule->kind == RuleKind::Allow && target.rule->judge == Judge::Literals) {
      report("sets-attribute", Severity::Suspicious, key_of(target), effect, [&] {
        return "changes what " + target.dotted() +
               " gives, which may be the same object for the whole program: " + state.expression(kShown);
      });
      return;
    }
    // A pair sets attributes one by one, and __class__ is one.
    if (state.kind() == TermKind::Tuple && state.size() == 2 && state.kept() == 2 && !state.item(1).inert() &&
        state.item(1).kind() == TermKind::Dict) {
      const Term slots = state.item(1);
      for (std::uint64_t i = 0; i < slots.size(); ++i) {
        if (i < slots.kept() && slots.key(i).kind() == TermKind::Str && slots.key(i).text(16) != "__class__") continue;
        report("sets-class", Severity::Suspicious, key_of(target), effect, [&] {
          return "may give an object of " + target.dotted() + " another class: " + state.expression(kShown);
        });
        return;
      }
    }
    if (target.rule->judge == Judge::KeepsCallable && state.kept() > 0 && state.kind() == TermKind::Tuple)
      keeps_callable(target, effect, state.item(0));
    raise(target.rule->kind == RuleKind::Allow ? Level::Reconstruction : Level::Calls);
    return;
  }
  if (target.kind == TargetKind::Value) return;  // no loader does it
  if (effect.reach == Reach::AfterFault && joblib_seen_) return;
  report("computed-callee", hands_over_danger(state) ? Severity::Dangerous : Severity::Suspicious, 1, effect,
         [&] { return "sets the state of an object of an unknown type: " + object.expression(kShown); });
}

void PickleJudge::hook(const Effect& effect) {
  const Target itself = targets_.of(effect.callee);
  using pickle::Opcode;
  const bool set = effect.opcode == Opcode::SETITEM || effect.opcode == Opcode::SETITEMS;
  const bool add = effect.opcode == Opcode::ADDITEMS;
  if (itself.kind == TargetKind::Named) {
    if (set && (itself.module == "__main__" || itself.dotted() == "__builtin__.__main__")) {
      report("session-state", Severity::Suspicious, 1, effect,
             [] { return std::string("sets variables of the main program"); });
      return;
    }
    report("changes-global", Severity::Dangerous, key_of(itself), effect, [&] {
      return (set ? "puts items into " : "calls a method of ") + itself.dotted() + ": " +
             effect.arguments.expression(kShown);
    });
    return;
  }
  if (itself.kind == TargetKind::Value) {  // list[key], where the key is no int
    if (effect.arguments.contents() & kHoldsResult)
      report("hook-call", Severity::Suspicious, 1, effect,
             [&] { return std::string("uses an object that a call made as an index"); });
    return;
  }
  const Target target = targets_.class_of(effect.callee);
  if (target.kind == TargetKind::FileClass || itself.kind == TargetKind::FileClass) {
    from_file(target.kind == TargetKind::FileClass ? target : itself, effect);
    return;
  }
  if (target.kind == TargetKind::Named && target.rule != nullptr && !target.is_dangerous()) {
    // deque has both append and extend; older Pythons fall back from one to the other.
    const std::uint8_t wanted = set ? kHookSetItem : add ? kHookAdd : kHookAppend | kHookExtend;
    if ((target.rule->hooks & wanted) != 0) {
      raise(Level::Reconstruction);
      return;
    }
    // Of an allowed type it is known that it has no such method; the file must have put it there.
    const bool planted = target.rule->kind == RuleKind::Allow ||
                         (effect.callee.state().contents() & kHoldsGlobal) != 0 ||
                         (effect.callee.keywords().contents() & kHoldsGlobal) != 0;
    report("hook-call", planted ? Severity::Dangerous : Severity::Suspicious, key_of(target), effect, [&] {
      return "calls a method that objects of " + target.dotted() +
             (planted ? " may have only if the file puts it there: " : " may have: ") +
             effect.arguments.expression(kShown);
    });
    return;
  }
  if (target.kind == TargetKind::Named) {
    const bool danger = target.is_dangerous() || hands_over_danger(effect.arguments);
    report(danger ? "dangerous-call" : "unknown-call", danger ? Severity::Dangerous : Severity::Suspicious,
           key_of(target), effect, [&] {
             return "fills an object of " + target.dotted() +
                    " by its own methods: " + effect.arguments.expression(kShown);
           });
    return;
  }
  if (itself.kind == TargetKind::Persistent || target.kind == TargetKind::Persistent) {
    report("persistent-call", Severity::Suspicious, 1, effect, [&] {
      return "calls a method of an object that stands outside the pickle: " + effect.callee.expression(kShown);
    });
    return;
  }
  report("computed-callee", Severity::Dangerous, 2, effect,
         [&] { return "calls a method of an object of an unknown type: " + effect.callee.expression(kShown); });
}

void PickleJudge::hash(const Effect& effect) {
  const Target target = targets_.class_of(effect.arguments);
  if (target.kind == TargetKind::FileClass) {
    from_file(target, effect);
    return;
  }
  if (target.kind == TargetKind::Named) {
    if (target.rule != nullptr) {
      raise(Level::Reconstruction);  // the call that made it was judged
      return;
    }
    report("unknown-call", Severity::Suspicious, key_of(target), effect,
           [&] { return "hashes an object of " + target.dotted() + ": nothing is known of this code"; });
    return;
  }
  raise(Level::Reconstruction);  // whatever made it was judged
}

}  // namespace dill::inspect
