// What the arguments of a call make of it: one function for each way of looking at them (rules.h, Judge).
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "inspect/judgement/expression_text.h"
#include "inspect/judgement/gadgets.h"
#include "inspect/judgement/judge.h"
#include "inspect/judgement/shown_call.h"
#include "inspect/judgement/term_parts.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kShown = 160;
constexpr std::size_t kExpression = 20'000;                      // bytes of an evaluated text
constexpr std::uint64_t kNestedBytes = std::uint64_t{64} << 20;  // of pickles in pickles that are read

bool is_text(const Term& term) { return term.kind() == TermKind::Str; }

// A str that is all there.
bool whole_text(const Term& term, std::size_t limit, std::string& text) {
  bool whole = false;
  if (!is_text(term)) return false;
  text = term.text(limit, &whole);
  return whole;
}

std::uint64_t key_of(const std::string& text) { return std::hash<std::string>()(text); }

// Attributes of a class that say what it is called.
bool is_label(std::string_view attribute) {
  return attribute == "__qualname__" || attribute == "__name__" || attribute == "__module__" || attribute == "__doc__";
}

// Whether code that uses these names can look up what its constants name.
bool makes_names_of_texts(const Term& names) {
  if (names.kept() < names.size()) return true;
  for (std::uint64_t i = 0; i < names.kept(); ++i) {
    if (!is_text(names.item(i))) return true;
    const std::string name = names.item(i).text(100);
    // Short words that are harmless in a text ("open", "system") count only behind one of these.
    for (const std::string_view maker :
         {"getattr", "attrgetter", "methodcaller", "globals", "locals", "vars", "import_module", "modules", "eval",
          "exec", "compile", "resolve_name", "__import__", "__dict__", "__getattribute__", "__globals__",
          "__builtins__", "__subclasses__", "__getattr__"}) {
      if (name == maker) return true;
    }
  }
  return false;
}

}  // namespace

void PickleJudge::call_of_known(const Target& target, const Effect& effect, const Term& arguments) {
  const std::uint64_t key = key_of(target.dotted());
  // cls.__new__(cls) alone does nothing with classes of Python code, whatever their __init__ does.
  const bool empty = target.rule != nullptr && !target.inside && is_class_name(target.path) && makes_empty(effect);
  if (target.is_dangerous() && empty) {
    report("empty-object", Severity::Suspicious, key, effect, [&] {
      return "makes an empty object of " + target.dotted() + ", which " + target.rule->reason +
             " when it is called; its __init__ does not run";
    });
    return;
  }
  if (target.is_dangerous() || rules().import_has_effects(target.module)) {
    report("dangerous-call", Severity::Dangerous, key, effect, [&] {
      return "calls " + target.dotted() + ", which " +
             (target.rule != nullptr && !target.inside ? target.rule->reason : "reaches into the interpreter") + ": " +
             shown_call(effect.callee, arguments, kShown);
    });
    return;
  }
  if (target.rule == nullptr) {
    const bool danger = hands_over_danger(arguments) || hands_over_danger(effect.keywords);
    report(danger ? "dangerous-argument" : "unknown-call", danger ? Severity::Dangerous : Severity::Suspicious, key,
           effect, [&] {
             return (danger ? "hands something dangerous to " : "calls ") + target.dotted() +
                    ", of which nothing is known: " + arguments.expression(kShown);
           });
    return;
  }
  const Rule& rule = *target.rule;
  // Functions of the file get them as their globals.
  if (rule.judge != Judge::DefineFunction && rule.judge != Judge::DefineClass)
    hands_over_main(target, effect, arguments);
  switch (rule.judge) {
    case Judge::Data:
      call_with_data(target, effect, arguments);
      break;
    case Judge::Literals:
      literals(target, effect, arguments);
      break;
    case Judge::LoadType:
      literals(target, effect, arguments);
      break;
    case Judge::NoCallables:
      known_names_only(target, effect, arguments);
      break;
    case Judge::NoArguments:
    case Judge::OnlyEmpty:
      made_empty(target, effect, arguments);
      break;
    case Judge::Type:
      if (arguments.size() >= 3) {
        define_class(effect, arguments);
      } else {
        call_with_data(target, effect, arguments);
      }
      break;
    case Judge::GetAttribute:
      get_attribute(effect, arguments);
      break;
    case Judge::Descriptor:
      descriptor(effect, arguments);
      break;
    case Judge::SetAttribute:
      set_attribute(effect, arguments);
      break;
    case Judge::KeepsCallable:
      keeps_callable(target, effect, argument(arguments, 0));
      call_with_data(target, effect, arguments);
      break;
    case Judge::BindsMethod:
    case Judge::Factory:
      keeps_callable(target, effect, argument(arguments, 0));
      call_with_data(target, effect, arguments);
      break;
    case Judge::NewObject:
      new_object(effect, arguments);
      break;
    case Judge::NewArray:
      known_names_only(target, effect, arguments);
      break;
    case Judge::AttributeNames:
      attribute_names(target, effect, arguments);
      break;
    case Judge::ZoneName:
      zone_name(effect, arguments);
      break;
    case Judge::Union:
      union_of_types(target, effect, arguments);
      break;
    case Judge::Encode:
      encode(target, effect, arguments);
      break;
    case Judge::EvaluatedLiteral:
      evaluated(effect, arguments);
      break;
    case Judge::NamedTuple:
      named_tuple(effect, arguments);
      break;
    case Judge::ImportModule:
      import_module(effect, arguments);
      break;
    case Judge::DefineFunction:
      define_function(effect, arguments);
      break;
    case Judge::DefineClass:
      define_class(effect, arguments);
      break;
    case Judge::FileHandle:
      file_handle(effect, arguments);
      break;
    case Judge::NestedPickle:
      nested_pickle(effect, arguments);
      break;
    case Judge::MethodCall:
      lazy_seen_ = true;
      call_with_data(target, effect, arguments);
      break;
  }
}

void PickleJudge::call_with_data(const Target& target, const Effect& effect, const Term& arguments) {
  const std::uint64_t key = key_of(target.dotted());
  if (hands_over_danger(arguments) || hands_over_danger(effect.keywords)) {
    report("dangerous-argument", Severity::Dangerous, key, effect,
           [&] { return "hands something dangerous to " + target.dotted() + ": " + arguments.expression(kShown); });
    return;
  }
  if (reports_gadget(target, effect, arguments) || reports_gadget(target, effect, effect.keywords)) return;
  if (plants_method(effect.keywords) || (target.module == "types" && plants_method(arguments))) {
    report("plants-method", Severity::Dangerous, key, effect, [&] {
      return "puts a callable or an address where loading, or a known type, looks for it: " +
             shown_call(effect.callee, arguments, kShown);
    });
    return;
  }
  // iter(function, sentinel) calls the function.
  if (target.rule->lazy && arguments.size() == 2 && rules().canonical(target.module, target.path) == "builtins.iter")
    keeps_callable(target, effect, argument(arguments, 0));
  if (!target.rule->lazy && target.rule->judge != Judge::KeepsCallable && target.rule->judge != Judge::BindsMethod &&
      (runs_when_used(arguments) || (lazy_seen_ && calls_factory(target, arguments)))) {
    report("runs-while-loading", Severity::Dangerous, key, effect, [&] {
      return target.dotted() + " uses up an iterator that calls a function which is in the file or in doubt: " +
             arguments.expression(kShown);
    });
    return;
  }
  if (target.rule->kind == RuleKind::Allow) {
    raise(Level::Reconstruction);
    return;
  }
  // A key=, a hook, a default: whatever is called while the function runs.
  bool cut = false;
  const bool runs = !visit_parts(arguments, budget_, cut, [&](const Term& part) {
    const Callable callable =
        part.kind() == TermKind::Global || part.kind() == TermKind::Result ? judge_callable(part) : Callable::Plain;
    if (callable == Callable::FromFile) return targets_.of(part).kind == TargetKind::FileClass && !dangerous_code_;
    return callable != Callable::Gadget && callable != Callable::Dangerous;
  });
  if (runs && target.rule->judge == Judge::Data && target.module != "threading") {
    report("runs-while-loading", Severity::Dangerous, key, effect, [&] {
      return "hands a function that is in the file or in doubt to " + target.dotted() +
             ", which may call it: " + arguments.expression(kShown);
    });
    return;
  }
  report("unusual-call", Severity::Suspicious, key, effect, [&] {
    return "calls " + target.dotted() + ", which has no place in a pickle of data (" + target.rule->reason +
           "): " + arguments.expression(kShown);
  });
}

// A literal, or bytes in the way of old protocols.
bool PickleJudge::is_literal(const Term& term) {
  if (term.inert()) return true;
  bool cut = false;
  return visit_parts(term, budget_, cut,
                     [&](const Term& part) {
                       const Rule* const maker = targets_.maker(part);
                       return maker != nullptr && maker->judge == Judge::Encode && part.arguments().inert();
                     }) &&
         !cut;
}

// Nothing but an empty object, whose state comes afterwards.
void PickleJudge::made_empty(const Target& target, const Effect& effect, const Term& arguments) {
  const bool allowed = target.rule->kind == RuleKind::Allow;
  if (makes_empty(effect) || (arguments.kind() == TermKind::Tuple && arguments.size() == 0)) {
    if (allowed) {
      raise(Level::Reconstruction);
      return;
    }
  } else if (!allowed) {
    report("dangerous-call", Severity::Dangerous, key_of(target.dotted()), effect, [&] {
      return "calls " + target.dotted() + " with arguments, which " + target.rule->reason + ": " +
             arguments.expression(kShown);
    });
    return;
  }
  if (target.rule->judge == Judge::OnlyEmpty && (arguments.size() > 2 || effect.keywords.size() > 0)) {
    report("dangerous-call", Severity::Dangerous, key_of(target.dotted()), effect, [&] {
      return "calls " + target.dotted() +
             " with arguments, which pickles of it never do, and which can import, open files or read memory: " +
             arguments.expression(kShown);
    });
    return;
  }
  const bool danger = hands_over_danger(arguments) || hands_over_danger(effect.keywords);
  report(danger ? "dangerous-argument" : "unusual-call", danger ? Severity::Dangerous : Severity::Suspicious,
         key_of(target.dotted()), effect, [&] {
           return allowed ? "calls " + target.dotted() +
                                " with arguments, which pickles of it never do: " + arguments.expression(kShown)
                          : "makes an empty object of " + target.dotted() + ", which " + target.rule->reason +
                                " when it is called; its __init__ does not run";
         });
}

void PickleJudge::literals(const Target& target, const Effect& effect, const Term& arguments) {
  if (target.rule->kind == RuleKind::Allow && is_literal(arguments) &&
      (effect.keywords.kind() == TermKind::Unknown || is_literal(effect.keywords))) {
    raise(Level::Reconstruction);
    return;
  }
  const bool danger = hands_over_danger(arguments) || hands_over_danger(effect.keywords);
  report(danger ? "dangerous-argument" : "unusual-call", danger ? Severity::Dangerous : Severity::Suspicious,
         key_of(target.dotted()), effect,
         [&] { return "calls " + target.dotted() + " with more than literals: " + arguments.expression(kShown); });
}

void PickleJudge::known_names_only(const Target& target, const Effect& effect, const Term& arguments) {
  bool cut = false;
  bool danger = false;
  const bool known = visit_parts(arguments, budget_, cut, [&](const Term& part) {
    const Rule* const maker = targets_.maker(part);
    const bool callable =
        maker != nullptr && (maker->judge == Judge::GetAttribute || maker->judge == Judge::KeepsCallable ||
                             maker->judge == Judge::BindsMethod);
    if (callable && judge_callable(part) != Callable::Plain) {
      danger = true;
      return false;
    }
    if (part.kind() == TermKind::Result || part.kind() == TermKind::Persistent || part.kind() == TermKind::Buffer)
      return true;
    const Target& named = targets_.of(part);
    danger = named.is_dangerous() || gadget_severity(named) == Severity::Dangerous;
    return named.is_allowed() && (is_plain(named) || named.rule->judge == Judge::NewObject);
  });
  if (known && !cut) {
    raise(Level::Reconstruction);
    return;
  }
  report(danger ? "dangerous-argument" : "unusual-call", danger ? Severity::Dangerous : Severity::Suspicious,
         key_of(target.dotted()), effect, [&] {
           return "calls " + target.dotted() +
                  " with names that are not on the list of known types: " + arguments.expression(kShown);
         });
}

void PickleJudge::get_attribute(const Effect& effect, const Term& arguments) {
  std::string name;
  if (arguments.kept() < 2 || !whole_text(argument(arguments, 1), 1'000, name)) {
    dynamic_ = danger_seen_ = true;
    report("computed-name", Severity::Dangerous, 1, effect,
           [&] { return "reads an attribute whose name is computed while loading: " + arguments.expression(kShown); });
    return;
  }
  const Target base = targets_.of(argument(arguments, 0));
  if (base.kind == TargetKind::Named) {
    reach(targets_.named(base.module, base.path.empty() ? name : base.path + "." + name), effect);
    return;
  }
  if (rules().reaches_inside(name)) {
    danger_seen_ = true;
    report("interpreter-internals", Severity::Suspicious, key_of(name), effect,
           [&] { return "reaches into the interpreter by the attribute " + name + " of a value"; });
    return;
  }
  if (base.kind == TargetKind::FileClass || targets_.class_of(argument(arguments, 0)).kind == TargetKind::FileClass) {
    raise(Level::Calls);
    return;
  }
  if (base.kind == TargetKind::Value) {
    raise(Level::Reconstruction);
    return;
  }
  attribute_of_value(effect, argument(arguments, 0), name);
}

// A method of an object: calling it can be as bad as calling a function, which is not seen at the name that was looked
// up.
void PickleJudge::attribute_of_value(const Effect& effect, const Term& object, const std::string& name) {
  gadget_seen_ = true;
  const Target made = targets_.class_of(object);
  const Rule* const attribute =
      made.kind == TargetKind::Named ? rules().find(made.module, made.path + "." + name) : nullptr;
  if (attribute != nullptr && attribute->kind == RuleKind::Allow && made.is_allowed()) {
    raise(Level::Reconstruction);
    return;
  }
  report("method-of-object", Severity::Suspicious, key_of(name), effect, [&] {
    return "takes the attribute " + name + " of an object of " +
           (made.kind == TargetKind::Named ? made.dotted() : std::string("an unknown type")) +
           (attribute != nullptr && attribute->kind == RuleKind::Forbid ? ", which " + attribute->reason : "");
  });
}

void PickleJudge::descriptor(const Effect& effect, const Term& arguments) {
  std::string name, shown;
  const bool texts =
      whole_text(argument(arguments, 1), 1'000, name) && whole_text(argument(arguments, 2), 4'000, shown);
  // It evaluates what stands between the third and the fourth quote of the text, and the name in quotes.
  std::size_t quote = std::string::npos;
  if (texts) {
    quote = shown.find('\'');
    for (int i = 0; i < 2 && quote != std::string::npos; ++i) quote = shown.find('\'', quote + 1);
  }
  const std::size_t end = quote == std::string::npos ? quote : shown.find('\'', quote + 1);
  const bool plain =
      texts && is_dotted_name(name) &&
      (quote == std::string::npos ||
       (end != std::string::npos && is_dotted_name(std::string_view(shown).substr(quote + 1, end - quote - 1))));
  if (plain) {
    raise(Level::Reconstruction);
    return;
  }
  report("evaluates-expression", Severity::Dangerous, 1, effect,
         [&] { return "evaluates parts of these arguments: " + arguments.expression(kShown); });
}

void PickleJudge::set_attribute(const Effect& effect, const Term& arguments) {
  std::string name;
  const bool known_name = whole_text(argument(arguments, 1), 1'000, name);
  const Term object = argument(arguments, 0);
  const Target base = targets_.of(object);
  if (base.kind == TargetKind::Named && base.module != "__main__") {
    report("changes-global", Severity::Dangerous, key_of(base.dotted()), effect, [&] {
      return "sets an attribute of " + base.dotted() +
             " for the whole program that loads it: " + arguments.expression(kShown);
    });
    return;
  }
  const Rule* const maker = targets_.maker(object);
  if (known_name && name == "cell_contents" && maker != nullptr && maker->kind == RuleKind::Allow) {
    raise(Level::Reconstruction);
    return;
  }
  if (base.kind == TargetKind::FileClass && !(known_name && is_label(name) && is_text(argument(arguments, 2)))) {
    class_changed_ = true;
  }
  const bool of_file = base.kind == TargetKind::FileClass || base.kind == TargetKind::FileFunction;
  const bool danger = !of_file && hands_over_danger(arguments);
  report(danger    ? "dangerous-argument"
         : of_file ? "code-in-file"
                   : "sets-attribute",
         danger ? Severity::Dangerous : Severity::Suspicious, of_file ? 0 : 1, effect, [&] {
           return of_file ? std::string("sets an attribute of a function or class that is in the file")
                          : "sets an attribute of an object: " + arguments.expression(kShown);
         });
}

void PickleJudge::new_object(const Effect& effect, const Term& arguments) {
  const Target made = targets_.of(argument(arguments, 0));
  if (made.is_allowed() && made.rule->judge == Judge::NewObject) {  // would go round in circles
    report("unusual-call", Severity::Suspicious, 1, effect,
           [&] { return "makes an object of what is no class: " + arguments.expression(kShown); });
    return;
  }
  // numpy's _reconstruct makes an array of a shape and an element type; __newobj__ hands on whatever there is.
  const bool of_numpy = targets_.of(effect.callee).module.starts_with("numpy");
  if (made.kind == TargetKind::Named && made.rule != nullptr && made.rule->kind == RuleKind::Allow &&
      made.rule->judge != Judge::Data && (made.rule->judge != Judge::OnlyEmpty || of_numpy) && is_plain(made) &&
      !hands_over_danger(arguments)) {
    raise(Level::Reconstruction);  // its arguments are those of __new__, not of a call
    return;
  }
  call_of(made, effect, arguments);
}

bool PickleJudge::makes_empty(const Effect& effect) {
  if (makes_empty_object(effect)) return true;
  const Target& made = targets_.of(effect.callee);
  if (made.kind != TargetKind::Named || made.rule == nullptr || made.rule->judge != Judge::NewObject) return false;
  const Term& arguments = effect.arguments;
  if (arguments.size() == 1) return true;                   // copyreg.__newobj__(class)
  const Target base = targets_.of(argument(arguments, 1));  // copyreg._reconstructor(class, object, None)
  return arguments.size() == 3 && base.kind == TargetKind::Named &&
         rules().canonical(base.module, base.path) == "builtins.object" &&
         argument(arguments, 2).kind() == TermKind::None;
}

void PickleJudge::encode(const Target& target, const Effect& effect, const Term& arguments) {
  std::string encoding;
  const bool plain =
      is_text(argument(arguments, 0)) && arguments.size() <= 2 &&
      (arguments.size() < 2 || (whole_text(argument(arguments, 1), 100, encoding) && is_plain_encoding(encoding)));
  if (plain) {
    raise(Level::Reconstruction);
    return;
  }
  report("unusual-call", Severity::Suspicious, key_of(target.dotted()), effect, [&] {
    return "encodes by a codec that is looked up by name, which can import a module: " + arguments.expression(kShown);
  });
}

void PickleJudge::evaluated(const Effect& effect, const Term& arguments) {
  std::string text;
  if (whole_text(argument(arguments, 0), kExpression, text) && is_plain_expression(text)) {
    raise(Level::Reconstruction);
    return;
  }
  report("evaluates-expression", Severity::Dangerous, 0, effect,
         [&] { return "evaluates an expression that is no literal: " + arguments.expression(kShown); });
}

void PickleJudge::import_module(const Effect& effect, const Term& arguments) {
  std::string name;
  if (!whole_text(argument(arguments, 0), 1'000, name)) {
    dynamic_ = danger_seen_ = true;
    report("computed-name", Severity::Dangerous, 2, effect,
           [&] { return "imports a module whose name is computed while loading: " + arguments.expression(kShown); });
    return;
  }
  if (name.starts_with("__runtime__.")) {
    raise(Level::Reconstruction);
    return;
  }
  Target target = targets_.named(name, "");
  target.from_import = true;
  if (name == "__main__") {
    raise(Level::Reconstruction);
    return;
  }
  reach(target, effect);
}

void PickleJudge::named_tuple(const Effect& effect, const Term& arguments) {
  std::string name, module;
  if (!whole_text(argument(arguments, 0), 1'000, name) || !whole_text(argument(arguments, 2), 1'000, module)) {
    report("computed-name", Severity::Dangerous, 3, effect,
           [&] { return "imports a class whose name is computed while loading: " + arguments.expression(kShown); });
    return;
  }
  reach(targets_.named(module, name), effect);
}

void PickleJudge::define_function(const Effect& effect, const Term& arguments) {
  report("code-in-file", Severity::Suspicious, 0, effect, [] {
    return std::string("holds functions whose code is in the file; loading makes them and does not run them");
  });
  if (effect.reach == Reach::AfterFault && dangerous_code_) return;
  std::vector<Term> tuples;
  for (std::uint64_t i = 0; i < arguments.kept(); ++i) {
    if (arguments.item(i).kind() == TermKind::Tuple) tuples.push_back(arguments.item(i));
  }
  // Of a code object: constants, names, variables, free and cell variables. What its own variables are called means
  // nothing, and its constants are texts like any other unless it can make names of them.
  if (tuples.size() == 5) {
    tuples.resize(2);
    if (!makes_names_of_texts(tuples[1])) tuples.erase(tuples.begin());
  }
  for (const Term& names : tuples) {
    if (names.kept() < names.size()) dangerous_code_ = true;  // who knows
    for (std::uint64_t j = 0; j < names.kept(); ++j) {
      const Term name = names.item(j);
      if (!is_text(name)) continue;
      const std::string text = name.text(100);
      if (!rules().is_dangerous_in_code(text)) continue;
      dangerous_code_ = true;
      report("dangerous-code", Severity::Suspicious, key_of(text), effect,
             [&] { return "code in the file uses the name " + text; });
    }
  }
}

void PickleJudge::define_class(const Effect& effect, const Term& arguments) {
  // To inherit from a class runs nothing of it; calling the new class does (see from_file).
  const Term bases = bases_of(arguments);
  bool danger = false;
  for (std::uint64_t i = 0; i < bases.kept() && !danger; ++i) {
    const Target& base = targets_.of(bases.item(i));
    if (base.is_dangerous()) gadget_seen_ = true;
    danger = base.is_dangerous() && (base.kind != TargetKind::Named || base.inside || !is_class_name(base.path));
  }
  for (std::uint64_t i = 0; i < arguments.kept() && !danger; ++i)
    if (arguments.item(i).kind() != TermKind::Tuple) danger = hands_over_danger(arguments.item(i));
  if (danger || (arguments.kind() != TermKind::Tuple && hands_over_danger(arguments))) {
    report("dangerous-argument", Severity::Dangerous, 0, effect,
           [&] { return "makes a class with something dangerous as a method: " + arguments.expression(kShown); });
    return;
  }
  // _create_type(metaclass, name, bases, dict); type(name, bases, dict) has no metaclass but itself.
  const Term metaclass = argument(arguments, 0);
  const bool of_file = (metaclass.kind() == TermKind::Global || metaclass.kind() == TermKind::Result) &&
                       targets_.of(metaclass).kind == TargetKind::FileClass;
  if (of_file) {
    from_file(Target(targets_.of(metaclass)), effect);
    return;
  }
  if (metaclass.kind() == TermKind::Global || metaclass.kind() == TermKind::Result) {
    const Target target = targets_.of(metaclass);
    if (target.kind != TargetKind::Named || (target.rule == nullptr && target.module != "__main__")) {
      report("unknown-call", Severity::Suspicious, 0, effect,
             [&] { return "makes a class by " + metaclass.expression(kShown) + ", of which nothing is known"; });
    }
  }
  report("code-in-file", Severity::Suspicious, 1, effect,
         [] { return std::string("holds classes whose code is in the file"); });
}

void PickleJudge::file_handle(const Effect& effect, const Term& arguments) {
  std::string path, mode;
  const bool known = whole_text(argument(arguments, 0), 4'000, path) && whole_text(argument(arguments, 1), 20, mode);
  const Target opener = targets_.of(argument(arguments, 4));
  const std::string opens = opener.kind == TargetKind::Named ? rules().canonical(opener.module, opener.path) : "?";
  const bool usual = opens == "builtins.open" || opens == "io.open" || arguments.size() < 5;
  if (known && usual && (path == "<stdin>" || path == "<stdout>" || path == "<stderr>")) {
    raise(Level::Reconstruction);
    return;
  }
  const Term content = argument(arguments, 7);
  const bool reads = known && usual && mode.find_first_of("wax+") == std::string::npos &&
                     (content.kind() == TermKind::None || content.kind() == TermKind::Unknown || content.size() == 0) &&
                     !(is_text(content) && content.payload_size() > 0);
  if (reads) {
    report("opens-file", Severity::Suspicious, key_of(path), effect,
           [&] { return "opens the file " + path + " for reading"; });
    return;
  }
  report("writes-file", Severity::Dangerous, key_of(path), effect,
         [&] { return "opens, and may create, empty or write, a file: " + arguments.expression(kShown); });
}

void PickleJudge::nested_pickle(const Effect& effect, const Term& arguments) {
  const Term data = argument(arguments, 0);
  if (data.kind() != TermKind::Bytes && data.kind() != TermKind::ByteArray) {
    report("nested-pickle-computed", Severity::Dangerous, 0, effect,
           [&] { return "loads a pickle that is computed while loading: " + arguments.expression(kShown); });
    return;
  }
  if (nested_bytes_ + data.payload_size() > kNestedBytes) {
    report("nested-pickle-unread", Severity::Suspicious, 0, effect,
           [&] { return "loads pickles within the pickle that are too much to read here"; });
    return;
  }
  nested_bytes_ += data.payload_size();
  raise(Level::Reconstruction);
  findings_.add("nested-pickle", Severity::Note, 0, effect.offset,
                [] { return std::string("loads a pickle within the pickle, which is judged by itself"); });
  nested_.push_back({data.text(static_cast<std::size_t>(kNestedBytes)), effect.offset});
}

void PickleJudge::attribute_names(const Target& target, const Effect& effect, const Term& arguments) {
  for (std::uint64_t i = 0; i < arguments.size(); ++i) {
    std::string name;
    const bool plain = i < arguments.kept() && whole_text(arguments.item(i), 1'000, name) && is_dotted_name(name) &&
                       !rules().reaches_inside(name);
    if (plain) continue;
    report("interpreter-internals", Severity::Suspicious, key_of(target.dotted()), effect,
           [&] { return "keeps attribute names that lead into the interpreter: " + arguments.expression(kShown); });
    return;
  }
  raise(Level::Reconstruction);
}

// How annotations like int | None are written before Python 3.14.
void PickleJudge::union_of_types(const Target& target, const Effect& effect, const Term& arguments) {
  const Target joined = targets_.of(argument(arguments, 0));
  bool types = arguments.size() == 2 && joined.kind == TargetKind::Named &&
               rules().canonical(joined.module, joined.path) == "operator.or_";
  bool cut = false;
  types = types && visit_parts(argument(arguments, 1), budget_, cut, [&](const Term& part) {
            const Target& named = targets_.of(part);
            if (named.kind == TargetKind::FileClass) return true;
            if (named.kind == TargetKind::Named) return !named.is_dangerous() && !gadget_severity(named);
            const Rule* const maker = targets_.maker(part);
            if (maker == nullptr || maker->kind != RuleKind::Allow) return false;
            const Target& made = targets_.of(part.callee());
            return maker->judge == Judge::Type || maker->judge == Judge::LoadType || maker->judge == Judge::Union ||
                   made.module == "typing" || made.dotted() == "types.GenericAlias" ||
                   rules().canonical(made.module, made.path) == "operator.getitem";
          });
  if (types && !cut) {
    raise(Level::Reconstruction);
    return;
  }
  report("dangerous-call", Severity::Dangerous, key_of(target.dotted()), effect, [&] {
    return "calls " + target.dotted() +
           ", which calls what it is given: " + shown_call(effect.callee, arguments, kShown);
  });
}

void PickleJudge::zone_name(const Effect& effect, const Term& arguments) {
  std::string name;
  if (whole_text(argument(arguments, 0), 200, name) && name.find("..") == std::string::npos && !name.starts_with('/')) {
    raise(Level::Reconstruction);
    return;
  }
  report("opens-file", Severity::Suspicious, 1, effect,
         [&] { return "reads a time zone from an unusual file: " + arguments.expression(kShown); });
}

}  // namespace dill::inspect
