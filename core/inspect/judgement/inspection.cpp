#include "inspect/judgement/inspection.h"

#include <fstream>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "inspect/static_graph.h"

namespace dill::inspect {

namespace {

std::vector<GlobalName> globals_of(const graph::ObjectGraph& graph) {
  std::vector<GlobalName> found;
  std::unordered_map<graph::StringId, std::size_t> known;
  for (graph::NodeId node = 0; node < graph.size(); ++node) {
    if (graph.columns().reduction[node] != graph::Reduction::Global) continue;
    const auto [at, is_new] = known.try_emplace(graph.columns().type[node], found.size());
    if (is_new) {
      const std::string_view dotted = graph.type(node);
      const std::size_t dot = dotted.rfind('.');
      GlobalName name;
      name.module = std::string(dotted.substr(0, dot == std::string_view::npos ? 0 : dot));
      name.name = std::string(dotted.substr(dot == std::string_view::npos ? 0 : dot + 1));
      name.offset = graph.columns().begin[node];
      found.push_back(std::move(name));
    }
    ++found[at->second].lookups;
  }
  return found;
}

}  // namespace

Inspection inspect_bytes(std::span<const unsigned char> bytes, const InspectOptions& /*options*/,
                         std::shared_ptr<const void> storage) {
  Inspection result;
  result.size = bytes.size();
  MemberReport member;
  member.size = bytes.size();
  member.bytes = bytes;
  member.storage = std::move(storage);
  auto read = read_pickle(bytes);
  if (!read) {
    result.findings.push_back({"not-a-pickle", Severity::Error, read.error().message, read.error().offset, "", 1});
    member.verdict = Verdict::Error;
  } else {
    member.is_pickle = true;
    member.format = "pickle";
    member.protocol = read->protocol;
    member.pickles = read->pickles;
    member.end = read->end;
    member.globals = globals_of(*read->graph);
    if (read->fault) {
      member.fault = Break{read->fault->offset, read->fault->message};
      result.findings.push_back({"broken-pickle", Severity::Error, read->fault->message, read->fault->offset, "", 1});
      member.verdict = Verdict::Error;
    }
    for (const GlobalName& name : member.globals) {
      member.level = Level::Calls;
      member.verdict = Verdict::Suspicious;
      result.findings.push_back({"unknown-global", Severity::Suspicious,
                                 "loading imports " + *name.module + "." + *name.name, name.offset, "", 1});
    }
  }
  result.verdict = member.verdict;
  result.level = member.level;
  result.globals = member.globals;
  result.members.push_back(std::move(member));
  return result;
}

tl::expected<Inspection, InspectError> inspect_file(const std::string& path, const InspectOptions& options) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(InspectError{path + " cannot be read"});
  auto data = std::make_shared<std::vector<unsigned char>>(std::istreambuf_iterator<char>(file),
                                                           std::istreambuf_iterator<char>());
  if (file.bad()) return tl::unexpected(InspectError{path + " cannot be read"});
  return inspect_bytes(*data, options, data);
}

}  // namespace dill::inspect
