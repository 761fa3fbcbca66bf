// Recordings for tests: made by hand, of the shape that the recorder gives.
#pragma once

#include <QString>

#include "models/snapshot.h"
#include "trace/recording.h"

namespace dill::gui::samples {

// The objects of a small order-processing program, with four culprits at different depths (a threading.local in a
// closure, a database connection in a nested dict, a generator in a list, a socket in a slot), shared and cyclic
// objects, a folded run of a million ints and objects by reference.
trace::Recording orders();

// The same without the culprits.
trace::Recording fine();

// `nodes` nodes: lists in lists, fan-out 25, every 9,973rd a culprit if `culprits`.
trace::Recording large(std::uint32_t nodes, bool culprits = true);

// A list of `length` dicts of which only number `culprit` cannot be pickled.
trace::Recording longList(std::uint32_t length, std::uint32_t culprit);

SnapshotPtr snapshotOf(trace::Recording recording, const QString& title = QStringLiteral("sample"));

// Saves the recording as a trace; returns the path. Ends the test with a message if that fails.
QString saveTrace(const trace::Recording& recording, const QString& path);

// The node of the n-th problem.
graph::NodeId culprit(const SnapshotPtr& snapshot, std::size_t n);

}  // namespace dill::gui::samples
