#include "trace/to_graph.h"

#include <utility>

#include "trace/columns.h"

namespace dill::trace {

namespace {
struct Storage {
  explicit Storage(Recording&& recording)
      : columns(recording),
        references(std::move(recording.references)),
        locations(std::move(recording.locations)),
        strings(std::move(recording.strings)),
        texts(std::move(recording.texts)) {}

  RecordColumns columns;
  std::vector<graph::Reference> references;
  std::vector<graph::Location> locations;
  graph::StringTable strings;
  std::vector<char> texts;
};
}  // namespace

std::shared_ptr<const graph::ObjectGraph> to_graph(Recording&& recording) {
  std::vector<graph::Problem> problems = std::move(recording.problems);
  const auto storage = std::make_shared<const Storage>(std::move(recording));
  const RecordColumns& c = storage->columns;
  const graph::GraphColumns columns{.parent = c.parent,
                                    .edge = c.edge,
                                    .label = c.label,
                                    .index = c.index,
                                    .type = c.type,
                                    .detail_kind = c.detail_kind,
                                    .detail = c.detail,
                                    .reduction = c.reduction,
                                    .reducer = c.reducer,
                                    .begin = c.begin,
                                    .end = c.end,
                                    .memo = c.memo,
                                    .count = c.count,
                                    .outcome = c.outcome,
                                    .start_ns = c.start_ns,
                                    .stop_ns = c.stop_ns,
                                    .references = storage->references,
                                    .string_ends = storage->strings.ends(),
                                    .string_bytes = storage->strings.bytes(),
                                    .texts = storage->texts,
                                    .locations = storage->locations};
  return std::make_shared<const graph::ObjectGraph>(columns, std::move(problems), storage);
}

}  // namespace dill::trace
