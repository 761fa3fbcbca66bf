// What is on show: one immutable graph with everything derived from it that views need. Made in a worker thread, then
// handed to all views.
#pragma once

#include <QDateTime>
#include <QString>
#include <QStringList>

#include <cstddef>
#include <memory>
#include <span>

#include "graph/analysis.h"
#include "graph/object_graph.h"
#include "inspect/meaning/session_table.h"
#include "models/effect_list.h"
#include "models/file_report.h"
#include "models/node_marks.h"
#include "models/offset_index.h"
#include "trace/recording.h"

namespace dill::gui {

enum class Origin {
  Recorded,    // a trace of the engine
  StaticRead,  // a pickle file, read without executing it
};

struct Snapshot {
  // Never null. Without a node only if a file holds no pickle (Origin::StaticRead).
  std::shared_ptr<const graph::ObjectGraph> graph;
  trace::Meta meta;
  Origin origin = Origin::Recorded;
  QString path;                                     // the file it came from
  QString title;                                    // for the window: a file name, or "script.py: expression"
  std::shared_ptr<const graph::Analysis> analysis;  // of `graph`; never null
  QDateTime recorded;                               // when that file was written; of a run: when the run ended
  QStringList notes;                                // what the reader found worth saying about the file

  // Of a file that was read statically; for a trace nothing of it is there.
  FileReportPtr report;                                  // null while only the beginning has been read
  std::size_t member = 0;                                // of report->inspection.members, which the graph shows
  std::span<const unsigned char> bytes;                  // of that member
  std::shared_ptr<const void> storage;                   // keeps them alive
  std::shared_ptr<const OffsetIndex> offsets;            // null for a trace
  std::shared_ptr<const EffectList> effects;             // null while only the beginning has been read
  int python = 0;                                        // minor version that its code objects are of, 0: not known
  std::shared_ptr<const inspect::SessionTable> session;  // null if the pickle is no session
  NodeMarks marks;                                       // what findings point at

  // Parts of `bytes` that are no opcodes, in order.
  std::span<const inspect::RawPart> arrays() const {
    if (!report || member >= report->inspection.members.size()) return {};
    return report->inspection.members[member].arrays;
  }
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace dill::gui
