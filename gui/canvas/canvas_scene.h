// The boxes, lines and references of the expanded part of a graph, in scene coordinates (pixels at zoom 1).
//
// Rebuilt as a whole after every change of what is expanded (5,000 boxes: about a millisecond).
#pragma once

#include <QFont>
#include <QPointF>
#include <QRectF>
#include <QString>

#include <optional>
#include <unordered_map>
#include <vector>

#include "canvas/text_measure.h"
#include "layout/box_index.h"
#include "layout/expanded_tree.h"
#include "layout/tidy_tree.h"
#include "models/node_status.h"
#include "models/snapshot.h"

namespace dill::gui {

struct SceneItem {
  QRectF rect;
  graph::NodeId node = graph::kNoNode;  // as in VisibleItem
  int parent = -1;
  int lastBelow = 0;  // the last item of its subtree
  std::uint32_t children = 0;
  std::uint32_t problems = 0;
  VisibleItem::Kind kind = VisibleItem::Kind::Node;
  NodeStatus status = NodeStatus::Plain;
  bool expanded = false;
  bool folded = false;       // stands for several objects (graph/folding.h)
  bool edgeMarked = false;   // the line to the item leads to a culprit
  bool trunkMarked = false;  // so does the vertical piece above it, shared with later siblings
  qreal trunkTop = 0;        // where that piece begins; the middle of the item for a first child
};

struct ItemText {
  QString title;     // how the parent holds it; for "N more": that
  QString subtitle;  // type and description
  QString badge;     // at the right edge: number of children; may be empty
};

struct SceneReference {  // a memo hit between two items on show
  int from;
  int to;
  bool exact;  // false: an end is hidden, the item is its nearest ancestor on show
};

class CanvasScene {
 public:
  // References are all listed up to this many, which can still be told apart; beyond, only those of a chosen node.
  static constexpr std::size_t kAllReferences = 12;
  static constexpr qreal kTrunkInset = 18;  // from a child's left edge to the vertical line it hangs on

  explicit CanvasScene(const QFont& font);

  void setFont(const QFont& font);  // takes effect at the next rebuild()
  // Lays out `tree`, which shows a part of `snapshot`.
  void rebuild(const SnapshotPtr& snapshot, const ExpandedTree& tree);
  void clear();

  const std::vector<SceneItem>& items() const { return items_; }
  const BoxIndex& index() const { return index_; }
  QRectF bounds() const;
  // Position of the node's item; nothing if it is not on show.
  std::optional<int> itemOf(graph::NodeId node) const;
  // The same, or the nearest ancestor on show.
  std::optional<int> nearestItemOf(graph::NodeId node) const;
  // The box at a point; nothing between boxes.
  std::optional<int> itemAt(QPointF scenePoint) const;
  // Part of the box that expands and collapses it; empty for a box without children.
  QRectF badgeRect(int item) const;

  // Full texts of an item. Made when asked for.
  ItemText text(int item) const;
  // All references between items on show; empty if there are more than kAllReferences.
  const std::vector<SceneReference>& references() const { return references_; }
  bool referencesLeftOut() const { return referencesLeftOut_; }
  // References from and to one node, at most `limit`; several between the same two items count as one.
  std::vector<SceneReference> referencesOf(graph::NodeId node, std::size_t limit = 200) const;

  const TextMeasure& titleMeasure() const { return title_; }
  const TextMeasure& subtitleMeasure() const { return subtitle_; }

 private:
  TidySize sizeOf(const SceneItem& item, const ItemText& text) const;
  void connectItems();
  void collectReferences();

  TextMeasure title_;
  TextMeasure subtitle_;
  SnapshotPtr snapshot_;
  std::vector<SceneItem> items_;
  std::unordered_map<graph::NodeId, int> itemOf_;
  BoxIndex index_;
  std::vector<SceneReference> references_;
  bool referencesLeftOut_ = false;
};

}  // namespace dill::gui
