// Mouse, wheel and keyboard of the canvas.
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QWheelEvent>

#include <cmath>

#include "canvas/graph_canvas.h"
#include "models/node_text.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

void GraphCanvas::wheelEvent(QWheelEvent* event) {
  if (event->modifiers().testFlag(Qt::ControlModifier)) {
    const qreal steps = event->angleDelta().y() / 120.0;
    if (steps != 0) setScale(scale_ * std::pow(1.2, steps), event->position());
    event->accept();
    return;
  }
  QAbstractScrollArea::wheelEvent(event);
}

void GraphCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
  pressed_ = event->pos();
  panFrom_ = event->pos();
  panning_ = event->button() == Qt::MiddleButton;
  if (panning_) viewport()->setCursor(Qt::ClosedHandCursor);
}

void GraphCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (!pressed_) {
    const auto item = scene_.itemAt(toScene(event->pos()));
    setHovered(item.value_or(-1));
    viewport()->setCursor(item ? Qt::PointingHandCursor : Qt::OpenHandCursor);
    return;
  }
  if (!panning_ && (event->pos() - *pressed_).manhattanLength() >= QApplication::startDragDistance()) {
    panning_ = true;
    viewport()->setCursor(Qt::ClosedHandCursor);
  }
  if (!panning_) return;
  const QPoint moved = event->pos() - panFrom_;
  panFrom_ = event->pos();
  horizontalScrollBar()->setValue(horizontalScrollBar()->value() - moved.x());
  verticalScrollBar()->setValue(verticalScrollBar()->value() - moved.y());
}

void GraphCanvas::mouseReleaseEvent(QMouseEvent* event) {
  const bool click = pressed_ && !panning_ && event->button() == Qt::LeftButton;
  pressed_.reset();
  panning_ = false;
  viewport()->setCursor(Qt::OpenHandCursor);
  if (!click) return;
  const QPointF at = toScene(event->pos());
  const auto item = scene_.itemAt(at);
  if (!item) return;
  const SceneItem hit = scene_.items()[static_cast<std::size_t>(*item)];
  if (hit.kind == VisibleItem::Kind::More) {
    showMore(hit.node);
  } else if (hit.children > 0 && scene_.badgeRect(*item).contains(at)) {
    toggle(hit.node);
  } else {
    selection_->select(hit.node);
  }
}

void GraphCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const QPointF at = toScene(event->pos());
  const auto item = scene_.itemAt(at);
  if (!item) return;
  const SceneItem hit = scene_.items()[static_cast<std::size_t>(*item)];
  if (hit.kind == VisibleItem::Kind::More) {
    showMore(hit.node);
  } else {
    toggle(hit.node);  // the first click on a badge has toggled already: the second one takes that back
  }
}

NodeId GraphCanvas::neighbour(NodeId node, int key) {
  const auto item = scene_.itemOf(node);
  if (!item) return scene_.items().empty() ? kNoNode : scene_.items().front().node;
  const auto& items = scene_.items();
  const auto at = static_cast<std::size_t>(*item);
  const auto isNode = [&](std::size_t i) { return items[i].kind == VisibleItem::Kind::Node; };
  switch (key) {
    case Qt::Key_Left:
      return items[at].parent < 0 ? node : items[static_cast<std::size_t>(items[at].parent)].node;
    case Qt::Key_Right:
      if (items[at].children == 0) return node;
      if (!items[at].expanded) toggle(node);
      return scene_.items()[at + 1].node;
    case Qt::Key_Down: {
      // The next sibling, or the next sibling of an ancestor where there is none.
      const auto next = static_cast<std::size_t>(items[at].lastBelow) + 1;
      if (next >= items.size()) return node;
      if (isNode(next)) return items[next].node;
      if (items[next].parent == items[at].parent) showMore(items[next].node);
      return scene_.items()[next].kind == VisibleItem::Kind::Node ? scene_.items()[next].node : node;
    }
    case Qt::Key_Up:
      for (std::size_t i = at; i-- > 0;) {
        if (!isNode(i)) continue;
        if (items[i].parent == items[at].parent) return items[i].node;
        if (static_cast<int>(i) == items[at].parent) return items[i].node;
      }
      return node;
    default:
      return node;
  }
}

void GraphCanvas::keyPressEvent(QKeyEvent* event) {
  if (!snapshot_) {
    QAbstractScrollArea::keyPressEvent(event);
    return;
  }
  const NodeId node = selection_->node();
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
      if (event->modifiers() & ~Qt::KeypadModifier) break;
      if (const NodeId next = neighbour(node, event->key()); next != kNoNode) selection_->select(next);
      return;
    case Qt::Key_Home:
      if (!scene_.items().empty()) selection_->select(scene_.items().front().node, Selection::Reveal::Center);
      return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      if (node != kNoNode) toggle(node);
      return;
    case Qt::Key_Asterisk:
      if (node != kNoNode) expandAllBelow(node);
      return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      if (event->modifiers().testFlag(Qt::ControlModifier)) break;
      zoomIn();
      return;
    case Qt::Key_Minus:
      if (event->modifiers().testFlag(Qt::ControlModifier)) break;
      zoomOut();
      return;
    default:
      break;
  }
  QAbstractScrollArea::keyPressEvent(event);
}

void GraphCanvas::contextMenuEvent(QContextMenuEvent* event) {
  if (!snapshot_) return;
  NodeId node = selection_->node();
  if (event->reason() == QContextMenuEvent::Mouse) {
    const auto item = scene_.itemAt(toScene(event->pos()));
    if (!item || scene_.items()[static_cast<std::size_t>(*item)].kind != VisibleItem::Kind::Node) return;
    node = scene_.items()[static_cast<std::size_t>(*item)].node;
    selection_->select(node);
  }
  if (node == kNoNode) return;
  QMenu menu(this);
  menu.setObjectName(QStringLiteral("canvasMenu"));
  QAction* expand = menu.addAction(isExpanded(node) ? tr("Collapse") : tr("Expand"));
  expand->setEnabled(!snapshot_->graph->children(node).empty());
  QAction* expandAll = menu.addAction(tr("Expand all below"));
  expandAll->setEnabled(expand->isEnabled());
  QAction* open = isFolded(*snapshot_->graph, node) ? menu.addAction(tr("Open folded part")) : nullptr;
  QAction* zoom = menu.addAction(tr("Zoom to this object"));
  menu.addSeparator();
  QAction* copyPath = menu.addAction(tr("Copy path"));
  QAction* copyError = nullptr;
  if (snapshot_->graph->problem_of(node)) copyError = menu.addAction(tr("Copy error"));
  const QAction* chosen = menu.exec(event->globalPos());
  if (!chosen) return;
  if (chosen == expand) toggle(node);
  if (chosen == expandAll) expandAllBelow(node);
  if (chosen == zoom) zoomTo(node);
  if (open && chosen == open) emit foldedRequested(node);
  if (chosen == copyPath) QApplication::clipboard()->setText(pathText(*snapshot_->graph, node));
  if (copyError && chosen == copyError) {
    QApplication::clipboard()->setText(errorText(*snapshot_->graph, *snapshot_->graph->problem_of(node)));
  }
}

}  // namespace dill::gui
