// Judges what loading a pickle does: takes the effects one by one, as read_effects() finds them.
//
// What is harmless by construction passes without a trace: look-ups of known names, calls of known types with data.
// All else raises the level of the pickle to Calls and leaves a finding.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "inspect/effects/effects.h"
#include "inspect/judgement/finding_collector.h"
#include "inspect/judgement/inspection.h"
#include "inspect/judgement/rules.h"
#include "inspect/judgement/target.h"
#include "inspect/judgement/term_parts.h"

namespace dill::inspect {

// A pickle in the bytes that another one loads.
struct NestedPickle {
  std::string bytes;
  std::uint64_t offset;  // of the call that loads it
};

class PickleJudge : public EffectSink {
 public:
  PickleJudge(const Rules& rules, FindingCollector& findings, std::uint32_t max_globals)
      : targets_(rules), findings_(findings), max_globals_(max_globals) {}

  bool on_effect(const Effect& effect) override;
  // To be called once, behind the last effect. `stream`: the bytes that were read.
  void finish(std::span<const unsigned char> stream);

  Level level() const { return level_; }
  bool dynamic() const { return dynamic_; }
  std::uint64_t lookups() const { return lookups_; }
  std::uint64_t calls() const { return calls_; }
  std::vector<GlobalName>& globals() { return globals_; }
  std::vector<NestedPickle>& nested() { return nested_; }

 private:
  // What a callable is good for, where something calls it that is not the file itself.
  enum class Callable : std::uint8_t { Plain, Unknown, FromFile, Gadget, Dangerous };

  const Rules& rules() const { return targets_.rules(); }

  void lookup(const Effect& effect);
  void judge_name(GlobalName& name, const Effect& effect);
  void name_looks_odd(const GlobalName& name, std::uint64_t offset);
  void call(const Effect& effect);
  void build(const Effect& effect);
  void hook(const Effect& effect);
  void hash(const Effect& effect);

  // A call of `target` with these arguments.
  void call_of(const Target& target, const Effect& effect, const Term& arguments);
  void call_of_known(const Target& target, const Effect& effect, const Term& arguments);
  void call_with_data(const Target& target, const Effect& effect, const Term& arguments);
  void from_file(const Target& target, const Effect& effect);

  // One for each enumerator of Judge that is not just data.
  void literals(const Target& target, const Effect& effect, const Term& arguments);
  void made_empty(const Target& target, const Effect& effect, const Term& arguments);
  void known_names_only(const Target& target, const Effect& effect, const Term& arguments);
  void get_attribute(const Effect& effect, const Term& arguments);
  void attribute_of_value(const Effect& effect, const Term& object, const std::string& name);
  void descriptor(const Effect& effect, const Term& arguments);
  void set_attribute(const Effect& effect, const Term& arguments);
  void keeps_callable(const Target& target, const Effect& effect, const Term& callable);
  void new_object(const Effect& effect, const Term& arguments);
  void encode(const Target& target, const Effect& effect, const Term& arguments);
  void evaluated(const Effect& effect, const Term& arguments);
  void import_module(const Effect& effect, const Term& arguments);
  void named_tuple(const Effect& effect, const Term& arguments);
  void define_function(const Effect& effect, const Term& arguments);
  void define_class(const Effect& effect, const Term& arguments);
  void file_handle(const Effect& effect, const Term& arguments);
  void nested_pickle(const Effect& effect, const Term& arguments);
  void attribute_names(const Target& target, const Effect& effect, const Term& arguments);
  void zone_name(const Effect& effect, const Term& arguments);
  void union_of_types(const Target& target, const Effect& effect, const Term& arguments);

  // A name that is reached without find_class: by import or as an attribute.
  void reach(const Target& target, const Effect& effect);

  Callable judge_callable(const Term& term);
  bool is_plain(const Target& target) const;
  bool allows_attribute(const Term& got);
  bool is_literal(const Term& term);
  // Whether the call makes an object of a class without calling __init__.
  bool makes_empty(const Effect& effect);
  // Data arguments: something in them that is dangerous to hand over, or that runs when it is used up.
  bool hands_over_danger(const Term& term);
  // Likewise: a function which is harmless in this file only because of what the file calls it with.
  std::optional<Severity> hands_over_gadget(const Term& term);
  // The state, or an attribute in it, is a callable in doubt under a name that loading or known types call.
  bool plants_method(const Term& state);
  // A finding if it refers to the variables of the main program.
  void hands_over_main(const Target& target, const Effect& effect, const Term& handed);
  bool is_main_variables(const Target& target) const;
  bool gives_what_exists(const Target& target) const;
  // A finding, if one of the above is so.
  bool reports_gadget(const Target& target, const Effect& effect, const Term& handed);
  bool runs_when_used(const Term& arguments);
  bool is_iter(const Term& made);
  bool calls_factory(const Target& target, const Term& arguments);

  // A finding about an effect, which is not harmless by construction.
  template <typename Message>
  void report(std::string_view id, Severity severity, std::uint64_t key, const Effect& effect, const Message& message) {
    raise(Level::Calls);
    const bool never = effect.reach == Reach::AfterFault;  // with the Pythons that are known
    if (never && severity == Severity::Dangerous) severity = Severity::Suspicious;
    findings_.add(id, severity, key, effect.offset, [&] {
      std::string text = message();
      if (never) text += " (behind a place where every loader gives up)";
      if (effect.reach == Reach::NotReached) text += " (in a later pickle of the file)";
      return text;
    });
  }
  void raise(Level level) {
    if (level > level_) level_ = level;
  }

  Targets targets_;
  FindingCollector& findings_;
  std::uint32_t max_globals_;
  Level level_ = Level::DataOnly;
  bool dynamic_ = false;
  std::uint64_t lookups_ = 0;
  std::uint64_t calls_ = 0;
  Loaders pass_ = kNoLoader;
  bool danger_seen_ = false;  // something dangerous to hand over was looked up
  bool gadget_seen_ = false;  // a function whose arguments decide what it does was looked up
  VisitBudget budget_;
  std::uint64_t other_call_ = 0;          // where the last call was that does not make a numpy dtype
  bool joblib_seen_ = false;              // placeholders of joblib were looked up
  bool main_seen_ = false;                // the variables of the main program were looked up
  bool lazy_seen_ = false;                // an iterator that will call what is in doubt was made
  bool class_changed_ = false;            // a class of the file got methods behind its definition
  bool dangerous_code_ = false;           // bytecode in the file uses names that execute, import or write
  std::optional<std::uint64_t> session_;  // where the variables of the main program are set
  bool several_sessions_ = false;
  std::vector<GlobalName> globals_;
  std::unordered_map<std::string, std::size_t> places_;  // of globals_, by module and name
  std::vector<NestedPickle> nested_;
  std::uint64_t nested_bytes_ = 0;
};

}  // namespace dill::inspect
