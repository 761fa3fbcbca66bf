// Paints a CanvasScene: level of detail, colours, lines, references.
#pragma once

#include <QPainter>
#include <QPalette>
#include <QRectF>

#include "canvas/canvas_scene.h"

namespace dill::gui {

struct CanvasView {
  qreal scale = 1;  // pixels for one unit of the scene
  QPointF origin;   // scene point at the viewport's upper left corner
  QRectF area;      // part of the scene to paint
  graph::NodeId selected = graph::kNoNode;
  int hovered = -1;       // item under the mouse, -1 for none
  bool focused = false;   // the canvas has the keyboard
  qreal blockPixels = 4;  // groups of boxes smaller than this are painted as one rectangle
};

// `painter` is in viewport coordinates. Draws text only where it would be 9 pixels high or more.
void paintCanvas(QPainter& painter, const CanvasScene& scene, const QPalette& palette, const CanvasView& view);

// How the outline of a box is drawn; the legend draws its samples alike.
struct BoxLook {
  NodeStatus status = NodeStatus::Plain;
  bool dotted = false;  // stands for boxes that are not shown
  bool folded = false;  // stands for several objects
  qreal radius = 7;
};
void paintBoxShape(QPainter& painter, const QRectF& rect, const BoxLook& look, const StatusColors& colors,
                   const QColor& fill);

// A straight reference. `exact`: both of its ends are on show.
void paintArrow(QPainter& painter, QPointF from, QPointF to, const QColor& color, bool exact);

}  // namespace dill::gui
