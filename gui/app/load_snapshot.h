// Reads a trace or a pickle file into a Snapshot. Executes nothing.
#pragma once

#include <QString>

#include <tl/expected.hpp>

#include "models/snapshot.h"

namespace dill::gui {

// A file that cannot be shown, in words for people.
struct LoadError {
  QString message;  // one or two sentences
  QString details;  // may be empty
};

// Opens `path`: a trace (recognized by its content) or anything else, which is read as a pickle. Blocks; for a worker
// thread. `title` names it in the window; empty: the file's name.
tl::expected<SnapshotPtr, LoadError> loadSnapshot(const QString& path, const QString& title = {});

}  // namespace dill::gui
