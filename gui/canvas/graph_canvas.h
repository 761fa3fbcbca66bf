// The picture of the object graph: the expanded part of its spanning tree, which can be zoomed, panned and walked.
//
// Mouse: drag or wheel pans, Ctrl+wheel and pinch zoom, a click selects, a double click or a click on the badge expands
// or collapses, a click on "N more" shows more. Keyboard: arrows walk along the edges, Enter and Space expand and
// collapse, + and - zoom, Home goes to the root.
#pragma once

#include <QAbstractScrollArea>
#include <QPoint>

#include <memory>
#include <optional>

#include "canvas/canvas_scene.h"
#include "layout/expanded_tree.h"
#include "models/selection.h"
#include "models/snapshot.h"

namespace dill::gui {

class NodeMatch;

class GraphCanvas : public QAbstractScrollArea {
  Q_OBJECT
 public:
  static constexpr qreal kMinScale = 0.0005;
  static constexpr qreal kMaxScale = 4;
  static constexpr std::size_t kExpandLimit = 2'000;  // boxes that one "expand all below" may add

  // `selection` must outlive the canvas.
  explicit GraphCanvas(Selection* selection, QWidget* parent = nullptr);
  ~GraphCanvas() override;

  // Shows another graph (null: none), expanded as far as its culprits, at a readable zoom.
  void setSnapshot(SnapshotPtr snapshot);
  // Shows a newer graph of the same thing: what was expanded is so again, new culprits are revealed, and the selected
  // object stays where it is on the screen. `match` is from the graph on show to the new one.
  void replaceSnapshot(SnapshotPtr snapshot, NodeMatch& match);

  qreal scale() const { return scale_; }
  // Zooms so that the scene point under `anchor` (viewport coordinates) stays where it is.
  void setScale(qreal scale, QPointF anchor);
  void zoomIn();
  void zoomOut();
  void resetZoom();
  // Everything that is expanded in view; never larger than its natural size.
  void fit();
  // Expands the way to the node if needed.
  void centerOn(graph::NodeId node);
  void zoomTo(graph::NodeId node);

  bool isExpanded(graph::NodeId node) const;
  void toggle(graph::NodeId node);
  // False if kExpandLimit was reached.
  bool expandAllBelow(graph::NodeId node);
  void collapseAll();

  const CanvasScene& scene() const { return scene_; }
  // Where the node's box (or that of the "N more" below it) is in the viewport; nothing if it is not on show.
  std::optional<QRectF> nodeRect(graph::NodeId node) const;
  std::optional<QRectF> moreRect(graph::NodeId parent) const;
  // How long the last frame took to paint.
  double lastFrameMilliseconds() const { return frameMs_; }

 signals:
  // Not everything could be expanded, and similar; one sentence.
  void hint(const QString& text);
  void scaleChanged(qreal scale);
  // A folded part of the graph is to be opened.
  void foldedRequested(graph::NodeId node);

 protected:
  bool viewportEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void onSelectionChanged(graph::NodeId node, Selection::Reveal reveal);
  // The rectangle of the boxes on the way from the root to the first culprit; empty without culprits.
  QRectF firstWay() const;
  // Lays out anew; the box of `anchor` stays where it is on the screen.
  void rebuild(graph::NodeId anchor);
  void updateBars();
  void ensureVisible(const QRectF& sceneRect);
  void moveTo(QPointF sceneCenter);
  void setHovered(int item);
  void showMore(graph::NodeId parent);
  bool showToolTip(const QPoint& at, const QPoint& globalAt);
  graph::NodeId neighbour(graph::NodeId node, int key);
  QPointF toScene(QPointF viewportPoint) const;
  QPointF toView(QPointF scenePoint) const;
  QRectF toView(const QRectF& sceneRect) const;
  void announce(graph::NodeId node);

  Selection* selection_;
  SnapshotPtr snapshot_;
  std::unique_ptr<ExpandedTree> tree_;
  CanvasScene scene_;
  qreal scale_ = 1;
  int hovered_ = -1;
  std::optional<QPoint> pressed_;  // where a button went down
  bool panning_ = false;
  QPoint panFrom_;
  bool fresh_ = false;     // a new graph that was not yet placed in a visible viewport
  qreal blockPixels_ = 4;  // see CanvasView; grows when frames take too long
  double frameMs_ = 0;
};

}  // namespace dill::gui
