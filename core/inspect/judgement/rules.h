// What is known of names that pickles look up: lists that are data (resources/inspect), extensible by the user.
//
// {"version": 1, "rules": [{"rule": "allow" | "caution" | "forbid", "names": [...] or "modules": [...], "reason": "...",
// "judge": "...", "hooks": [...], "lazy": true}]}. A name is "module.attribute"; one that ends in ".*" stands for all
// names of that module. A module stands for all that is in it and below it. The exact name wins over the longest
// module, the user's lists over the built-in ones.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace dill::inspect {

enum class RuleKind : std::uint8_t {
  Allow,    // a call only rebuilds a value, as far as the arguments let it
  Caution,  // a reference is harmless, a call has no place in a pickle of data
  Forbid,   // a call executes, imports, writes, connects ...
};

// How the arguments of a call are looked at.
enum class Judge : std::uint8_t {
  Data,              // whatever is data
  Literals,          // literals only
  NoCallables,       // data, and all names in it on the list of known types
  NoArguments,       // nothing: the state comes afterwards
  OnlyEmpty,         // likewise; called with arguments it imports, opens files or takes bytes for memory
  Type,              // builtins.type
  GetAttribute,      // getattr(object, name)
  Descriptor,        // dill._dill._getattr(class, name, repr)
  SetAttribute,      // setattr(object, name, value)
  KeepsCallable,     // the first argument is called later
  BindsMethod,       // types.MethodType(function, object)
  Factory,           // likewise, and may be None
  NewObject,         // the first argument is the class of the result
  AttributeNames,    // names of attributes, none of which leads into the interpreter
  ZoneName,          // the name of a file below a fixed folder
  Encode,            // (text, encoding)
  EvaluatedLiteral,  // the text of an expression
  NamedTuple,        // names of fields
  NewArray,          // dill._dill._create_array((function, arguments), type, state, attributes)
  ImportModule,      // the name of a module
  DefineFunction,    // parts of functions
  DefineClass,       // parts of classes
  FileHandle,        // dill._dill._create_filehandle
  NestedPickle,      // a pickle as bytes
  LoadType,          // the name of a builtin type
  MethodCall,        // operator.methodcaller
  Union,             // functools.reduce(operator.or_, (types...))
};

// Operations of containers that the opcodes call by name.
enum Hooks : std::uint8_t { kHookAppend = 1, kHookExtend = 2, kHookSetItem = 4, kHookAdd = 8 };

struct Rule {
  RuleKind kind = RuleKind::Caution;
  Judge judge = Judge::Data;
  std::uint8_t hooks = 0;  // that its objects have
  bool lazy = false;       // its objects call, or iterate over, what they hold when they are used
  std::string reason;
};

struct RulesError {
  std::string message;  // one sentence that names the file and the entry
};

class Rules {
 public:
  // The lists that were built in.
  static std::shared_ptr<const Rules> built_in();

  // Those of `base`, and on top of them the ones in `json`. `source` is what errors call it.
  static tl::expected<std::shared_ptr<const Rules>, RulesError> extended(const std::shared_ptr<const Rules>& base,
                                                                         std::string_view json,
                                                                         const std::string& source);

  // Those of `base` and of the files, in order. A file that is not there is an error.
  static tl::expected<std::shared_ptr<const Rules>, RulesError> with_files(const std::shared_ptr<const Rules>& base,
                                                                           const std::vector<std::string>& paths);

  // What is known of the attribute `path` ("name" or "name.of.inner") of a module; null if nothing. Stays valid as long
  // as the rules.
  const Rule* find(std::string_view module, std::string_view path) const;

  // The name that is looked up in the lists: "__builtin__.eval" is "builtins.eval".
  std::string canonical(std::string_view module, std::string_view path) const;

  // The path leads into the interpreter: "__globals__", "f.__code__" ...
  bool reaches_inside(std::string_view path) const;
  // Bytecode that has this name in its names can execute, import, write or connect.
  bool is_dangerous_in_code(std::string_view name) const { return code_names_.contains(std::string(name)); }
  // Importing the module does something that can be seen.
  bool import_has_effects(std::string_view module) const;
  // A module with rules of its own: importing it is nothing to wonder about.
  bool knows_module(std::string_view module) const;

 private:
  struct List {
    std::unordered_map<std::string, Rule> names, modules, stars;
  };

  tl::expected<void, RulesError> add(std::string_view json, const std::string& source, List& list);
  const Rule* find_in(const List& list, const std::string& dotted, bool& exact) const;

  List own_, users_;
  std::unordered_map<std::string, std::string> aliases_;
  std::unordered_set<std::string> internals_, code_names_, import_effects_, top_level_;
};

}  // namespace dill::inspect
