// The opcodes that wrote one object, as text with notes.
#pragma once

#include <QString>

#include "models/snapshot.h"

namespace dill::gui {

inline constexpr int kNodeOpcodes = 200;  // lines at most

// One line an opcode: its offset, name and argument, and where another object begins, which one. Of a long object the
// beginning, then a line that says how many bytes are left out. Empty if the snapshot has no bytes.
QString nodeOpcodes(const Snapshot& snapshot, graph::NodeId node);

}  // namespace dill::gui
