// details, signatures and the reports line by line: whatever the bytecode and the line tables in a stream are, what is said
// of them is text, and not without end.
#include <algorithm>
#include <string>

#include "graph/utf8.h"
#include "inspect/judgement/inspection.h"
#include "inspect/judgement/reports.h"
#include "inspect/meaning/code_object.h"
#include "inspect/meaning/details.h"
#include "inspect/static_graph.h"
#include "require.h"

using namespace dill;
using fuzz::require;

namespace {

constexpr graph::NodeId kMostNodes = 300;  // of one input, so that inputs stay quick
constexpr std::size_t kMostLines = 2000;

bool is_plain(const std::string& line) {
  return graph::is_utf8(line) &&
         std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

void check_details(std::span<const unsigned char> bytes, const inspect::Limits& limits) {
  const auto read = inspect::read_pickle(bytes, limits);
  if (!read) return;
  const inspect::Contents contents(*read->graph, bytes);
  const int python = inspect::python_of(contents, read->python);
  for (graph::NodeId node = 0; node < read->graph->size() && node < kMostNodes; ++node) {
    for (const std::string& line : inspect::details(contents, node, python)) {
      require(is_plain(line), "details are lines of plain text");
    }
    require(is_plain(inspect::signature(contents, node)), "a signature is a line of plain text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::span<const unsigned char> bytes(data, size);
  check_details(bytes, {});
  check_details(bytes, {.shown_objects = 8});
  const inspect::Inspection inspection = inspect::inspect_bytes(bytes);
  for (const inspect::MemberReport& member : inspection.members) {
    if (!member.is_pickle) continue;
    std::size_t lines = 0;
    const inspect::ReportWriter write = [&](std::string_view text) {
      require(graph::is_utf8(text), "a report is text");
      return ++lines < kMostLines;
    };
    inspect::effects_report(member, write);
    lines = 0;
    inspect::disassembly_report(member, write);
  }
  return 0;
}
