// What is on show: one immutable graph with everything derived from it that views need. Made in a worker thread, then
// handed to all views.
#pragma once

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <memory>

#include "graph/analysis.h"
#include "graph/object_graph.h"
#include "trace/recording.h"

namespace dill::gui {

enum class Origin {
  Recorded,    // a trace of the engine
  StaticRead,  // a pickle file, read without executing it
};

struct Snapshot {
  std::shared_ptr<const graph::ObjectGraph> graph;  // never null, at least one node
  trace::Meta meta;
  Origin origin = Origin::Recorded;
  QString path;                                     // the file it came from
  QString title;                                    // for the window: a file name, or "script.py: expression"
  std::shared_ptr<const graph::Analysis> analysis;  // of `graph`; never null
  QDateTime recorded;                               // when that file was written; of a run: when the run ended
  QStringList notes;                                // what the reader found worth saying about the file
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace dill::gui
