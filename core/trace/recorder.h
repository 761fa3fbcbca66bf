// Fills a trace::Recording while a dump runs. Python-free; the engine's observer calls it (engine/recording_observer).
//
// enter/leave nest like the objects; leaf() folds runs by the rule of graph/folding.h. All calls are constant time and
// format nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "graph/folding.h"
#include "trace/recording.h"

namespace dill::trace {

// How a parent holds the object that is being saved.
struct Edge {
  graph::NodeId parent = graph::kNoNode;
  graph::StringId label = 0;
  std::uint32_t index = graph::kNoIndex;
  graph::EdgeKind kind = graph::EdgeKind::Root;
};

struct Detail {
  graph::DetailKind kind = graph::DetailKind::None;
  std::uint64_t value = 0;
};

class Recorder {
 public:
  // `timed`: note begin and end of every container and reduced object (costs two clock reads each).
  explicit Recorder(bool timed);

  // Starts an object that may have children; ids are dense and ascending.
  graph::NodeId enter(const Edge& edge, graph::StringId type, Detail detail, std::uint64_t position) {
    const graph::NodeId node =
        append(edge, type, detail, position, position, graph::kNoMemo, graph::Reduction::Unknown);
    if (timed_) {
      const std::uint64_t now = now_ns();
      recording_.times.push_back({now, now});
    }
    run_node_ = graph::kNoNode;
    return node;
  }

  void leave(graph::NodeId node, std::uint64_t position) {
    recording_.records[node].end = position;
    if (timed_) recording_.times[node].stop_ns = now_ns();
    run_node_ = graph::kNoNode;
  }

  // Adds a scalar to the folded node of the run that it continues; kNoNode if it is to have a node of its own, by leaf().
  // Asked first, so that nothing is described that will not be shown.
  graph::NodeId join_run(graph::NodeId parent, graph::EdgeKind kind, graph::StringId type, std::uint64_t end) {
    if (run_node_ == graph::kNoNode || graph::fold(run_length_) == graph::Fold::NewNode) return graph::kNoNode;
    Record& last = recording_.records[run_node_];
    if (last.parent != parent || last.type != type || last.edge != kind) return graph::kNoNode;
    last.count += 1;
    last.end = end;
    last.memo = graph::kNoMemo;
    ++objects_;
    return run_node_;
  }

  // A scalar with a node of its own, written between the two positions.
  graph::NodeId leaf(const Edge& edge, graph::StringId type, Detail detail, std::uint64_t begin, std::uint64_t end,
                     std::uint32_t memo) {
    bool continues = false;
    if (run_node_ != graph::kNoNode) {
      const Record& last = recording_.records[run_node_];
      continues = last.parent == edge.parent && last.type == type && last.edge == edge.kind;
    }
    run_length_ = continues ? run_length_ + 1 : 1;
    const graph::NodeId node = append(edge, type, detail, begin, end, memo, graph::Reduction::Builtin);
    if (timed_)
      recording_.times.push_back(
          {edge.parent == graph::kNoNode ? 0 : recording_.times[edge.parent].start_ns, 0});  // finish() sets the end
    run_node_ = edge.kind == graph::EdgeKind::Variable ? graph::kNoNode : node;
    return node;
  }

  // The next leaf continues no run.
  void end_run() { run_node_ = graph::kNoNode; }

  // A memo hit.
  void reference(const Edge& edge, graph::NodeId target);

  // Copies the beginning of a text (cut at kDetailBytes, whole characters) and returns the detail for it.
  // `length` is the full length in characters (str) or bytes.
  Detail text_detail(graph::DetailKind kind, std::string_view beginning, std::uint64_t length);

  Record& record(graph::NodeId node) { return recording_.records[node]; }
  std::size_t size() const { return recording_.records.size(); }
  graph::StringTable& strings() { return recording_.strings; }
  void add_problem(graph::Problem problem) { recording_.problems.push_back(std::move(problem)); }
  std::span<graph::Problem> problems() { return recording_.problems; }

  // Marks every node from `from` on that was saved as not examined.
  void mark_not_examined(graph::NodeId from);

  // Ends the recording; `meta`'s counts of bytes, objects and time are filled in here. `bytes` is the pickle to keep,
  // or empty. The recorder is empty afterwards.
  Recording finish(Meta meta, std::span<const unsigned char> bytes, std::uint64_t bytes_total);

 private:
  graph::NodeId append(const Edge& edge, graph::StringId type, Detail detail, std::uint64_t begin, std::uint64_t end,
                       std::uint32_t memo, graph::Reduction reduction) {
    const auto node = static_cast<graph::NodeId>(recording_.records.size());
    recording_.records.push_back({.parent = edge.parent,
                                  .label = edge.label,
                                  .index = edge.index,
                                  .type = type,
                                  .memo = memo,
                                  .edge = edge.kind,
                                  .reduction = reduction,
                                  .detail_kind = detail.kind,
                                  .begin = begin,
                                  .end = end,
                                  .detail = detail.value});
    ++objects_;
    return node;
  }

  std::uint64_t now_ns() const {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin_).count());
  }

  Recording recording_;
  bool timed_;
  std::chrono::steady_clock::time_point begin_;
  std::uint64_t objects_ = 0;
  graph::NodeId run_node_ = graph::kNoNode;  // last leaf of the current run
  std::uint32_t run_length_ = 0;
};

}  // namespace dill::trace
