// What a term stands for when it is called: chains of getattr, imports and dill's look-ups by name are followed.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "inspect/effects/term.h"
#include "inspect/judgement/rules.h"

namespace dill::inspect {

enum class TargetKind : std::uint8_t {
  Named,         // an attribute of a module, or a module: `path` is empty
  FileFunction,  // a function whose code is in the file
  FileClass,     // a class that is made of things in the file
  Dynamic,       // find_class is asked for a name that only run time knows
  Computed,      // whatever a call returned
  Extension,     // an entry of copyreg's registry
  Persistent,    // what persistent_load returned
  Value,         // a literal or container
};

struct Target {
  TargetKind kind = TargetKind::Computed;
  std::string module, path;     // Named
  const Rule* rule = nullptr;   // Named: what is known of it
  bool inside = false;          // Named: the path leads into the interpreter
  bool from_import = false;     // Named: by a call that imports, not by find_class
  bool has_hooks = false;       // FileClass: it has methods that loading calls, or may have
  bool dangerous_base = false;  // FileClass: it inherits from what must not be called

  std::string dotted() const { return path.empty() ? module : module + "." + path; }
  bool is_allowed() const {
    return kind == TargetKind::Named && !inside && rule != nullptr && rule->kind == RuleKind::Allow;
  }
  bool is_dangerous() const {
    return kind == TargetKind::Dynamic ||
           (kind == TargetKind::Named && (inside || (rule != nullptr && rule->kind == RuleKind::Forbid)));
  }
};

// Classes begin with a capital letter, as far as they do not come from C: what such a one makes is no function.
bool is_class_name(std::string_view path);

// The base classes among the arguments of a call that makes a class; Unknown if there are none.
Term bases_of(const Term& arguments);

class Targets {
 public:
  explicit Targets(const Rules& rules) : rules_(rules) {}

  // The target of a term. Stays valid until the next call.
  const Target& of(const Term& term);
  // The class of an object: of what makes it, if that makes objects of a class which it is given.
  const Target& class_of(const Term& object);
  // What is known of the function that made something; null if nothing, or if `term` was not made by a call.
  const Rule* maker(const Term& term);
  // Whether a look-up with this as module or name fails for certain: it is an object of a known class, and no string.
  // Who reads a joblib file without joblib gets such things where names should be.
  bool is_no_name(const Term& part) {
    steps_ = kSteps;
    return is_object(part);
  }
  // The target of a name.
  Target named(std::string module, std::string path) const;
  // Bytes are read anew in another way: nothing remembered holds any longer.
  void forget() { known_.clear(); }

  const Rules& rules() const { return rules_; }

 private:
  struct Known {
    std::uint64_t offset;
    Target target;
  };

  Target resolve(const Term& term);
  Target resolve_result(Term& term, std::string& path, bool& goes_on);
  bool has_dangerous_base(const Term& arguments);
  bool is_object(const Term& part);

  static constexpr int kSteps = 200;  // of chains that are followed for one term
  static constexpr int kLongWay = 8;

  const Rules& rules_;
  int steps_ = 0;                                   // that may still be taken for the term that was asked for
  std::unordered_map<std::uint64_t, Known> known_;  // of globals
  Target last_;
};

}  // namespace dill::inspect
