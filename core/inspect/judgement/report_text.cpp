#include <algorithm>

#include "graph/text.h"
#include "inspect/judgement/neutral_names.h"
#include "inspect/judgement/reports.h"

namespace dill::inspect {

namespace {

constexpr std::size_t kMostNames = 100;
constexpr std::size_t kMostFindings = 200;
constexpr std::size_t kMostMembers = 200;

std::string padded(std::string_view text, std::size_t width) {
  std::string result(text);
  if (result.size() < width) result.resize(width, ' ');
  return result;
}

std::string shown_name(const GlobalName& global) {
  return neutral(global.module.value_or("<computed>")) + "." + neutral(global.name.value_or("<computed>"));
}

void more(std::string& out, std::size_t all, std::size_t shown) {
  if (all > shown) out += "  ... and " + graph::grouped_digits(all - shown) + " more\n";
}

void names(std::string& out, const std::vector<GlobalName>& globals) {
  if (globals.empty()) {
    out += "imports nothing\n";
    return;
  }
  out += "imports:\n";
  std::size_t width = 0;
  const std::size_t shown = std::min(globals.size(), kMostNames);
  for (std::size_t i = 0; i < shown; ++i)
    width = std::max(width, std::min<std::size_t>(shown_name(globals[i]).size(), 60));
  for (std::size_t i = 0; i < shown; ++i) {
    const GlobalName& global = globals[i];
    std::string line = "  " + padded(shown_name(global), width) + "  ";
    if (global.calls > 0) {
      line += global.calls == 1 ? "called" : "called " + graph::grouped_digits(global.calls) + " times";
      line += "; ";
    }
    line += global.reason.empty() ? "nothing is known of it" : global.reason;
    out += line + "\n";
  }
  more(out, globals.size(), shown);
}

void findings(std::string& out, const std::vector<Finding>& all) {
  if (all.empty()) return;
  out += "findings:\n";
  const std::size_t shown = std::min(all.size(), kMostFindings);
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = all[i];
    out += "  " + padded(to_string(finding.severity), 10) + "  " + std::string(finding.id) + ": " +
           neutral(finding.message);
    out += " (";
    if (!finding.member.empty()) out += neutral(finding.member) + ", ";
    out += "byte " + graph::grouped_digits(finding.offset);
    if (finding.count > 1) out += ", " + graph::grouped_digits(finding.count) + " times";
    out += ")\n";
  }
  more(out, all.size(), shown);
}

void members(std::string& out, const std::vector<MemberReport>& all) {
  if (all.size() < 2) return;
  out += "members:\n";
  const std::size_t shown = std::min(all.size(), kMostMembers);
  for (std::size_t i = 0; i < shown; ++i) {
    const MemberReport& member = all[i];
    const auto depth = static_cast<std::size_t>(std::count(member.path.begin(), member.path.end(), '!'));
    out += std::string(2 + 2 * depth, ' ') + (member.path.empty() ? "." : neutral(member.path)) + "  " + member.format +
           ", " + graph::counted(member.size, "byte");
    if (member.is_pickle) {
      out += ": " + std::string(to_string(member.verdict)) + ", " + std::string(to_string(member.level));
    }
    out += "\n";
  }
  more(out, all.size(), shown);
}

void needs(std::string& out, const Requirements& requirements) {
  std::string python;
  if (!requirements.python_minimum.empty()) python += " from " + requirements.python_minimum + " on";
  if (!requirements.python_maximum.empty()) python += " up to " + requirements.python_maximum;
  if (python.empty() && requirements.modules.empty() && requirements.notes.empty()) return;
  out += "needs:\n";
  if (!python.empty()) out += "  Python" + python + "\n";
  if (!requirements.modules.empty()) {
    out += "  modules:";
    for (const std::string& module : requirements.modules) out += " " + module;
    out += "\n";
  }
  for (const std::string& note : requirements.notes) out += "  " + note + "\n";
}

}  // namespace

std::string text_report(const Inspection& inspection, std::string_view source) {
  std::string out = neutral(source) + ": " + std::string(to_string(inspection.verdict)) + " (" +
                    std::string(to_string(inspection.level)) + ", " + graph::counted(inspection.size, "byte") + ")\n";
  findings(out, inspection.findings);
  names(out, inspection.globals);
  needs(out, inspection.requirements);
  members(out, inspection.members);
  return out;
}

}  // namespace dill::inspect
