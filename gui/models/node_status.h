// What a node's colour says.
#pragma once

#include <QColor>
#include <QPalette>

#include <cstdint>

#include "graph/object_graph.h"

namespace dill::gui {

// A higher value is worse; the worst one of a group gives the group's colour.
enum class NodeStatus : std::uint8_t {
  Plain = 0,
  ByReference,   // pickled as module and name only
  NotExamined,   // the reducer it belongs to was broken off
  HoldsCulprit,  // a culprit is somewhere below it
  Culprit,       // this object itself cannot be pickled
};

NodeStatus statusOf(const graph::ObjectGraph& graph, graph::NodeId node);

// Colours made from a palette's roles, so they follow light and dark. Text on every fill keeps a contrast of 4.5:1.
struct StatusColors {
  QColor fill;
  QColor border;
  QColor text;   // main text on the fill
  QColor muted;  // secondary text on the fill
};
StatusColors statusColors(const QPalette& palette, NodeStatus status);

bool isDark(const QPalette& palette);
// `amount` 0 gives `a`, 1 gives `b`.
QColor blend(const QColor& a, const QColor& b, qreal amount);

}  // namespace dill::gui
