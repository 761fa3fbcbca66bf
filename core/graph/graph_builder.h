// Makes an ObjectGraph node by node: for the static reader and for tests. (A recording becomes a graph by
// trace::to_graph, a file by trace::open.)
//
// Nodes must be added parents first; everything else about a node may be set in any order before finish(). Texts that
// are not valid UTF-8 get U+FFFD in the place of what is wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/object_graph.h"
#include "graph/string_table.h"

namespace dill::graph {

struct ProblemText {  // a Problem before its strings are interned; the fields are those of Problem
  std::string_view exception;
  std::string_view message;
  std::string_view expression = {};
  std::string_view route = {};
  std::string_view advice = {};
  bool replayed = false;
  std::vector<std::pair<std::string_view, std::string_view>> causes = {};  // type, message
};

// All of a node at once, as its columns have it. Strings are ids that intern() of the same builder gave.
struct NodeRow {
  NodeId parent = kNoNode;
  EdgeKind edge = EdgeKind::Root;
  Reduction reduction = Reduction::Unknown;
  Outcome outcome = Outcome::Saved;
  DetailKind detail_kind = DetailKind::None;
  StringId label = 0;
  StringId type = 0;
  std::uint32_t index = kNoIndex;
  std::uint32_t memo = kNoMemo;
  std::uint32_t count = 1;
  std::uint64_t detail = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class GraphBuilder {
 public:
  GraphBuilder();
  ~GraphBuilder();
  GraphBuilder(GraphBuilder&&) noexcept;
  GraphBuilder& operator=(GraphBuilder&&) noexcept;

  // Room for so many nodes, where it is known how many there may be.
  void reserve(std::uint32_t nodes);

  // The new node's id (0, 1, 2 ...). `parent` is kNoNode for a root or a node that exists: std::out_of_range otherwise.
  NodeId add_node(const NodeRow& row);
  // The rest of the row is that of an empty NodeRow.
  NodeId add_node(NodeId parent, EdgeKind edge, std::string_view label, std::uint32_t index, std::string_view type);
  std::uint32_t size() const;

  // Each of the following throws std::out_of_range for a node that does not exist.
  void set_edge(NodeId node, EdgeKind edge, std::string_view label, std::uint32_t index);
  void set_type(NodeId node, std::string_view type);
  void set_reduction(NodeId node, Reduction reduction, std::string_view reducer = {});
  void set_begin(NodeId node, std::uint64_t byte);
  void set_end(NodeId node, std::uint64_t byte);  // finish() raises an end below the begin to the begin
  void set_memo(NodeId node, std::uint32_t memo);
  void set_count(NodeId node, std::uint32_t count);
  void set_outcome(NodeId node, Outcome outcome);

  // The detail (ObjectGraph::description) of a node; the last one set counts.
  void set_text(NodeId node, std::string_view text);
  void set_int(NodeId node, std::int64_t value);
  void set_float(NodeId node, double value);
  void set_bool(NodeId node, bool value);
  void set_length(NodeId node, std::uint64_t items);
  // The beginning of a str or bytes is enough: kDetailBytes are kept. `length` is that of the whole object, in
  // characters or bytes (capped at 2^32-1).
  void set_str(NodeId node, std::string_view beginning, std::uint64_t length);
  void set_bytes(NodeId node, std::string_view beginning, std::uint64_t length);

  void add_reference(NodeId from, NodeId to, EdgeKind kind, std::string_view label, std::uint32_t index);
  // Also makes the node's outcome Outcome::Culprit.
  void add_problem(NodeId node, const ProblemText& problem);

  // Where the node's source begins; the last one set counts. See Location.
  void set_location(NodeId node, std::string_view file, std::uint32_t line, std::uint32_t last_line = 0,
                    bool in_class = false);

  StringId intern(std::string_view text);

  // The graph of everything added. The builder is empty again afterwards.
  std::shared_ptr<const ObjectGraph> finish();

 private:
  struct Columns;
  void check(NodeId node) const;
  void set_beginning(NodeId node, DetailKind kind, std::string_view stored, std::uint64_t length);

  std::shared_ptr<Columns> columns_;
  std::vector<Problem> problems_;
};

}  // namespace dill::graph
