// Files that were not recorded: for tests of what the static reader shows.
#pragma once

#include <QByteArray>
#include <QString>

#include "inspect/judgement/inspection.h"
#include "models/snapshot.h"

namespace dill::gui::samples {

// A file of tests/gui/data.
QString dataFile(const QString& name);

// A snapshot of a plain pickle with an inspection made by hand: `findings` are about the bytes themselves.
SnapshotPtr staticSnapshot(const QByteArray& pickle, std::vector<inspect::Finding> findings,
                           std::vector<inspect::GlobalName> globals = {});

// {'name': 'model', 'run': os.system('touch canary')} as a protocol 0 pickle; offsets of its GLOBAL and its REDUCE.
inline constexpr std::uint64_t kSystemGlobal = 21;
inline constexpr std::uint64_t kSystemReduce = 53;
QByteArray hostilePickle();

}  // namespace dill::gui::samples
