#include <algorithm>
#include <nlohmann/json.hpp>

#include "graph/largest_parts.h"
#include "graph/logical_size.h"
#include "graph/report.h"

namespace dill::graph {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kParts = 50;

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Json problem_json(const Analysis& analysis, const Problem& problem, const PathOptions& options) {
  const ObjectGraph& graph = analysis.graph();
  const AccessPath path = problem_path(graph, problem, options);
  Json causes = Json::array();
  for (const Cause& cause : problem.causes) {
    causes.push_back({{"exception", graph.string(cause.type)}, {"message", graph.string(cause.message)}});
  }
  Json json = {{"path", text_or_null(path.expression)},
               {"replayed", path.replayed},
               {"route", path.route},
               {"node", problem.node},
               {"type", graph.type(problem.node)},
               {"exception", graph.string(problem.exception)},
               {"message", graph.string(problem.message)},
               {"causes", causes},
               {"advice", text_or_null(graph.string(problem.advice))},
               {"reducer", text_or_null(graph.string(graph.columns().reducer[problem.node]))},
               {"bytes_own", analysis.graph().own_bytes(problem.node)},
               {"bytes_retained", analysis.retained_bytes(problem.node)}};
  if (const Location* location = graph.location_of(problem.node)) {
    json["defined"] = {{"file", graph.string(location->file)}, {"line", location->line}};
  }
  return json;
}

Json part_json(const ObjectGraph& graph, const Part& part, const ReportFacts& facts, const PathOptions& options) {
  const AccessPath path = access_path(graph, part.node, options);
  const double share =
      facts.bytes_total == 0 ? 0 : static_cast<double>(part.bytes) / static_cast<double>(facts.bytes_total);
  return {{"path", text_or_null(path.expression)},
          {"route", path.route},
          {"node", part.node},
          {"type", graph.type(part.node)},
          {"bytes", part.bytes},
          {"share", share},
          {"rest", part.rest}};
}

}  // namespace

std::string json_report(const Analysis& analysis, const ReportFacts& facts) {
  const ObjectGraph& graph = analysis.graph();
  const PathOptions options{.root = {}, .protocol = facts.protocol};
  const auto outcomes = graph.columns().outcome;
  std::uint64_t folded = 0;
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (outcomes[node] == Outcome::Folded) folded += graph.columns().count[node];
  }
  Json problems = Json::array();
  for (const Problem& problem : graph.problems()) problems.push_back(problem_json(analysis, problem, options));
  Json parts = Json::array();
  for (const Part& part : largest_parts(graph, kParts)) parts.push_back(part_json(graph, part, facts, options));

  const Json report = {
      {"format", "dill-report"},
      {"version", 1},
      {"source", text_or_null(facts.source)},
      {"dill", text_or_null(facts.dill_version)},
      {"python", text_or_null(facts.python_version)},
      {"protocol", facts.protocol},
      {"bytes", facts.bytes_total},
      {"objects", facts.objects_total},
      {"logical_size", facts.recorded ? Json(nullptr) : Json(logical_size(graph))},
      {"folded", folded},
      {"not_examined", std::count(outcomes.begin(), outcomes.end(), Outcome::NotExamined)},
      {"picklable", facts.recorded || !graph.problems().empty() ? Json(graph.problems().empty()) : Json(nullptr)},
      {"problems", problems},
      {"parts", parts}};
  // The graph's texts are UTF-8; what the caller passes (a file's name) may be anything.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dill::graph
