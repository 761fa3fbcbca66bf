#include "inspect/judgement/rules.h"

#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "inspect/judgement/built_in_rules.h"

namespace dill::inspect {

namespace {

using nlohmann::json;

constexpr std::size_t kLongestName = 1'000;  // longer ones are on no list

template <typename Value>
using Words = std::pair<std::string_view, Value>;

constexpr std::array<Words<RuleKind>, 3> kKinds{
    {{"allow", RuleKind::Allow}, {"caution", RuleKind::Caution}, {"forbid", RuleKind::Forbid}}};

constexpr std::array<Words<Judge>, 27> kJudges{{{"data", Judge::Data},
                                                {"literals", Judge::Literals},
                                                {"no-callables", Judge::NoCallables},
                                                {"no-arguments", Judge::NoArguments},
                                                {"only-empty", Judge::OnlyEmpty},
                                                {"type", Judge::Type},
                                                {"get-attribute", Judge::GetAttribute},
                                                {"descriptor", Judge::Descriptor},
                                                {"set-attribute", Judge::SetAttribute},
                                                {"keeps-callable", Judge::KeepsCallable},
                                                {"binds-method", Judge::BindsMethod},
                                                {"factory", Judge::Factory},
                                                {"new-object", Judge::NewObject},
                                                {"attribute-names", Judge::AttributeNames},
                                                {"zone-name", Judge::ZoneName},
                                                {"encode", Judge::Encode},
                                                {"evaluated-literal", Judge::EvaluatedLiteral},
                                                {"named-tuple", Judge::NamedTuple},
                                                {"new-array", Judge::NewArray},
                                                {"import-module", Judge::ImportModule},
                                                {"define-function", Judge::DefineFunction},
                                                {"define-class", Judge::DefineClass},
                                                {"file-handle", Judge::FileHandle},
                                                {"nested-pickle", Judge::NestedPickle},
                                                {"method-call", Judge::MethodCall},
                                                {"load-type", Judge::LoadType},
                                                {"union", Judge::Union}}};

constexpr std::array<Words<std::uint8_t>, 4> kHookNames{
    {{"append", kHookAppend}, {"extend", kHookExtend}, {"setitem", kHookSetItem}, {"add", kHookAdd}}};

template <typename Value, std::size_t N>
const Value* word(const std::array<Words<Value>, N>& words, std::string_view text) {
  for (const auto& [name, value] : words)
    if (name == text) return &value;
  return nullptr;
}

std::string_view top_level(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }

// The value of an optional key that must have the given type; `fallback` if it is not there.
struct Problem {
  std::string what;
};

std::string text_at(const json& object, const char* key, bool required) {
  const auto found = object.find(key);
  if (found == object.end()) {
    if (required) throw Problem{std::string("has no \"") + key + "\""};
    return {};
  }
  if (!found->is_string()) throw Problem{std::string("\"") + key + "\" must be a text"};
  return found->get<std::string>();
}

std::vector<std::string> texts_at(const json& object, const char* key) {
  std::vector<std::string> texts;
  const auto found = object.find(key);
  if (found == object.end()) return texts;
  if (!found->is_array()) throw Problem{std::string("\"") + key + "\" must be a list of texts"};
  for (const json& item : *found) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty())
      throw Problem{std::string("\"") + key + "\" must be a list of texts"};
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Rule rule_of(const json& entry) {
  for (const auto& [key, value] : entry.items()) {
    static const std::unordered_set<std::string> known{"rule", "names", "modules", "reason", "judge", "hooks", "lazy"};
    if (!known.contains(key)) throw Problem{"has the unknown key \"" + key + "\""};
  }
  Rule rule;
  const std::string kind = text_at(entry, "rule", true);
  const RuleKind* const known_kind = word(kKinds, kind);
  if (known_kind == nullptr)
    throw Problem{"\"rule\" must be \"allow\", \"caution\" or \"forbid\", not \"" + kind + "\""};
  rule.kind = *known_kind;
  rule.reason = text_at(entry, "reason", true);
  if (const std::string judge = text_at(entry, "judge", false); !judge.empty()) {
    const Judge* const known_judge = word(kJudges, judge);
    if (known_judge == nullptr) throw Problem{"\"judge\": there is no \"" + judge + "\""};
    rule.judge = *known_judge;
  }
  for (const std::string& hook : texts_at(entry, "hooks")) {
    const std::uint8_t* const known_hook = word(kHookNames, hook);
    if (known_hook == nullptr) throw Problem{"\"hooks\": there is no \"" + hook + "\""};
    rule.hooks = static_cast<std::uint8_t>(rule.hooks | *known_hook);
  }
  if (const auto lazy = entry.find("lazy"); lazy != entry.end()) {
    if (!lazy->is_boolean()) throw Problem{"\"lazy\" must be true or false"};
    rule.lazy = lazy->get<bool>();
  }
  return rule;
}

}  // namespace

tl::expected<void, RulesError> Rules::add(std::string_view text, const std::string& source, List& list) {
  const json data = json::parse(text, nullptr, false, true);
  if (data.is_discarded()) return tl::unexpected(RulesError{source + " is not JSON"});
  if (!data.is_object() || !data.contains("rules") || !data["rules"].is_array())
    return tl::unexpected(RulesError{source + " is no list of rules: it has no \"rules\""});
  if (data.value("version", json()) != json(1)) return tl::unexpected(RulesError{source + ": \"version\" must be 1"});
  std::size_t number = 0;
  try {
    for (const json& entry : data["rules"]) {
      ++number;
      if (!entry.is_object()) throw Problem{"is no object"};
      const Rule rule = rule_of(entry);
      const std::vector<std::string> names = texts_at(entry, "names"), modules = texts_at(entry, "modules");
      if (names.empty() && modules.empty()) throw Problem{"has neither \"names\" nor \"modules\""};
      for (const std::string& name : names) {
        if (name.find('.') == std::string::npos) throw Problem{"\"" + name + "\" is not \"module.name\""};
        if (name.ends_with(".*")) {
          list.stars.insert_or_assign(name.substr(0, name.size() - 2), rule);
        } else {
          list.names.insert_or_assign(name, rule);
        }
        top_level_.emplace(top_level(name));
      }
      for (const std::string& module : modules) {
        list.modules.insert_or_assign(module, rule);
        if (rule.kind != RuleKind::Forbid) top_level_.emplace(top_level(module));
      }
    }
    number = 0;
    for (const std::string& name : texts_at(data, "internals")) internals_.insert(name);
    for (const std::string& name : texts_at(data, "code_names")) code_names_.insert(name);
    for (const std::string& name : texts_at(data, "import_effects")) import_effects_.insert(name);
    if (const auto aliases = data.find("aliases"); aliases != data.end()) {
      if (!aliases->is_object()) throw Problem{"\"aliases\" must be an object"};
      for (const auto& [name, other] : aliases->items()) {
        if (!other.is_string()) throw Problem{"\"aliases\" must hold texts"};
        aliases_.insert_or_assign(name, other.get<std::string>());
      }
    }
  } catch (const Problem& problem) {
    const std::string where = number == 0 ? "" : ": rule " + std::to_string(number);
    return tl::unexpected(RulesError{source + where + ": " + problem.what});
  }
  return {};
}

std::shared_ptr<const Rules> Rules::built_in() {
  static const std::shared_ptr<const Rules> rules = [] {
    auto made = std::make_shared<Rules>();
    for (const auto& [name, text] : kBuiltInRules) {
      // A test reads these lists: what is built in is well-formed.
      (void)made->add(text, std::string(name), made->own_);
    }
    return made;
  }();
  return rules;
}

tl::expected<std::shared_ptr<const Rules>, RulesError> Rules::extended(const std::shared_ptr<const Rules>& base,
                                                                       std::string_view json,
                                                                       const std::string& source) {
  auto made = std::make_shared<Rules>(*base);
  auto added = made->add(json, source, made->users_);
  if (!added) return tl::unexpected(std::move(added.error()));
  return made;
}

tl::expected<std::shared_ptr<const Rules>, RulesError> Rules::with_files(const std::shared_ptr<const Rules>& base,
                                                                         const std::vector<std::string>& paths) {
  std::shared_ptr<const Rules> rules = base;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) return tl::unexpected(RulesError{path + " cannot be read"});
    auto extended = Rules::extended(rules, text, path);
    if (!extended) return extended;
    rules = std::move(*extended);
  }
  return rules;
}

std::string Rules::canonical(std::string_view module, std::string_view path) const {
  std::string dotted(module.substr(0, kLongestName));
  if (!path.empty()) {
    dotted += '.';
    dotted += path.substr(0, kLongestName);
  }
  // The longest beginning that is another name for something. Once is enough but for chains, of which there are few.
  for (int round = 0; round < 2; ++round) {
    bool changed = false;
    for (std::size_t end = dotted.size(); end != std::string::npos && end > 0; end = dotted.rfind('.', end - 1)) {
      const auto found = aliases_.find(dotted.substr(0, end));
      if (found == aliases_.end() || found->second == found->first) continue;
      dotted = found->second + dotted.substr(end);
      changed = true;
      break;
    }
    if (!changed) break;
  }
  return dotted;
}

const Rule* Rules::find_in(const List& list, const std::string& dotted, bool& exact) const {
  exact = true;
  if (const auto found = list.names.find(dotted); found != list.names.end()) return &found->second;
  const std::size_t last = dotted.rfind('.');
  if (last != std::string::npos && !internals_.contains(dotted.substr(last + 1)))
    if (const auto found = list.stars.find(dotted.substr(0, last)); found != list.stars.end()) return &found->second;
  exact = false;
  for (std::size_t end = dotted.size(); end != std::string::npos;
       end = end == 0 ? std::string::npos : dotted.rfind('.', end - 1)) {
    const std::string beginning = dotted.substr(0, end);
    if (const auto found = list.modules.find(beginning); found != list.modules.end()) return &found->second;
    // What is an attribute of something forbidden is no better.
    const auto named = list.names.find(beginning);
    if (named != list.names.end() && named->second.kind == RuleKind::Forbid) return &named->second;
  }
  return nullptr;
}

const Rule* Rules::find(std::string_view module, std::string_view path) const {
  if (module.size() > kLongestName || path.size() > kLongestName) return nullptr;
  const std::string dotted = canonical(module, path);
  bool exact = false;
  if (const Rule* const rule = find_in(users_, dotted, exact)) return rule;
  const Rule* const rule = find_in(own_, dotted, exact);
  if (rule != nullptr && (exact || rule->kind == RuleKind::Forbid)) return rule;
  // "random._os.system": attributes lead from one module to the next.
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    std::size_t begin = path.rfind('.', dot - 1);
    begin = dot == 0 || begin == std::string_view::npos ? 0 : begin + 1;
    while (begin < dot && path[begin] == '_') ++begin;
    if (begin == dot) continue;
    bool ignored = false;
    for (const std::string_view tail :
         {path.substr(begin), path.substr(begin == 0 ? 0 : path.rfind('.', dot - 1) + 1)}) {
      const Rule* const reached = find_in(own_, canonical(tail, {}), ignored);
      if (reached != nullptr && reached->kind == RuleKind::Forbid) return reached;
    }
  }
  return rule;
}

bool Rules::reaches_inside(std::string_view path) const {
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    if (internals_.contains(std::string(path.substr(0, dot)))) return true;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return false;
}

bool Rules::import_has_effects(std::string_view module) const {
  if (module.size() > kLongestName) return false;
  if (module == "__main__") return false;
  if (module.ends_with(".__main__")) return true;
  for (std::size_t end = module.size(); end != std::string_view::npos && end > 0; end = module.rfind('.', end - 1))
    if (import_effects_.contains(std::string(module.substr(0, end)))) return true;
  return false;
}

bool Rules::knows_module(std::string_view module) const {
  const std::string name = canonical(module, {});
  bool exact = false;
  return top_level_.contains(std::string(top_level(name))) || find_in(own_, name, exact) != nullptr ||
         find_in(users_, name, exact) != nullptr;
}

}  // namespace dill::inspect
