#include "trace/to_graph.h"

#include <utility>

#include "trace/columns.h"

namespace dill::trace {

namespace {
struct Storage {
  explicit Storage(Recording&& recording) : columns(recording), rest(std::move(recording)) {
    rest.records = {};
    rest.times = {};
    rest.bytes = {};
  }

  RecordColumns columns;
  Recording rest;  // what lies in no column
};
}  // namespace

std::shared_ptr<const graph::ObjectGraph> to_graph(Recording&& recording) {
  std::vector<graph::Problem> problems = std::move(recording.problems);
  const auto storage = std::make_shared<const Storage>(std::move(recording));
  return std::make_shared<const graph::ObjectGraph>(graph_columns(storage->columns, storage->rest), std::move(problems),
                                                    storage);
}

}  // namespace dill::trace
