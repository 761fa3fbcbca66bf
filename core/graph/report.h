// What a graph says about an object or a file, for terminals, programs and Graphviz. All three have the same facts.
#pragma once

#include <cstdint>
#include <string>

#include "graph/access_path.h"
#include "graph/analysis.h"

namespace dill::graph {

// What the graph itself does not know. trace::report_facts() takes it from a trace.
struct ReportFacts {
  std::string source;        // what was examined: "app.py:svc", "orders.pkl"; may be empty
  std::string dill_version;  // empty if unknown, as the following
  std::string python_version;
  std::uint32_t protocol = 4;
  std::uint64_t bytes_total = 0;
  std::uint64_t objects_total = 0;
  bool recorded = true;  // false: read from a file, which says nothing about picklability
};

// For people. With culprits: a heading, then for each (of at most 200) a block whose first line is its path, or, where
// no expression leads to it, its route, and its error,
//   svc.cfg['db'] : TypeError: cannot pickle 'sqlite3.Connection' object
// and whose indented lines are type, cause chain, the source's place, advice and bytes. Without: that it is picklable,
// its size, and a table of its largest parts. Control characters are escaped, so that no text can steer the terminal.
std::string text_report(const Analysis& analysis, const ReportFacts& facts);

// For programs: one JSON object, indented, UTF-8. Keys are only ever added:
//   format "dill-report", version 1, source, dill, python (strings, null if unknown), protocol, bytes, objects,
//   logical_size (number of objects if nothing were shared, graph/logical_size.h; null for a recording),
//   not_examined (number of objects), picklable (true, false; null for a file that was read)
//   problems: [{path (Python expression or null), replayed, route, node, type, exception, message,
//               causes: [{exception, message}], advice (or null), reducer (or null), bytes_own, bytes_retained,
//               defined: {file, line} where the source of the culprit begins (only if that is known)}]
//   parts: [{path (or null), route, node, type, bytes, share (0 to 1 of `bytes`), rest}], largest first; see
//          graph/largest_parts.h
std::string json_report(const Analysis& analysis, const ReportFacts& facts);

// For Graphviz: a digraph of fewer than 200 nodes: the culprits with their ancestors, and around them siblings while
// there is room; without culprits the root with the largest parts. Culprits are filled red, their ancestors have an
// orange border, what is saved by reference (Reduction::Global) a dashed one; memo hits are dashed edges. Where
// ancestors were left out, a dotted edge says how many.
std::string dot_report(const Analysis& analysis, const ReportFacts& facts);

// The problem's path: the checked one that it carries, or the composed one if it carries neither expression nor
// route.
AccessPath problem_path(const ObjectGraph& graph, const Problem& problem, const PathOptions& options = {});

}  // namespace dill::graph
