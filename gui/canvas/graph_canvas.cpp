#include "canvas/graph_canvas.h"

#include <QAccessible>
#include <QApplication>
#include <QElapsedTimer>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QNativeGestureEvent>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

#include "canvas/canvas_painter.h"
#include "models/node_match.h"
#include "models/node_text.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

namespace {
constexpr qreal kZoomStep = 1.25;
constexpr qreal kReadableScale = 0.9;
constexpr qreal kSmallestReadable = 0.66;
constexpr qreal kMargin = 24;        // pixels around what is fitted or brought into view
constexpr double kSlowFrameMs = 12;  // budget: a slower frame makes the next one coarser
constexpr double kFastFrameMs = 5;
constexpr qreal kMinBlockPixels = 4;
constexpr qreal kMaxBlockPixels = 8;
constexpr std::size_t kRevealedMarks = 50;
constexpr std::size_t kRevealedDepth = 200;

// Shows what the worst findings point at, as far as that is not too deep in the graph to make a picture.
void revealMarks(const Snapshot& snapshot, ExpandedTree& tree) {
  const auto& nodes = snapshot.marks.nodes();
  for (std::size_t i = 0; i < std::min(nodes.size(), kRevealedMarks); ++i) {
    std::size_t depth = 0;
    for (NodeId at = nodes[i]; at != kNoNode && depth <= kRevealedDepth; at = snapshot.graph->parent(at)) ++depth;
    if (depth <= kRevealedDepth) tree.reveal(nodes[i]);
  }
}
}  // namespace

GraphCanvas::GraphCanvas(Selection* selection, QWidget* parent)
    : QAbstractScrollArea(parent), selection_(selection), scene_(font()) {
  setObjectName(QStringLiteral("graphCanvas"));
  setAccessibleName(tr("Object graph"));
  setFocusPolicy(Qt::StrongFocus);
  setFrameShape(QFrame::NoFrame);
  viewport()->setMouseTracking(true);
  viewport()->setBackgroundRole(QPalette::Base);
  viewport()->setAutoFillBackground(true);
  connect(selection_, &Selection::changed, this, &GraphCanvas::onSelectionChanged);
}

GraphCanvas::~GraphCanvas() = default;

void GraphCanvas::setSnapshot(SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  tree_.reset();
  scene_.clear();
  hovered_ = -1;
  blockPixels_ = kMinBlockPixels;
  if (snapshot_) {
    tree_ = std::make_unique<ExpandedTree>(snapshot_->graph);
    tree_->expandDefault();
    revealMarks(*snapshot_, *tree_);
    scene_.rebuild(snapshot_, *tree_);
    fresh_ = true;
  }
  updateBars();
  if (fresh_ && isVisible()) fit();
  viewport()->update();
}

void GraphCanvas::replaceSnapshot(SnapshotPtr snapshot, NodeMatch& match) {
  if (!snapshot_ || !tree_) {
    setSnapshot(std::move(snapshot));
    return;
  }
  const NodeId selected = selection_->node();
  const std::optional<QRectF> before = nodeRect(selected);
  auto tree = std::make_unique<ExpandedTree>(snapshot->graph);
  for (const auto& [node, children] : tree_->expanded()) {
    const NodeId now = node == kNoNode ? kNoNode : match.find(node);
    if (now != kNoNode || node == kNoNode) tree->expand(now, children);
  }
  NodeMatch back(snapshot->graph, snapshot_->graph);
  for (const graph::Problem& problem : snapshot->graph->problems()) {
    const NodeId old = back.find(problem.node);
    if (old == kNoNode || !snapshot_->graph->problem_of(old)) tree->reveal(problem.node);
  }
  if (snapshot->report && !snapshot_->report) revealMarks(*snapshot, *tree);
  const NodeId stays = selected == kNoNode ? kNoNode : match.find(selected);
  if (stays != kNoNode && before) tree->reveal(stays);
  snapshot_ = std::move(snapshot);
  tree_ = std::move(tree);
  hovered_ = -1;
  scene_.rebuild(snapshot_, *tree_);
  updateBars();
  if (const std::optional<QRectF> after = nodeRect(stays); after && before) {
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + qRound(after->left() - before->left()));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + qRound(after->top() - before->top()));
  } else {
    fresh_ = true;
    if (isVisible()) fit();
  }
  viewport()->update();
}

QPointF GraphCanvas::toScene(QPointF point) const {
  return (point + QPointF(horizontalScrollBar()->value(), verticalScrollBar()->value())) / scale_;
}

QPointF GraphCanvas::toView(QPointF point) const {
  return point * scale_ - QPointF(horizontalScrollBar()->value(), verticalScrollBar()->value());
}

QRectF GraphCanvas::toView(const QRectF& rect) const { return QRectF(toView(rect.topLeft()), rect.size() * scale_); }

std::optional<QRectF> GraphCanvas::nodeRect(NodeId node) const {
  const auto item = scene_.itemOf(node);
  if (!item) return std::nullopt;
  return toView(scene_.items()[static_cast<std::size_t>(*item)].rect);
}

std::optional<QRectF> GraphCanvas::moreRect(NodeId parent) const {
  for (const SceneItem& item : scene_.items()) {
    if (item.kind == VisibleItem::Kind::More && item.node == parent) return toView(item.rect);
  }
  return std::nullopt;
}

void GraphCanvas::updateBars() {
  // Half a viewport of room on each side, so that every box can be put in the middle.
  const QRectF bounds = scene_.bounds();
  const QSize size = viewport()->size();
  const auto limit = [](qreal value) { return static_cast<int>(std::clamp(value, -1.0e9, 1.0e9)); };
  horizontalScrollBar()->setRange(limit(bounds.left() * scale_ - size.width() / 2.0),
                                  limit(bounds.right() * scale_ - size.width() / 2.0));
  verticalScrollBar()->setRange(limit(bounds.top() * scale_ - size.height() / 2.0),
                                limit(bounds.bottom() * scale_ - size.height() / 2.0));
  horizontalScrollBar()->setPageStep(size.width());
  verticalScrollBar()->setPageStep(size.height());
  horizontalScrollBar()->setSingleStep(40);
  verticalScrollBar()->setSingleStep(40);
}

void GraphCanvas::setScale(qreal scale, QPointF anchor) {
  const QPointF fixed = toScene(anchor);
  scale_ = std::clamp(scale, kMinScale, kMaxScale);
  updateBars();
  horizontalScrollBar()->setValue(qRound(fixed.x() * scale_ - anchor.x()));
  verticalScrollBar()->setValue(qRound(fixed.y() * scale_ - anchor.y()));
  viewport()->update();
  emit scaleChanged(scale_);
}

void GraphCanvas::zoomIn() { setScale(scale_ * kZoomStep, QRectF(viewport()->rect()).center()); }

void GraphCanvas::zoomOut() { setScale(scale_ / kZoomStep, QRectF(viewport()->rect()).center()); }

void GraphCanvas::resetZoom() { setScale(1, QRectF(viewport()->rect()).center()); }

void GraphCanvas::moveTo(QPointF sceneCenter) {
  horizontalScrollBar()->setValue(qRound(sceneCenter.x() * scale_ - viewport()->width() / 2.0));
  verticalScrollBar()->setValue(qRound(sceneCenter.y() * scale_ - viewport()->height() / 2.0));
}

void GraphCanvas::fit() {
  const QRectF bounds = scene_.bounds();
  if (bounds.isEmpty()) return;
  const QSizeF room(std::max(1.0, viewport()->width() - 2 * kMargin),
                    std::max(1.0, viewport()->height() - 2 * kMargin));
  const qreal whole = std::min(room.width() / bounds.width(), room.height() / bounds.height());
  // A graph that was just opened is shown large enough to read, from its root on; somewhat smaller if the whole way to
  // the first culprit is in view then.
  QRectF way;
  qreal wanted = whole;
  if (std::exchange(fresh_, false)) {
    way = firstWay();
    const qreal wayScale = way.isEmpty() ? 0 : std::min(room.width() / way.width(), room.height() / way.height());
    if (wayScale < kSmallestReadable) way = {};
    wanted = std::max(whole, way.isEmpty() ? kReadableScale : std::min(wayScale, kReadableScale));
  }
  setScale(std::min(wanted, 1.0), {});
  moveTo(bounds.center());
  if (wanted > whole) {
    if (bounds.width() * scale_ > room.width())
      horizontalScrollBar()->setValue(qRound(bounds.left() * scale_ - kMargin));
    if (bounds.height() * scale_ > room.height())
      verticalScrollBar()->setValue(qRound(bounds.top() * scale_ - kMargin));
    if (!way.isEmpty()) {
      ensureVisible(way);
    } else if (const auto item = scene_.itemOf(selection_->node())) {
      ensureVisible(scene_.items()[static_cast<std::size_t>(*item)].rect);
    }
  }
}

QRectF GraphCanvas::firstWay() const {
  QRectF way;
  if (!snapshot_ || snapshot_->graph->problems().empty()) return way;
  for (NodeId node = snapshot_->graph->problems().front().node; node != kNoNode;
       node = snapshot_->graph->parent(node)) {
    const auto item = scene_.itemOf(node);
    if (!item) return {};
    way |= scene_.items()[static_cast<std::size_t>(*item)].rect;
  }
  return way;
}

void GraphCanvas::centerOn(NodeId node) {
  if (!snapshot_ || node >= snapshot_->graph->size()) return;
  fresh_ = false;
  if (!scene_.itemOf(node)) {
    tree_->reveal(node);
    rebuild(kNoNode);
  }
  if (scale_ < kReadableScale) {
    scale_ = kReadableScale;
    updateBars();
    emit scaleChanged(scale_);
  }
  moveTo(scene_.items()[static_cast<std::size_t>(*scene_.itemOf(node))].rect.center());
  viewport()->update();
}

void GraphCanvas::zoomTo(NodeId node) {
  if (!snapshot_ || node >= snapshot_->graph->size()) return;
  scale_ = 1.5;
  updateBars();
  emit scaleChanged(scale_);
  centerOn(node);
}

bool GraphCanvas::isExpanded(NodeId node) const { return tree_ && tree_->isExpanded(node); }

void GraphCanvas::toggle(NodeId node) {
  if (!tree_ || node >= snapshot_->graph->size()) return;
  if (tree_->isExpanded(node)) {
    tree_->collapse(node);
  } else {
    tree_->expand(node);
  }
  rebuild(node);
  // What is selected stays on show: a collapsed subtree's selection moves up to what was collapsed.
  if (selection_->node() != kNoNode && !scene_.itemOf(selection_->node())) selection_->select(node);
}

bool GraphCanvas::expandAllBelow(NodeId node) {
  if (!tree_ || node >= snapshot_->graph->size()) return true;
  const bool complete = tree_->expandSubtree(node, kExpandLimit);
  rebuild(node);
  if (!complete)
    emit hint(tr("Expanded the first %1 objects; expand the others where you need them.").arg(kExpandLimit));
  return complete;
}

void GraphCanvas::collapseAll() {
  if (!tree_) return;
  tree_->collapseAll();
  tree_->expandDefault(0);
  rebuild(kNoNode);
  selection_->select(scene_.items().empty() ? kNoNode : scene_.items().front().node);
  fit();
}

void GraphCanvas::showMore(NodeId parent) {
  tree_->showMore(parent);
  rebuild(parent);
}

void GraphCanvas::rebuild(NodeId anchor) {
  const auto before = nodeRect(anchor);
  scene_.rebuild(snapshot_, *tree_);
  hovered_ = -1;
  updateBars();
  if (const auto after = nodeRect(anchor); before && after) {
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + qRound(after->left() - before->left()));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + qRound(after->top() - before->top()));
  }
  viewport()->update();
}

void GraphCanvas::ensureVisible(const QRectF& sceneRect) {
  const QRectF view = toView(sceneRect);
  // Where the low edge has to go: as near as possible, its beginning first if all of it has no room.
  const auto place = [](qreal low, qreal high, qreal size) {
    if (high > size - kMargin) low -= high - (size - kMargin);
    return std::max(low, kMargin);
  };
  const qreal x = place(view.left(), view.right(), viewport()->width());
  const qreal y = place(view.top(), view.bottom(), viewport()->height());
  horizontalScrollBar()->setValue(horizontalScrollBar()->value() + qRound(view.left() - x));
  verticalScrollBar()->setValue(verticalScrollBar()->value() + qRound(view.top() - y));
}

void GraphCanvas::onSelectionChanged(NodeId node, Selection::Reveal reveal) {
  if (snapshot_ && node < snapshot_->graph->size()) {
    if (reveal == Selection::Reveal::Center) {
      centerOn(node);
    } else {
      if (!scene_.itemOf(node)) {
        tree_->reveal(node);
        rebuild(kNoNode);
      }
      if (const auto item = scene_.itemOf(node); item && !fresh_) {
        ensureVisible(scene_.items()[static_cast<std::size_t>(*item)].rect);
      }
    }
    announce(node);
  }
  viewport()->update();
}

void GraphCanvas::announce(NodeId node) {
  const graph::ObjectGraph& graph = *snapshot_->graph;
  QString text = edgeText(graph, node) + QStringLiteral(", ") + typeAndDescription(graph, node);
  if (const graph::Problem* problem = graph.problem_of(node)) {
    text += QStringLiteral(", ") + tr("cannot be pickled: %1").arg(errorText(graph, *problem));
  } else if (graph.problems_below(node) > 0) {
    text += QStringLiteral(", ") + tr("holds objects that cannot be pickled");
  }
  setAccessibleDescription(text);
  QAccessibleEvent event(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&event);
}

void GraphCanvas::setHovered(int item) {
  if (item == hovered_) return;
  hovered_ = item;
  viewport()->update();
}

void GraphCanvas::paintEvent(QPaintEvent* event) {
  QElapsedTimer timer;
  timer.start();
  QPainter painter(viewport());
  CanvasView view;
  view.scale = scale_;
  view.origin = toScene({0, 0});
  const QRectF dirty(event->rect());
  view.area = QRectF(toScene(dirty.topLeft()), dirty.size() / scale_);
  view.selected = selection_->node();
  view.hovered = hovered_;
  view.focused = hasFocus();
  view.blockPixels = blockPixels_;
  paintCanvas(painter, scene_, palette(), view);
  frameMs_ = static_cast<double>(timer.nsecsElapsed()) / 1e6;
  if (frameMs_ > kSlowFrameMs) {
    blockPixels_ = std::min(blockPixels_ * 1.25, kMaxBlockPixels);
  } else if (frameMs_ < kFastFrameMs) {
    blockPixels_ = std::max(blockPixels_ / 1.25, kMinBlockPixels);
  }
}

void GraphCanvas::resizeEvent(QResizeEvent*) {
  updateBars();
  if (fresh_ && isVisible()) fit();
}

void GraphCanvas::scrollContentsBy(int dx, int dy) { viewport()->scroll(dx, dy); }

bool GraphCanvas::viewportEvent(QEvent* event) {
  switch (event->type()) {
    case QEvent::ToolTip: {
      const auto* help = static_cast<QHelpEvent*>(event);
      if (!showToolTip(help->pos(), help->globalPos())) {
        QToolTip::hideText();
        event->ignore();
      }
      return true;
    }
    case QEvent::NativeGesture: {
      const auto* gesture = static_cast<QNativeGestureEvent*>(event);
      if (gesture->gestureType() != Qt::ZoomNativeGesture) break;
      setScale(scale_ * (1 + gesture->value()), gesture->position());
      return true;
    }
    case QEvent::Leave:
      setHovered(-1);
      break;
    default:
      break;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

bool GraphCanvas::showToolTip(const QPoint& at, const QPoint& globalAt) {
  const auto item = scene_.itemAt(toScene(at));
  if (!item) return false;
  const SceneItem& hit = scene_.items()[static_cast<std::size_t>(*item)];
  const QString text = hit.kind == VisibleItem::Kind::More
                           ? tr("Show %1 more").arg(std::min(hit.children, ExpandedTree::kChunk))
                           : toolTipText(*snapshot_, hit.node);
  QToolTip::showText(globalAt, text, viewport(), toView(hit.rect).toAlignedRect());
  return true;
}

void GraphCanvas::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::ApplicationFontChange) {
    scene_.setFont(font());
    if (tree_) rebuild(selection_->node());
  }
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) viewport()->update();
  QAbstractScrollArea::changeEvent(event);
}

void GraphCanvas::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void GraphCanvas::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

}  // namespace dill::gui
