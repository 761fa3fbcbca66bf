#include <algorithm>
#include <cstdio>

#include "graph/largest_parts.h"
#include "graph/logical_size.h"
#include "graph/report.h"
#include "graph/text.h"

namespace dill::graph {

namespace {

constexpr std::size_t kParts = 12;
constexpr std::size_t kCulprits = 200;

std::string subject(const ReportFacts& facts) { return facts.source.empty() ? "the object" : printable(facts.source); }

// "  name     text", later lines of the text below its first.
std::string field(std::string_view name, std::string_view text) {
  constexpr std::size_t kColumn = 11;
  std::string result;
  std::string head = "  " + std::string(name);
  head.resize(std::max(kColumn, head.size() + 1), ' ');
  while (true) {
    const std::size_t line_end = text.find('\n');
    result += head + printable(text.substr(0, line_end)) + "\n";
    if (line_end == std::string_view::npos) return result;
    text.remove_prefix(line_end + 1);
    head.assign(kColumn, ' ');
  }
}

std::string error_text(std::string_view type, std::string_view message) {
  std::string text(type);
  if (!message.empty()) text.append(": ").append(message);
  return text;
}

std::string culprit(const Analysis& analysis, const Problem& problem, const PathOptions& options) {
  const ObjectGraph& graph = analysis.graph();
  const AccessPath path = problem_path(graph, problem, options);
  const std::string_view message = graph.string(problem.message);
  const std::string_view first_line = message.substr(0, message.find('\n'));

  std::string text = printable(path.expression.empty() ? path.route : path.expression) + " : " +
                     printable(error_text(graph.string(problem.exception), first_line)) + "\n";
  if (first_line.size() < message.size()) text += field("message", message);
  text += field("type", graph.type(problem.node));
  if (path.expression.empty()) text += field("path", "no expression leads there; the line above is the route in words");
  if (path.replayed) text += field("note", "the path asks the object for its state again, which may give a new object");
  for (const Cause& cause : problem.causes) {
    text += field("cause", error_text(graph.string(cause.type), graph.string(cause.message)));
  }
  if (const Location* location = graph.location_of(problem.node)) {
    text += field("defined", std::string(graph.string(location->file)) + ":" + std::to_string(location->line));
  }
  if (problem.advice != 0) text += field("fix", graph.string(problem.advice));
  NodeId whole = problem.node;  // the variable or the object that was examined
  while (graph.columns().edge[whole] != EdgeKind::Variable && graph.parent(whole) != kNoNode)
    whole = graph.parent(whole);
  text += field("bytes", whole == problem.node
                             ? std::string("not pickled")
                             : "not pickled; the rest of " + printable(access_path(graph, whole, options).expression) +
                                   " has " + byte_size(graph.subtree_bytes(whole)));
  return text;
}

std::string parts_table(const ObjectGraph& graph, const ReportFacts& facts, const PathOptions& options) {
  std::string table;
  for (const Part& part : largest_parts(graph, kParts)) {
    const AccessPath path = access_path(graph, part.node, options);
    const double share =
        facts.bytes_total == 0 ? 0 : 100.0 * static_cast<double>(part.bytes) / static_cast<double>(facts.bytes_total);
    char row[64];
    std::snprintf(row, sizeof row, "  %12s %6.1f %%  ", byte_size(part.bytes).c_str(), share);
    table += row;
    if (part.rest) table += "rest of ";
    table += printable(path.expression.empty() ? path.route : path.expression);
    table += " (" + printable(graph.type(part.node)) + ")\n";
  }
  return table.empty() ? table : "\nlargest parts\n" + table;
}

}  // namespace

std::string text_report(const Analysis& analysis, const ReportFacts& facts) {
  const ObjectGraph& graph = analysis.graph();
  const PathOptions options{.root = {}, .protocol = facts.protocol};
  std::string size = byte_size(facts.bytes_total) + ", " + counted(facts.objects_total, "object");
  if (!facts.recorded) {
    const double logical = logical_size(graph);
    if (is_larger_unshared(logical, facts.objects_total)) size += "; unshared " + logical_size_text(logical);
  }
  std::string text;
  if (graph.problems().empty()) {
    text = facts.recorded ? subject(facts) + " is picklable: " + size + "\n" : subject(facts) + ": " + size + "\n";
    return text + parts_table(graph, facts, options);
  }

  const std::size_t culprits = graph.problems().size();
  text = culprits == 1 ? "1 object in " + subject(facts) + " cannot be pickled\n"
                       : counted(culprits, "object") + " in " + subject(facts) + " cannot be pickled\n";
  for (const Problem& problem : graph.problems().first(std::min(culprits, kCulprits))) {
    text += "\n" + culprit(analysis, problem, options);
  }
  if (culprits > kCulprits) text += "\nand " + counted(culprits - kCulprits, "more object") + "\n";
  const auto outcomes = graph.columns().outcome;
  if (const auto skipped = std::count(outcomes.begin(), outcomes.end(), Outcome::NotExamined); skipped > 0) {
    text += "\n" + counted(static_cast<std::uint64_t>(skipped), "object") +
            " not examined: a problem broke off the reducer that saves them\n";
  }
  return text;
}

AccessPath problem_path(const ObjectGraph& graph, const Problem& problem, const PathOptions& options) {
  if (problem.expression == 0 && problem.route == 0) return access_path(graph, problem.node, options);
  return {.expression = std::string(graph.string(problem.expression)),
          .replayed = problem.replayed,
          .route = problem.route != 0 ? std::string(graph.string(problem.route))
                                      : access_path(graph, problem.node, options).route};
}

}  // namespace dill::graph
