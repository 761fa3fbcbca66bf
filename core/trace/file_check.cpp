#include "trace/file_check.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "graph/utf8.h"

namespace dill::trace {

namespace {

using graph::DetailKind;
using graph::GraphColumns;
using graph::NodeId;
using graph::StringId;

std::string at(std::string_view what, std::size_t node) {
  return std::string(what) + " of node " + std::to_string(node);
}

std::string check_lengths(const GraphColumns& c) {
  const std::size_t nodes = c.parent.size();
  if (nodes >= graph::kNoNode) return "too many nodes";
  const std::initializer_list<std::size_t> lengths = {
      c.edge.size(),   c.label.size(),     c.index.size(),   c.type.size(),  c.detail_kind.size(),
      c.detail.size(), c.reduction.size(), c.reducer.size(), c.begin.size(), c.end.size(),
      c.memo.size(),   c.count.size(),     c.outcome.size()};
  if (std::any_of(lengths.begin(), lengths.end(), [&](std::size_t length) { return length != nodes; })) {
    return "columns of different lengths";
  }
  if (c.start_ns.size() != c.stop_ns.size() || (!c.start_ns.empty() && c.start_ns.size() != nodes)) {
    return "columns of times of a wrong length";
  }
  return {};
}

std::string check_strings(const GraphColumns& c) {
  if (c.string_ends.empty() || c.string_ends.front() != 0) return "no empty string at the front of the string table";
  if (!std::is_sorted(c.string_ends.begin(), c.string_ends.end())) return "string ends that descend";
  if (c.string_ends.back() != c.string_bytes.size()) return "string ends that do not match the strings";
  const std::string_view text(c.string_bytes.data(), c.string_bytes.size());
  if (!graph::is_utf8(text)) return "strings that are not UTF-8";
  for (const std::uint32_t end : c.string_ends) {
    if (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      return "a string cut in a character";
  }
  return {};
}

std::string check_ids(std::span<const StringId> ids, std::size_t strings, std::string_view what) {
  const auto bad = std::find_if(ids.begin(), ids.end(), [&](StringId id) { return id >= strings; });
  return bad == ids.end() ? std::string() : at(what, static_cast<std::size_t>(bad - ids.begin())) + " is no string";
}

template <typename Kind>
std::string check_kinds(std::span<const Kind> kinds, std::string_view what) {
  const auto bad = std::find_if(kinds.begin(), kinds.end(), [](Kind kind) { return kind >= Kind::kCount; });
  return bad == kinds.end() ? std::string() : at(what, static_cast<std::size_t>(bad - kinds.begin())) + " is unknown";
}

std::string check_nodes(const GraphColumns& c, std::uint64_t bytes_total) {
  for (NodeId node = 0; node < c.parent.size(); ++node) {
    if (c.parent[node] >= node && c.parent[node] != graph::kNoNode) {
      return at("parent", node) + " is node " + std::to_string(c.parent[node]);
    }
    if (c.begin[node] > c.end[node] || c.end[node] > bytes_total) return at("byte range", node) + " is impossible";
    if (c.count[node] == 0) return at("count", node) + " is 0";
  }
  for (std::size_t node = 0; node < c.start_ns.size(); ++node) {
    if (c.start_ns[node] > c.stop_ns[node]) return at("end time", node) + " is before the start";
  }
  return {};
}

std::string check_details(const GraphColumns& c) {
  for (std::size_t node = 0; node < c.detail.size(); ++node) {
    const std::uint64_t detail = c.detail[node];
    switch (c.detail_kind[node]) {
      case DetailKind::Text:
        if (detail >= c.string_ends.size()) return at("detail", node) + " is no string";
        break;
      case DetailKind::Bool:
        if (detail > 1) return at("detail", node) + " is no bool";
        break;
      case DetailKind::Str:
      case DetailKind::Bytes: {
        const std::uint64_t offset = detail >> 8;
        const std::uint64_t stored = detail & 0xFF;
        if (stored > graph::kDetailBytes || offset + graph::kDetailHeader + stored > c.texts.size()) {
          return at("text", node) + " is out of bounds";
        }
        if (c.detail_kind[node] == DetailKind::Str &&
            !graph::is_utf8({c.texts.data() + offset + graph::kDetailHeader, stored})) {
          return at("text", node) + " is not UTF-8";
        }
        break;
      }
      default:
        break;
    }
  }
  return {};
}

std::string check_references(const GraphColumns& c) {
  for (const graph::Reference& reference : c.references) {
    if (reference.from >= c.parent.size() || reference.to >= c.parent.size()) return "a reference to no node";
    if (reference.label >= c.string_ends.size()) return "a reference whose label is no string";
    if (reference.kind >= graph::EdgeKind::kCount) return "a reference of an unknown kind";
  }
  return {};
}

std::string check_locations(const GraphColumns& c) {
  const graph::Location* last = nullptr;
  for (const graph::Location& location : c.locations) {
    if (location.node >= c.parent.size()) return "a place in the source of no node";
    if (last != nullptr && location.node <= last->node) return "places in the source out of order";
    if (location.file >= c.string_ends.size()) return "a source file whose name is no string";
    if (location.line == 0 || (location.last_line != 0 && location.last_line < location.line)) {
      return "an impossible line of source";
    }
    if (location.in_class > 1) return "a place in the source that is not 0 or 1 in a class";
    last = &location;
  }
  return {};
}

std::string check_problems(const GraphColumns& c, std::span<const graph::Problem> problems) {
  const std::size_t strings = c.string_ends.size();
  for (const graph::Problem& problem : problems) {
    if (problem.node >= c.parent.size()) return "a problem of no node";
    for (const StringId id : {problem.exception, problem.message, problem.expression, problem.route, problem.advice}) {
      if (id >= strings) return "a problem whose text is no string";
    }
    for (const graph::Cause& cause : problem.causes) {
      if (cause.type >= strings || cause.message >= strings) return "a cause whose text is no string";
    }
  }
  return {};
}

}  // namespace

std::string check_columns(const GraphColumns& c, std::span<const graph::Problem> problems, std::uint64_t bytes_total) {
  std::string wrong = check_lengths(c);
  if (wrong.empty()) wrong = check_strings(c);
  if (wrong.empty()) wrong = check_kinds(c.edge, "edge");
  if (wrong.empty()) wrong = check_kinds(c.reduction, "reduction");
  if (wrong.empty()) wrong = check_kinds(c.outcome, "outcome");
  if (wrong.empty()) wrong = check_kinds(c.detail_kind, "kind of detail");
  if (wrong.empty()) wrong = check_nodes(c, bytes_total);
  if (wrong.empty()) wrong = check_ids(c.label, c.string_ends.size(), "label");
  if (wrong.empty()) wrong = check_ids(c.type, c.string_ends.size(), "type");
  if (wrong.empty()) wrong = check_ids(c.reducer, c.string_ends.size(), "reducer");
  if (wrong.empty()) wrong = check_details(c);
  if (wrong.empty()) wrong = check_references(c);
  if (wrong.empty()) wrong = check_locations(c);
  if (wrong.empty()) wrong = check_problems(c, problems);
  return wrong;
}

}  // namespace dill::trace
