// Reads a file into a Snapshot: a trace, or anything else by the static reader. Executes nothing.
#pragma once

#include <QString>

#include <atomic>
#include <functional>
#include <optional>

#include <tl/expected.hpp>

#include "models/snapshot.h"

namespace dill::gui {

// A file that cannot be shown, in words for people.
struct LoadError {
  QString message;  // one or two sentences
  QString details;  // may be empty
};

enum class LoadStage : std::uint8_t {
  File,     // what the file is made of, and what loading it would do
  Objects,  // the graph
  Effects,  // the list of what loading would do
};

// What the one who waits and the worker thread tell each other.
struct LoadControl {
  std::atomic<bool> cancel = false;  // set from any thread: the result is not wanted any more
  // All are called in the worker thread and may be empty. `total` is 0 if nobody knows how much there is to do.
  std::function<void(LoadStage stage, std::uint64_t done, std::uint64_t total)> progress;
  // Of a large pickle: its beginning, before the whole of it has been read. Without a report.
  std::function<void(SnapshotPtr beginning)> preview;
};

// A pickle of more bytes is shown in two steps, the first of them after this many.
inline constexpr std::size_t kPreviewAbove = 32U << 20;
inline constexpr std::size_t kPreviewBytes = 4U << 20;
// ... or, if no object ends in these, after this many.
inline constexpr std::uint32_t kPreviewObjects = 10'000;

// Opens `path`: a trace (recognized by its content) or anything else, which the static reader takes apart. Of several
// members the most suspicious pickle is shown. Blocks; for a worker thread. `title` names it in the window; empty: the
// file's name. `member`: the one to show, if it is still there. After control->cancel the result is an error without
// words.
tl::expected<SnapshotPtr, LoadError> loadSnapshot(const QString& path, const QString& title = {},
                                                  LoadControl* control = nullptr,
                                                  const std::optional<MemberKey>& member = {});

// Bytes of a pickle.
struct BytePart {
  std::uint64_t begin;
  std::uint64_t end;
};

// Another member of the file that `snapshot` (which has a report) shows. With `part` what lies outside these bytes is
// folded, so that a folded part of a large graph can be seen. Likewise for a worker thread.
tl::expected<SnapshotPtr, LoadError> loadMember(const Snapshot& snapshot, std::size_t member,
                                                LoadControl* control = nullptr,
                                                const std::optional<BytePart>& part = {});

}  // namespace dill::gui
