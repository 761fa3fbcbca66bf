// An inspection as text for people and as JSON and SARIF for programs. Whatever the file says, nothing in a report
// steers a terminal or reads as something else (neutral_names.h); JSON is ASCII, with names exactly as they are.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "inspect/judgement/inspection.h"

namespace dill::inspect {

// Takes one piece of a long report after the other; false ends it.
using ReportWriter = std::function<bool(std::string_view)>;

// `source` is what the file is called.
std::string text_report(const Inspection& inspection, std::string_view source);

// {"file", "verdict", "level", "dynamic", "globals", "findings", "members", "requires" ...}: docs/inspect.md.
std::string json_report(const Inspection& inspection, std::string_view source);

// SARIF 2.1.0: one run, one result for each finding of each file.
struct NamedInspection {
  std::string source;
  const Inspection* inspection;
};
std::string sarif_report(std::span<const NamedInspection> inspections);

// The effects of a pickle in their order, one line each: offset, opcode, what happens, path in the result, whether it is
// reached, and by which loaders if not by all.
void effects_report(const MemberReport& pickle, const ReportWriter& write);

// The opcodes of a pickle, one line each: offset, opcode and argument, stack effect, path and value of what it makes.
// Arrays that joblib writes between them are one line each.
void disassembly_report(const MemberReport& pickle, const ReportWriter& write);

}  // namespace dill::inspect
