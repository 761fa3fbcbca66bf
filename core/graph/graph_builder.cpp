#include "graph/graph_builder.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <stdexcept>

#include "graph/lazy_reserve.h"
#include "graph/utf8.h"

namespace dill::graph {

struct GraphBuilder::Columns {
  std::vector<NodeId> parent;
  std::vector<EdgeKind> edge;
  std::vector<StringId> label;
  std::vector<std::uint32_t> index;
  std::vector<StringId> type;
  std::vector<DetailKind> detail_kind;
  std::vector<std::uint64_t> detail;
  std::vector<Reduction> reduction;
  std::vector<StringId> reducer;
  std::vector<std::uint64_t> begin;
  std::vector<std::uint64_t> end;
  std::vector<std::uint32_t> memo;
  std::vector<std::uint32_t> count;
  std::vector<Outcome> outcome;
  std::vector<Reference> references;
  StringTable strings;
  std::vector<char> texts;
  std::map<NodeId, Location> location_of;
  std::vector<Location> locations;  // the same, made by finish()

  GraphColumns spans() const {
    return {.parent = parent,
            .edge = edge,
            .label = label,
            .index = index,
            .type = type,
            .detail_kind = detail_kind,
            .detail = detail,
            .reduction = reduction,
            .reducer = reducer,
            .begin = begin,
            .end = end,
            .memo = memo,
            .count = count,
            .outcome = outcome,
            .start_ns = {},
            .stop_ns = {},
            .references = references,
            .string_ends = strings.ends(),
            .string_bytes = strings.bytes(),
            .texts = texts,
            .locations = locations};
  }
};

GraphBuilder::GraphBuilder() : columns_(std::make_shared<Columns>()) {}
GraphBuilder::~GraphBuilder() = default;
GraphBuilder::GraphBuilder(GraphBuilder&&) noexcept = default;
GraphBuilder& GraphBuilder::operator=(GraphBuilder&&) noexcept = default;

void GraphBuilder::reserve(std::uint32_t nodes) {
  Columns& c = *columns_;
  reserve_lazily(c.parent, nodes);
  reserve_lazily(c.edge, nodes);
  reserve_lazily(c.label, nodes);
  reserve_lazily(c.index, nodes);
  reserve_lazily(c.type, nodes);
  reserve_lazily(c.detail_kind, nodes);
  reserve_lazily(c.detail, nodes);
  reserve_lazily(c.reduction, nodes);
  reserve_lazily(c.reducer, nodes);
  reserve_lazily(c.begin, nodes);
  reserve_lazily(c.end, nodes);
  reserve_lazily(c.memo, nodes);
  reserve_lazily(c.count, nodes);
  reserve_lazily(c.outcome, nodes);
}

std::uint32_t GraphBuilder::size() const { return static_cast<std::uint32_t>(columns_->parent.size()); }

void GraphBuilder::check(NodeId node) const {
  if (node >= size()) throw std::out_of_range("graph builder: there is no node " + std::to_string(node));
}

StringId GraphBuilder::intern(std::string_view text) {
  if (text.empty()) return 0;
  return columns_->strings.intern(is_utf8(text) ? text : std::string_view(to_utf8(text)));
}

NodeId GraphBuilder::add_node(const NodeRow& row) {
  const NodeId node = size();
  if (row.parent != kNoNode) check(row.parent);
  if (node == kNoNode) throw std::length_error("graph builder: too many nodes");
  Columns& c = *columns_;
  c.parent.push_back(row.parent);
  c.edge.push_back(row.edge);
  c.label.push_back(row.label);
  c.index.push_back(row.index);
  c.type.push_back(row.type);
  c.detail_kind.push_back(row.detail_kind);
  c.detail.push_back(row.detail);
  c.reduction.push_back(row.reduction);
  c.reducer.push_back(0);
  c.begin.push_back(row.begin);
  c.end.push_back(row.end);
  c.memo.push_back(row.memo);
  c.count.push_back(row.count);
  c.outcome.push_back(row.outcome);
  return node;
}

NodeId GraphBuilder::add_node(NodeId parent, EdgeKind edge, std::string_view label, std::uint32_t index,
                              std::string_view type) {
  return add_node({.parent = parent, .edge = edge, .label = intern(label), .type = intern(type), .index = index});
}

void GraphBuilder::set_edge(NodeId node, EdgeKind edge, std::string_view label, std::uint32_t index) {
  check(node);
  columns_->edge[node] = edge;
  columns_->label[node] = intern(label);
  columns_->index[node] = index;
}

void GraphBuilder::set_type(NodeId node, std::string_view type) {
  check(node);
  columns_->type[node] = intern(type);
}

void GraphBuilder::set_reduction(NodeId node, Reduction reduction, std::string_view reducer) {
  check(node);
  columns_->reduction[node] = reduction;
  columns_->reducer[node] = intern(reducer);
}

void GraphBuilder::set_begin(NodeId node, std::uint64_t byte) {
  check(node);
  columns_->begin[node] = byte;
}

void GraphBuilder::set_end(NodeId node, std::uint64_t byte) {
  check(node);
  columns_->end[node] = byte;
}

void GraphBuilder::set_memo(NodeId node, std::uint32_t memo) {
  check(node);
  columns_->memo[node] = memo;
}

void GraphBuilder::set_count(NodeId node, std::uint32_t count) {
  check(node);
  columns_->count[node] = count;
}

void GraphBuilder::set_outcome(NodeId node, Outcome outcome) {
  check(node);
  columns_->outcome[node] = outcome;
}

void GraphBuilder::set_text(NodeId node, std::string_view text) {
  check(node);
  columns_->detail[node] = intern(text);
  columns_->detail_kind[node] = DetailKind::Text;
}

void GraphBuilder::set_int(NodeId node, std::int64_t value) {
  check(node);
  columns_->detail[node] = static_cast<std::uint64_t>(value);
  columns_->detail_kind[node] = DetailKind::Int;
}

void GraphBuilder::set_float(NodeId node, double value) {
  check(node);
  columns_->detail[node] = std::bit_cast<std::uint64_t>(value);
  columns_->detail_kind[node] = DetailKind::Float;
}

void GraphBuilder::set_bool(NodeId node, bool value) {
  check(node);
  columns_->detail[node] = value ? 1 : 0;
  columns_->detail_kind[node] = DetailKind::Bool;
}

void GraphBuilder::set_length(NodeId node, std::uint64_t items) {
  check(node);
  columns_->detail[node] = items;
  columns_->detail_kind[node] = DetailKind::Length;
}

void GraphBuilder::set_str(NodeId node, std::string_view beginning, std::uint64_t length) {
  // A sequence of at most four bytes may be cut by the caller's own limit: look at no more than can be kept.
  beginning = beginning.substr(0, kDetailBytes + 4);
  const std::string mended = is_utf8(beginning) ? std::string() : to_utf8(beginning);
  set_beginning(node, DetailKind::Str, utf8_prefix(mended.empty() ? beginning : mended, kDetailBytes), length);
}

void GraphBuilder::set_bytes(NodeId node, std::string_view beginning, std::uint64_t length) {
  set_beginning(node, DetailKind::Bytes, beginning.substr(0, kDetailBytes), length);
}

void GraphBuilder::set_beginning(NodeId node, DetailKind kind, std::string_view stored, std::uint64_t length) {
  check(node);
  std::vector<char>& texts = columns_->texts;
  const std::uint64_t offset = texts.size();
  const std::uint64_t kept = std::min<std::uint64_t>(length, std::numeric_limits<std::uint32_t>::max());
  for (std::size_t i = 0; i < kDetailHeader; ++i) texts.push_back(static_cast<char>(kept >> (8 * i)));
  texts.insert(texts.end(), stored.begin(), stored.end());
  columns_->detail[node] = offset << 8 | stored.size();
  columns_->detail_kind[node] = kind;
}

void GraphBuilder::add_reference(NodeId from, NodeId to, EdgeKind kind, std::string_view label, std::uint32_t index) {
  check(from);
  check(to);
  columns_->references.push_back({from, to, intern(label), index, kind});
}

void GraphBuilder::add_problem(NodeId node, const ProblemText& problem) {
  check(node);
  Problem added{.node = node,
                .exception = intern(problem.exception),
                .message = intern(problem.message),
                .expression = intern(problem.expression),
                .route = intern(problem.route),
                .advice = intern(problem.advice),
                .replayed = problem.replayed,
                .causes = {}};
  for (const auto& [type, message] : problem.causes) added.causes.push_back({intern(type), intern(message)});
  problems_.push_back(std::move(added));
  columns_->outcome[node] = Outcome::Culprit;
}

void GraphBuilder::set_location(NodeId node, std::string_view file, std::uint32_t line, std::uint32_t last_line,
                                bool in_class) {
  check(node);
  columns_->location_of[node] = {node, intern(file), line, last_line, static_cast<std::uint8_t>(in_class ? 1 : 0)};
}

std::shared_ptr<const ObjectGraph> GraphBuilder::finish() {
  const std::shared_ptr<Columns> columns = std::exchange(columns_, std::make_shared<Columns>());
  for (NodeId node = 0; node < columns->parent.size(); ++node) {
    columns->end[node] = std::max(columns->begin[node], columns->end[node]);
  }
  for (const auto& [node, location] : columns->location_of) columns->locations.push_back(location);
  return std::make_shared<const ObjectGraph>(columns->spans(), std::exchange(problems_, {}), columns);
}

}  // namespace dill::graph
