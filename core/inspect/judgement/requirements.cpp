#include "inspect/judgement/requirements.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/standard_modules.h"

namespace dill::inspect {

namespace {

// A module that only some versions of Python or of a package have.
struct Path {
  std::string_view module;  // it and all below it
  std::string_view minimum, maximum;
  std::string_view note;
};

constexpr std::string_view kPython2Names =
    "modules have the names of Python 2, which Python 3 translates in protocols below 3 only";

constexpr std::array<Path, 15> kPaths{{
    {"__builtin__", "", "", kPython2Names},
    {"copy_reg", "", "", kPython2Names},
    {"pathlib._local", "3.13", "3.13", "paths were written by Python 3.13: pathlib._local is only there"},
    {"zoneinfo", "3.9", "", ""},
    {"graphlib", "3.9", "", ""},
    {"tomllib", "3.11", "", ""},
    {"numpy._core", "", "", "arrays were written by numpy 2; numpy 1 has numpy._core from 1.26 on"},
    {"numpy.core", "", "", "arrays were written by numpy 1; numpy 2 still finds numpy.core"},
    {"pandas.core.indexes.numeric", "", "",
     "indexes were written by pandas before 2.0, which has no numeric.Int64Index"},
    {"distutils", "", "3.11", ""},
    {"imp", "", "3.11", ""},
    {"asyncore", "", "3.11", ""},
    {"asynchat", "", "3.11", ""},
    {"lib2to3", "", "3.12", ""},
    {"crypt", "", "3.12", ""},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{{"types.NoneType", "3.10"},
                                                                               {"types.UnionType", "3.10"},
                                                                               {"types.EllipsisType", "3.10"},
                                                                               {"enum.EnumType", "3.11"},
                                                                               {"enum.StrEnum", "3.11"},
                                                                               {"builtins.ExceptionGroup", "3.11"}}};

bool is_below(std::string_view module, std::string_view package) {
  return module.starts_with(package) && (module.size() == package.size() || module[package.size()] == '.');
}

// "3.9" is older than "3.13".
bool older(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() && !b.empty();
  const auto minor = [](std::string_view version) { return std::stoi(std::string(version.substr(2))); };
  return minor(a) < minor(b);
}

void note(Requirements& needs, std::string_view text) {
  if (!text.empty() && std::find(needs.notes.begin(), needs.notes.end(), text) == needs.notes.end())
    needs.notes.emplace_back(text);
}

}  // namespace

Requirements requirements_of(const Inspection& inspection) {
  Requirements needs;
  const auto at_least = [&](std::string_view version) {
    if (older(needs.python_minimum, version)) needs.python_minimum = version;
  };
  const auto at_most = [&](std::string_view version) {
    if (needs.python_maximum.empty() || older(version, needs.python_maximum)) needs.python_maximum = version;
  };
  for (const MemberReport& member : inspection.members) {
    if (member.protocol == 5) at_least("3.8");
    if (member.protocol == 4) at_least("3.4");
    if (member.protocol == 3) at_least("3.0");
  }
  for (const MemberReport& member : inspection.members) {
    if (!member.code_pythons) continue;
    const std::vector<int>& minors = *member.code_pythons;
    if (minors.empty()) {
      note(needs, "code objects were written by different versions of Python: none runs all of them");
      continue;
    }
    const std::string first = "3." + std::to_string(minors.front()), last = "3." + std::to_string(minors.back());
    at_least(first);
    at_most(last);
    note(needs, "code objects have bytecode of Python " + (first == last ? first : first + " to " + last) +
                    ", which other versions do not run");
  }
  std::set<std::string> modules;
  for (const GlobalName& global : inspection.globals) {
    if (!global.module) continue;
    const std::string_view module = *global.module;
    const std::string_view top = module.substr(0, module.find('.'));
    if (!is_standard_module(top)) modules.insert(neutral(top.substr(0, 100)));
    for (const Path& path : kPaths) {
      if (!is_below(module, path.module)) continue;
      // By this name dill asks for the main module, whatever the version.
      if (module == "__builtin__" && global.name == "__main__") continue;
      if (!path.minimum.empty()) at_least(path.minimum);
      if (!path.maximum.empty()) at_most(path.maximum);
      note(needs, path.note);
    }
    if (!global.name) continue;
    for (const auto& [name, version] : kNames)
      if (*global.module + "." + *global.name == name) at_least(version);
  }
  needs.modules.assign(modules.begin(), modules.end());
  if (older(needs.python_maximum, needs.python_minimum) && !needs.python_maximum.empty())
    note(needs, "no version of Python has all the modules that it names");
  return needs;
}

}  // namespace dill::inspect
