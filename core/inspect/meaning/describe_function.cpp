// Functions and code objects: signature, what the code names, and its disassembly.
#include <algorithm>
#include <map>

#include "graph/text.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/details.h"
#include "inspect/meaning/disassembly.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kDefaultBytes = 60;  // longer defaults are cut
constexpr std::size_t kMostArguments = 256;
constexpr std::int64_t kHasRest = 4;      // CO_VARARGS
constexpr std::int64_t kHasKeywords = 8;  // CO_VARKEYWORDS
constexpr std::int64_t kGenerator = 0x20, kCoroutine = 0x80, kAsyncGenerator = 0x200;

// The entries of a dict with names as keys: of the one that the function holds as `label`.
std::map<std::string, Item> entries(const Contents& contents, NodeId function, std::string_view label) {
  const graph::ObjectGraph& graph = contents.graph();
  std::map<std::string, Item> found;
  const auto dict = contents.part(function, EdgeKind::FunctionState, label);
  if (!dict) return found;
  const auto add = [&](graph::StringId key, NodeId value) {
    const std::string_view literal = graph.string(key);
    if (literal.size() >= 2) found.emplace(literal.substr(1, literal.size() - 2), contents.whole(value));
  };
  for (const NodeId child : graph.children(dict->node)) {
    if (graph.columns().edge[child] == EdgeKind::DictValue) add(graph.columns().label[child], child);
  }
  for (const std::uint32_t i : graph.references_from(dict->node)) {
    const graph::Reference& reference = graph.columns().references[i];
    if (reference.kind == EdgeKind::DictValue) add(reference.label, reference.to);
  }
  return found;
}

// A type by its name, anything else as a value.
std::string annotation(const Contents& contents, const Item& item) {
  const graph::ObjectGraph& graph = contents.graph();
  if (graph.columns().reduction[item.node] == graph::Reduction::Global) return std::string(graph.type(item.node));
  if (graph.type(item.node) == "type") return graph.description(item.node);
  return value_text(contents, item, kDefaultBytes);
}

void say(std::vector<std::string>& lines, std::string_view what, const std::vector<std::string>& names) {
  if (!names.empty()) lines.push_back(std::string(what) + ": " + joined(names));
}

void body(const Contents& contents, const CodeObject& code, int python, std::vector<std::string>& lines) {
  lines.push_back("file " + graph::python_literal(code.filename) + ", line " + std::to_string(code.firstlineno));
  if ((code.flags & kCoroutine) != 0) lines.emplace_back("a coroutine");
  if ((code.flags & kAsyncGenerator) != 0) lines.emplace_back("an asynchronous generator");
  if ((code.flags & kGenerator) != 0) lines.emplace_back("a generator");
  std::vector<std::string> constants;
  for (const Item& item : code.consts) {
    constants.push_back(value_text(contents, item, kDefaultBytes));
    if (constants.size() == kMostArguments) break;
  }
  say(lines, "constants", constants);
  say(lines, "names", code.names);
  say(lines, "variables", code.varnames);
  say(lines, "cells", code.cellvars);
  say(lines, "free variables", code.freevars);
  const std::vector<int> fitting = pythons_of(code);
  const auto shown = disassemble(contents, code, python);
  if (!shown) {
    lines.push_back("bytecode of " + std::to_string(code.code.size()) + " bytes, of a Python that is not known here");
    return;
  }
  std::string title = "bytecode of Python 3." + std::to_string(python);
  if (std::ranges::find(fitting, python) == fitting.end())
    title += " (which would not run it: it is damaged or of another)";
  lines.push_back(title + ":");
  for (std::string& line : disassembly_text(*shown)) lines.push_back(std::move(line));
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + words[i];
  if (words.size() > most) text += " … (" + graph::grouped_digits(words.size() - most) + " more)";
  return text;
}

std::optional<CodeObject> code_of(const Contents& contents, NodeId function) {
  const auto code = contents.items(function, EdgeKind::Code, 1);
  if (code.empty()) return std::nullopt;
  return code_object(contents, code[0].node);
}

std::string signature(const Contents& contents, NodeId function) {
  const auto code = code_of(contents, function);
  if (!code) return {};
  std::vector<Item> defaults = contents.items(function, EdgeKind::Default, kMostArguments);
  if (defaults.empty()) {
    if (const auto tuple = contents.part(function, EdgeKind::FunctionState, "__defaults__")) {
      defaults = contents.items(tuple->node, EdgeKind::Item, kMostArguments);
    }
  }
  const auto named_defaults = entries(contents, function, "__kwdefaults__");
  const auto annotations = entries(contents, function, "__annotations__");
  const auto count = [&](std::int64_t stored) {
    return static_cast<std::size_t>(std::clamp<std::int64_t>(stored, 0, kMostArguments));
  };
  const std::size_t positional = count(code->argcount);
  const std::size_t named = count(code->kwonlyargcount);
  std::vector<std::string> parameters;
  const auto parameter = [&](std::size_t place, std::string_view prefix, const Item* value) {
    const std::string name = place < code->varnames.size() ? code->varnames[place] : std::string("?");
    std::string text = std::string(prefix) + name;
    const auto found = annotations.find(name);
    if (found != annotations.end()) text += ": " + annotation(contents, found->second);
    if (value != nullptr) {
      text += found != annotations.end() ? " = " : "=";
      text += value_text(contents, *value, kDefaultBytes);
    }
    parameters.push_back(std::move(text));
  };
  for (std::size_t i = 0; i < positional; ++i) {
    const std::size_t from_end = positional - i;
    parameter(i, "", from_end <= defaults.size() ? &defaults[defaults.size() - from_end] : nullptr);
    if (i + 1 == count(code->posonlyargcount)) parameters.emplace_back("/");
  }
  if ((code->flags & kHasRest) != 0) {
    parameter(positional + named, "*", nullptr);
  } else if (named > 0) {
    parameters.emplace_back("*");
  }
  for (std::size_t i = positional; i < positional + named; ++i) {
    const auto found = named_defaults.find(i < code->varnames.size() ? code->varnames[i] : std::string());
    parameter(i, "", found == named_defaults.end() ? nullptr : &found->second);
  }
  if ((code->flags & kHasKeywords) != 0) {
    parameter(positional + named + ((code->flags & kHasRest) != 0 ? 1 : 0), "**", nullptr);
  }
  const bool lambda = code->name == "<lambda>";
  std::string text = lambda ? "lambda " : (code->flags & kCoroutine) != 0 ? "async def " : "def ";
  if (!lambda) text += code->name + "(";
  text += joined(parameters, kMostArguments);
  if (!lambda) text += ")";
  if (const auto result = annotations.find("return"); result != annotations.end()) {
    text += " -> " + annotation(contents, result->second);
  }
  return graph::printable(text);
}

void describe_function(const Contents& contents, NodeId function, int python, std::vector<std::string>& lines) {
  lines.push_back(signature(contents, function));
  if (const auto code = code_of(contents, function)) body(contents, *code, python, lines);
}

void describe_code(const Contents& contents, NodeId node, int python, std::vector<std::string>& lines) {
  const auto code = code_object(contents, node);
  if (!code) return;
  lines.push_back("code of " + (code->qualname.empty() ? code->name : code->qualname));
  body(contents, *code, python, lines);
}

}  // namespace dill::inspect
