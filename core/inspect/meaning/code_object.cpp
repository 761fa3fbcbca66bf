#include "inspect/meaning/code_object.h"

#include <algorithm>
#include <charconv>

#include "inspect/meaning/opcode_tables.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

constexpr std::size_t kMostCodes = 2'000;  // that are looked at to find the version of a file

std::vector<std::string> texts(const Contents& contents, const std::optional<Item>& tuple) {
  std::vector<std::string> found;
  if (!tuple) return found;
  for (const Item& item : contents.items(tuple->node, EdgeKind::Item)) {
    found.push_back(contents.str(item).value_or(""));
  }
  return found;
}

struct Sizes {
  std::int64_t constants, names, locals, cells;
};

// Whether the argument of an instruction stands for something that is there.
bool is_possible(ArgumentKind kind, std::int64_t argument, const Sizes& sizes, std::int64_t next, std::int64_t units,
                 const OpcodeTable& table) {
  // Before 3.10 jumps count bytes.
  const std::int64_t jump = table.minor >= 10 ? argument : argument / 2;
  const auto below = [&](std::size_t count) { return argument < static_cast<std::int64_t>(count); };
  switch (kind) {
    case ArgumentKind::Constant:
      return argument < sizes.constants;
    case ArgumentKind::Name:
      return argument < sizes.names;
    case ArgumentKind::NameNull:
    case ArgumentKind::NameSelf:
      return argument >> 1 < sizes.names;
    case ArgumentKind::NameSuper:
      return argument >> 2 < sizes.names;
    case ArgumentKind::Local:
      return argument < sizes.locals;
    case ArgumentKind::LocalPair:
      return argument >> 4 < sizes.locals && (argument & 15) < sizes.locals;
    case ArgumentKind::Free:
      return argument < sizes.cells;
    case ArgumentKind::JumpForward:
      return next + jump <= units;
    case ArgumentKind::JumpBackward:
      return jump <= next;
    case ArgumentKind::JumpTo:
      return jump <= units;
    case ArgumentKind::Operator:
      return below(table.operators.size());
    case ArgumentKind::Intrinsic1:
      return below(table.intrinsics_1.size());
    case ArgumentKind::Intrinsic2:
      return below(table.intrinsics_2.size());
    case ArgumentKind::CommonConstant:
      return below(table.common_constants.size());
    case ArgumentKind::SpecialMethod:
      return below(table.special_methods.size());
    case ArgumentKind::Compare:
      return (table.minor >= 13   ? argument >> 5
              : table.minor == 12 ? argument >> 4
                                  : argument) < static_cast<std::int64_t>(table.comparisons.size());
    default:
      return true;
  }
}

// Python 3.10 has a table that covers all of the code; before it the begin of the last line is the last entry.
bool fits_lines(const CodeObject& code, int minor) {
  if (minor > 10) return true;
  if (code.lines.empty()) return minor != 10;
  std::size_t covered = 0;
  for (std::size_t i = 0; i + 1 < code.lines.size(); i += 2) covered += static_cast<unsigned char>(code.lines[i]);
  return minor == 10 ? covered == code.code.size() : covered < code.code.size();
}

bool fits(const CodeObject& code, const OpcodeTable& table) {
  if (code.has_exceptions != (table.minor >= 11)) return false;
  if (code.has_old_lines && table.minor < 10) return false;
  if (code.code.size() % 2 != 0 || !fits_lines(code, table.minor)) return false;
  const auto units = static_cast<std::int64_t>(code.code.size() / 2);
  const Sizes sizes{static_cast<std::int64_t>(code.consts.size()), static_cast<std::int64_t>(code.names.size()),
                    static_cast<std::int64_t>(code.local_names(table.minor).size()),
                    static_cast<std::int64_t>(code.cell_names(table.minor).size())};
  const auto unit = [&](std::int64_t place) {
    return static_cast<unsigned char>(code.code[static_cast<std::size_t>(place)]);
  };
  std::int64_t extended = 0;
  bool resumes = false;
  for (std::int64_t i = 0; i < units; ++i) {
    const OpcodeInfo* const info = table.opcode[unit(2 * i)];
    const std::int64_t argument = extended << 8 | unit(2 * i + 1);
    if (info == nullptr || argument > INT32_MAX) return false;
    extended = info->kind == ArgumentKind::Extended ? argument : 0;
    resumes = resumes || info->kind == ArgumentKind::Resume;
    if (i + info->caches >= units) return false;
    for (int cache = 1; cache <= info->caches; ++cache) {
      if (unit(2 * (i + cache)) != 0) return false;
    }
    i += info->caches;
    if (!is_possible(info->kind, argument, sizes, i + 1, units, table)) return false;
  }
  return extended == 0 && (resumes || table.minor < 11);
}

// Whether LOAD_CONST and RETURN_VALUE stand side by side, for which 3.12 and 3.13 nearly always write RETURN_CONST. These
// opcodes have the same numbers in 3.11 and 3.12, and simple functions the same bytecode but for this.
bool returns_constant(const CodeObject& code) {
  const OpcodeTable& table = *opcode_table(11);
  const auto name = [&](std::size_t place) {
    const OpcodeInfo* const info = table.opcode[static_cast<unsigned char>(code.code[place])];
    return info == nullptr ? std::string_view() : info->name;
  };
  for (std::size_t i = 2; i + 1 < code.code.size(); i += 2) {
    if (name(i) == "RETURN_VALUE" && name(i - 2) == "LOAD_CONST") return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> CodeObject::local_names(int minor) const {
  std::vector<std::string> all = varnames;
  if (minor < 11) return all;
  // An argument that is a cell too is counted once.
  for (const std::string& cell : cellvars) {
    if (std::ranges::find(varnames, cell) == varnames.end()) all.push_back(cell);
  }
  all.insert(all.end(), freevars.begin(), freevars.end());
  return all;
}

std::vector<std::string> CodeObject::cell_names(int minor) const {
  if (minor >= 11) return local_names(minor);
  std::vector<std::string> all = cellvars;
  all.insert(all.end(), freevars.begin(), freevars.end());
  return all;
}

bool is_code(const graph::ObjectGraph& graph, NodeId node) {
  return graph.type(node) == "code" && graph.columns().reduction[node] != graph::Reduction::Global;
}

std::optional<CodeObject> code_object(const Contents& contents, NodeId node) {
  if (!is_code(contents.graph(), node)) return std::nullopt;
  const auto part = [&](std::string_view label) { return contents.part(node, EdgeKind::Attribute, label); };
  const auto text = [&](std::string_view label) {
    const auto item = part(label);
    // Python 2 and old dill wrote some of these as str.
    return item ? contents.bytes(*item).value_or("") : std::string();
  };
  const auto number = [&](std::string_view label) {
    const auto item = part(label);
    return item ? contents.integer(*item).value_or(0) : std::int64_t{0};
  };
  if (!part("co_code")) return std::nullopt;
  CodeObject code;
  code.node = node;
  code.argcount = number("co_argcount");
  code.posonlyargcount = number("co_posonlyargcount");
  code.kwonlyargcount = number("co_kwonlyargcount");
  code.nlocals = number("co_nlocals");
  code.stacksize = number("co_stacksize");
  code.flags = number("co_flags");
  code.firstlineno = number("co_firstlineno");
  code.code = text("co_code");
  if (const auto consts = part("co_consts")) code.consts = contents.items(consts->node, EdgeKind::Item);
  code.names = texts(contents, part("co_names"));
  code.varnames = texts(contents, part("co_varnames"));
  code.freevars = texts(contents, part("co_freevars"));
  code.cellvars = texts(contents, part("co_cellvars"));
  code.filename = text("co_filename");
  code.name = text("co_name");
  code.qualname = part("co_qualname") ? text("co_qualname") : code.name;
  code.lines = part("co_linetable") ? text("co_linetable") : text("co_lnotab");
  code.has_exceptions = part("co_exceptiontable").has_value();
  code.exceptions = text("co_exceptiontable");
  code.has_old_lines = !contents.items(node, EdgeKind::ReduceArgument, 1).empty();
  return code;
}

std::vector<int> pythons_of(const CodeObject& code) {
  std::vector<int> found;
  for (int minor = kFirstPython; minor <= kLastPython; ++minor) {
    if (fits(code, *opcode_table(minor))) found.push_back(minor);
  }
  return found;
}

PythonVersions::PythonVersions() {
  for (int minor = kFirstPython; minor <= kLastPython; ++minor) all_.push_back(minor);
}

bool PythonVersions::wants_more() const { return seen_ < kMostCodes && !all_.empty(); }

void PythonVersions::add(const CodeObject& code) {
  const std::vector<int> some = pythons_of(code);
  // What no Python made (or one that is not known here) says nothing about the others.
  if (some.empty()) return;
  ++seen_;
  not_twelve_ = not_twelve_ || returns_constant(code);
  std::erase_if(all_, [&](int minor) { return std::ranges::find(some, minor) == some.end(); });
}

std::vector<int> PythonVersions::possible() const {
  std::vector<int> found = all_;
  if (found.size() > 1 && found.back() == 12 && not_twelve_) found.pop_back();
  return found;
}

int python_of(const Contents& contents, std::string_view header) {
  if (header.starts_with("3.")) {
    int minor = 0;
    std::from_chars(header.data() + 2, header.data() + header.size(), minor);
    if (opcode_table(minor) != nullptr) return minor;
  }
  PythonVersions versions;
  for (NodeId node = 0; node < contents.graph().size() && versions.wants_more(); ++node) {
    if (const auto code = code_object(contents, node)) versions.add(*code);
  }
  const std::vector<int> possible = versions.possible();
  return versions.any() && !possible.empty() ? possible.back() : 0;
}

}  // namespace dill::inspect
