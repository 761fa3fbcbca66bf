#include "inspect/judgement/code_versions.h"

#include <array>
#include <string>
#include <string_view>

#include "inspect/values.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kMostCode = std::size_t{1} << 20;  // bytes of a code object that are looked at
constexpr std::size_t kNameBytes = 200;

bool is_named(const Term& global, std::string_view name) {
  return global.kind() == TermKind::Global && global.name().text(kNameBytes) == name;
}

// types.CodeType, dill's function for it, or what cloudpickle looks up by its name.
bool makes_code(const Term& callee) {
  if (is_named(callee, "_create_code") || is_named(callee, "CodeType") || is_named(callee, "code")) return true;
  return callee.kind() == TermKind::Result && is_named(callee.callee(), "_builtin_type") &&
         callee.arguments().size() == 1 && callee.arguments().item(0).text(kNameBytes) == "CodeType";
}

// Bytes, also as protocols 0 to 2 write them: a call of _codecs.encode.
std::optional<std::string> bytes_of(const Term& term) {
  bool whole = false;
  if (term.kind() == TermKind::Bytes) {
    std::string bytes = term.text(kMostCode, &whole);
    if (whole) return bytes;
  } else if (term.kind() == TermKind::Result && is_named(term.callee(), "encode") && term.arguments().kept() != 0) {
    const std::string text = term.arguments().item(0).text(2 * kMostCode, &whole);
    if (whole) return latin1_bytes(text);
  } else if (term.kind() == TermKind::Result && is_named(term.callee(), "bytes")) {
    return std::string();
  }
  return std::nullopt;
}

// As many names as there are; those that are not kept have names of their own.
std::vector<std::string> names_of(const Term& tuple) {
  std::vector<std::string> names;
  const std::uint64_t size = tuple.size();
  if (size > kMostCode) return names;
  for (std::uint64_t i = 0; i < size; ++i) {
    names.push_back(i < tuple.kept() ? tuple.item(i).text(kNameBytes) : "\n" + std::to_string(i));
  }
  return names;
}

// The code object that a call with these arguments makes; nothing if they are not those of 3.8 and later.
std::optional<CodeObject> code_of(const Term& arguments) {
  CodeObject code;
  const std::uint64_t count = arguments.kept();
  if (count == 0 || count != arguments.size()) return std::nullopt;
  std::uint64_t at = 0;
  if (arguments.item(0).kind() != TermKind::Int) {  // dill's line table for old readers
    code.has_old_lines = true;
    ++at;
  }
  if (count - at != 16 && count - at != 18) return std::nullopt;
  code.has_exceptions = count - at == 18;
  const auto next = [&] { return arguments.item(at++); };
  for (std::int64_t* number :
       {&code.argcount, &code.posonlyargcount, &code.kwonlyargcount, &code.nlocals, &code.stacksize, &code.flags}) {
    bool fits = false;
    *number = next().integer(&fits);
    if (!fits) return std::nullopt;
  }
  const auto bytecode = bytes_of(next());
  const Term constants = next();
  if (!bytecode || constants.kind() != TermKind::Tuple || constants.size() > kMostCode) return std::nullopt;
  code.code = *bytecode;
  code.consts.resize(constants.size());
  code.names = names_of(next());
  code.varnames = names_of(next());
  at += code.has_exceptions ? 3 : 2;  // file, name, qualified name
  ++at;                               // first line
  const auto lines = bytes_of(next());
  if (!lines) return std::nullopt;
  code.lines = *lines;
  if (code.has_exceptions) ++at;
  code.freevars = names_of(next());
  code.cellvars = names_of(next());
  return code;
}

}  // namespace

bool CodeVersions::on_effect(const Effect& effect) {
  if (effect.kind == EffectKind::Call && versions_.wants_more() && makes_code(effect.callee)) {
    if (const auto code = code_of(effect.arguments)) versions_.add(*code);
  }
  return next_.on_effect(effect);
}

}  // namespace dill::inspect
