// dill.detect with deep=True: one walk that goes on behind every failure and hands out the objects that failed.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/recording_observer.h"
#include "handle.h"

namespace dill::bindings {
namespace {

using engine::Edge;
using engine::Ref;
using graph::NodeId;

class NoFile final : public pickle::Sink {
 public:
  void write(std::span<const unsigned char>) override {}
};

// A recording observer that keeps what failed as well: a recording has only texts.
class KeepingObserver final : public engine::Observer {
 public:
  struct Failure {
    Ref object;
    Ref exception;
  };

  explicit KeepingObserver(const std::string& name)
      : recording_({.timed = false, .diagnose = true, .root_name = name}) {}

  NodeId enter(PyObject* object, const Edge& edge, std::uint64_t position) override {
    return recording_.enter(object, edge, position);
  }
  void leave(NodeId node, std::uint64_t position) override { recording_.leave(node, position); }
  void leaf(PyObject* object, const Edge& edge, std::uint64_t begin, std::uint64_t end, std::uint32_t memo) override {
    recording_.leaf(object, edge, begin, end, memo);
  }
  void memo_hit(PyObject* object, const Edge& edge, std::uint32_t memo, std::uint64_t begin,
                std::uint64_t end) override {
    recording_.memo_hit(object, edge, memo, begin, end);
  }
  void memoized(NodeId node, PyObject* object, std::uint32_t memo) override { recording_.memoized(node, object, memo); }
  void reduced(NodeId node, graph::Reduction how, PyObject* reducer) override {
    recording_.reduced(node, how, reducer);
  }
  engine::Verdict fail(NodeId node, PyObject* object, int nested) override {
    Ref exception = engine::take_exception();
    // What comes later of the same node is the same exception on its way out.
    failures_.try_emplace(node, Failure{Ref::borrow(object), exception});
    engine::restore_exception(std::move(exception));
    return recording_.fail(node, object, nested);
  }

  const Failure* failure_of(NodeId node) const {
    const auto found = failures_.find(node);
    return found == failures_.end() ? nullptr : &found->second;
  }
  trace::Recording finish(std::uint64_t bytes_total) { return recording_.finish({}, {}, bytes_total); }

 private:
  engine::RecordingObserver recording_;
  std::unordered_map<NodeId, Failure> failures_;
};

py::list diagnose(const py::object& pickler, const py::object& object, const std::string& name) {
  PicklerState state(pickler);
  KeepingObserver observer(name);
  NoFile nowhere;
  pickle::Encoder encoder(state.protocol, &nowhere);
  engine::Driver driver(encoder, state.table, &observer, std::move(state.hooks));
  state.apply(driver);
  encoder.start();
  {
    const Attached attached(pickler, driver);
    check(driver.save(object.ptr()));
  }
  encoder.finish();
  const trace::Recording recording = observer.finish(encoder.position());
  const auto text = [&](graph::StringId id) { return py::str(std::string(recording.strings.at(id))); };
  py::list all;
  for (const graph::Problem& problem : recording.problems) {
    const KeepingObserver::Failure* const failure = observer.failure_of(problem.node);
    if (failure == nullptr) continue;
    const py::str expression = text(problem.expression);
    all.append(py::make_tuple(py::len(expression) > 0 ? expression : text(problem.route),
                              py::handle(failure->object.get()), py::handle(failure->exception.get())));
  }
  return all;
}

}  // namespace

void add_diagnosis(py::module_& module) {
  module.def(
      "diagnose", &diagnose, py::arg("pickler"), py::arg("object"), py::arg("name"),
      "[(path, object, exception)] of everything in `object` that cannot be pickled. A path is an expression that "
      "begins with `name`, or a description where there is none; nothing is written to the pickler's file.");
}

}  // namespace dill::bindings
