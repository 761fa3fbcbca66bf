// What a node's colour says.
#pragma once

#include <QColor>
#include <QPalette>

#include <cstddef>
#include <cstdint>

#include "graph/object_graph.h"

namespace dill::gui {

// A higher value is worse; the worst one of a group gives the group's colour.
enum class NodeStatus : std::uint8_t {
  Plain = 0,
  ByReference,   // pickled as module and name only
  NotExamined,   // the reducer it belongs to was broken off
  HoldsFinding,  // something that loading is suspected to do, or does, is somewhere below it
  HoldsCulprit,  // a culprit is somewhere below it
  Suspicious,    // nobody knows that it is harmless to load this object
  Dangerous,     // loading it is known to execute, import or write something
  Culprit,       // this object itself cannot be pickled
};
inline constexpr std::size_t kNodeStatuses = 8;

// Whether the way to the object is worth marking.
constexpr bool isMarked(NodeStatus status) { return status >= NodeStatus::HoldsFinding; }
// Whether the object itself is what to look at.
constexpr bool isItself(NodeStatus status) { return status >= NodeStatus::Suspicious; }
constexpr bool isRed(NodeStatus status) { return status >= NodeStatus::Dangerous; }

NodeStatus statusOf(const graph::ObjectGraph& graph, graph::NodeId node);

// Colours made from a palette's roles, so they follow light and dark. Text on every fill keeps a contrast of 4.5:1.
struct StatusColors {
  QColor fill;
  QColor border;
  QColor text;   // main text on the fill
  QColor muted;  // secondary text on the fill
};
StatusColors statusColors(const QPalette& palette, NodeStatus status);

// Whether a node stands for objects that were read but not kept: a folded part of a large graph.
bool isFolded(const graph::ObjectGraph& graph, graph::NodeId node);

bool isDark(const QPalette& palette);
// `amount` 0 gives `a`, 1 gives `b`.
QColor blend(const QColor& a, const QColor& b, qreal amount);

}  // namespace dill::gui
