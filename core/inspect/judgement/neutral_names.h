// Names and texts of a file in reports: nothing in them may steer a terminal, a browser or a spreadsheet, or look like
// something else.
#pragma once

#include <string>
#include <string_view>

namespace dill::inspect {

enum class ReportFormat {
  Terminal,  // plain text
  Html,
  Csv,  // one field, with quotes where they are needed
};

// `text` with control characters, line and paragraph separators, bidirectional and other invisible formatting
// characters, private and unassigned planes, and bytes that are not UTF-8 as escapes (\x1b, \u202e). Html: &, <, >, "
// and ' as entities as well. Csv: what a spreadsheet would take for a formula gets an apostrophe in front.
std::string neutral(std::string_view text, ReportFormat format = ReportFormat::Terminal);

// What is wrong with a name, as the rest of a sentence ("has invisible characters"), or "" if nothing is: invisible or
// control characters, letters of several scripts in one word, look-alikes of ASCII characters.
std::string_view oddity_of_name(std::string_view name);

}  // namespace dill::inspect
