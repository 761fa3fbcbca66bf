// What a driver reports while it walks: the one interface behind recording, diagnosis and (later) breakpoints.
//
// The driver holds at most one observer and tests one pointer where it reports, so that no observer costs nothing.
// Calls come in pickling order with the GIL held. `position` is the offset in the pickle.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/ref.h"
#include "graph/object_graph.h"

namespace dill::engine {

// How the parent holds the object: the label as an object (a key, a name) or as a text.
struct Edge {
  graph::NodeId parent = graph::kNoNode;
  graph::EdgeKind kind = graph::EdgeKind::Root;
  std::uint32_t index = graph::kNoIndex;
  PyObject* key = nullptr;     // borrowed: dict key or attribute name
  const char* name = nullptr;  // used if `key` is null; static text
};

enum class Verdict {
  Raise,    // the dump ends with the exception
  Replace,  // a placeholder takes the object's place and the walk goes on
};

class Observer {
 public:
  virtual ~Observer() = default;

  // An object begins; the number returned is passed back for it and, in Edge::parent, for its children.
  virtual graph::NodeId enter(PyObject* object, const Edge& edge, std::uint64_t position) = 0;
  virtual void leave(graph::NodeId node, std::uint64_t position) = 0;
  // None, bool, int, float, str, bytes of exactly these types, written from `begin` to `end`.
  virtual void leaf(PyObject* object, const Edge& edge, std::uint64_t begin, std::uint64_t end, std::uint32_t memo) = 0;
  // An object that was written before; the bytes are those of the GET.
  virtual void memo_hit(PyObject* object, const Edge& edge, std::uint32_t memo, std::uint64_t begin,
                        std::uint64_t end) = 0;
  virtual void memoized(graph::NodeId node, PyObject* object, std::uint32_t memo) = 0;
  // How the object is going to be written; `reducer` may be null or a Python callable. Not called for exact lists,
  // tuples, dicts and sets, which have one way only.
  virtual void reduced(graph::NodeId node, graph::Reduction how, PyObject* reducer) = 0;
  // `object` failed with the pending exception, which the observer leaves pending on Raise and clears on Replace.
  // `nested` counts the Python reducers that this save was called from.
  virtual Verdict fail(graph::NodeId node, PyObject* object, int nested) = 0;
};

}  // namespace dill::engine
