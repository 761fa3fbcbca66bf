// The observer that records a dump, and in diagnostic mode keeps it going past every failure.
#pragma once

#include <string>
#include <vector>

#include "engine/observer.h"
#include "engine/pointer_ids.h"
#include "trace/recorder.h"

namespace dill::engine {

class RecordingObserver final : public Observer {
 public:
  struct Options {
    bool timed = false;
    bool diagnose = false;  // a failed object becomes a placeholder instead of ending the dump
    std::string root_name;  // how paths start
  };

  explicit RecordingObserver(Options options);
  ~RecordingObserver() override;

  graph::NodeId enter(PyObject* object, const Edge& edge, std::uint64_t position) override;
  void leave(graph::NodeId node, std::uint64_t position) override;
  void leaf(PyObject* object, const Edge& edge, std::uint64_t begin, std::uint64_t end, std::uint32_t memo) override;
  void memo_hit(PyObject* object, const Edge& edge, std::uint32_t memo, std::uint64_t begin,
                std::uint64_t end) override;
  void memoized(graph::NodeId node, PyObject* object, std::uint32_t memo) override;
  void reduced(graph::NodeId node, graph::Reduction how, PyObject* reducer) override;
  Verdict fail(graph::NodeId node, PyObject* object, int nested) override;

  // A node that stands for no object: what the variables of a program belong to.
  graph::NodeId enter_program(const std::string& name);

  // The node of the last object that was saved with a Variable edge.
  graph::NodeId variable_node() const { return variable_node_; }

  // The recording, with the paths of its problems. `bytes` is the pickle, or empty if it is not to be kept; a pickle
  // with placeholders in it is never kept. The observer is used up.
  trace::Recording finish(trace::Meta meta, std::span<const unsigned char> bytes, std::uint64_t bytes_total);

 private:
  struct Entered {  // diagnosis only; owned references
    PyObject* object;
    PyObject* key;
  };

  trace::Edge edge_of(const Edge& edge) {
    if (edge.key == nullptr && edge.kind == graph::EdgeKind::Item) return {edge.parent, 0, edge.index, edge.kind};
    return labelled_edge(edge);
  }
  trace::Edge labelled_edge(const Edge& edge);
  graph::StringId type_id(PyTypeObject* type) { return type == last_type_ ? last_type_id_ : other_type_id(type); }
  graph::StringId other_type_id(PyTypeObject* type);
  void keep(PyObject* object);
  void add_location(graph::NodeId node, PyObject* object);
  graph::StringId key_id(PyObject* key, bool as_literal);
  graph::StringId name_id(const char* name);
  graph::StringId reducer_id(PyObject* reducer);
  void set_node_of_memo(std::uint32_t memo, graph::NodeId node);
  void add_problem(graph::NodeId node, PyObject* exception);
  void check_path(graph::NodeId node);
  bool edge_holds(graph::NodeId node);
  bool comes_from(PyObject* exception, PyObject* origin) const;

  Options options_;
  graph::NodeId variable_node_ = graph::kNoNode;
  trace::Recorder recorder_;
  std::vector<graph::NodeId> node_of_memo_;
  std::vector<Entered> entered_;
  std::vector<bool> checked_;
  std::vector<graph::Location> locations_;
  PyTypeObject* last_type_ = nullptr;  // of the last look-up: neighbours are often of one type
  graph::StringId last_type_id_ = 0;
  PointerIds type_ids_;
  PointerIds attribute_ids_;     // interned str -> its text
  PointerIds literal_ids_;       // interned str -> its text as a literal
  PointerIds name_ids_;          // static texts, functions and C methods
  std::vector<PyObject*> kept_;  // owned: the keys of these tables
  struct Pending {               // a failure inside a Python reducer, a problem only if it escapes that reducer
    graph::NodeId node = graph::kNoNode;
    Ref exception;
  } pending_;
  Ref raised_;  // without diagnosis: the exception that ends the dump
};

}  // namespace dill::engine
