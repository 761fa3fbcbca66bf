#include "canvas/canvas_scene.h"

#include <QCoreApplication>

#include <algorithm>
#include <set>
#include <utility>

#include "models/node_text.h"

namespace dill::gui {
namespace {

constexpr qreal kPadX = 12;
constexpr qreal kPadY = 7;
constexpr qreal kLineGap = 2;
constexpr qreal kMinWidth = 72;
constexpr qreal kMaxText = 300;
constexpr qreal kBadgeGap = 10;
constexpr qreal kBadgePad = 7;

QFont titleFont(QFont font) {
  font.setWeight(QFont::DemiBold);
  return font;
}

QFont subtitleFont(QFont font) {
  if (font.pointSizeF() > 0) {
    font.setPointSizeF(font.pointSizeF() * 0.92);
  } else {
    font.setPixelSize(std::max(1, font.pixelSize() * 92 / 100));
  }
  return font;
}

QString tr(const char* text) { return QCoreApplication::translate("CanvasScene", text); }

Box toBox(const QRectF& rect) { return {rect.left(), rect.top(), rect.right(), rect.bottom()}; }

}  // namespace

CanvasScene::CanvasScene(const QFont& font) : title_(titleFont(font)), subtitle_(subtitleFont(font)) {}

void CanvasScene::setFont(const QFont& font) {
  title_ = TextMeasure(titleFont(font));
  subtitle_ = TextMeasure(subtitleFont(font));
}

void CanvasScene::clear() {
  snapshot_.reset();
  items_.clear();
  itemOf_.clear();
  index_ = {};
  references_.clear();
  referencesLeftOut_ = false;
}

void CanvasScene::rebuild(const SnapshotPtr& snapshot, const ExpandedTree& tree) {
  clear();
  snapshot_ = snapshot;
  const std::vector<VisibleItem> visible = tree.collect();
  items_.reserve(visible.size());
  std::vector<std::int32_t> parents;
  std::vector<TidySize> sizes;
  parents.reserve(visible.size());
  sizes.reserve(visible.size());
  for (const VisibleItem& from : visible) {
    SceneItem item;
    item.node = from.node;
    item.parent = from.parent;
    item.children = from.children;
    item.problems = from.problems;
    item.kind = from.kind;
    item.expanded = from.expanded;
    if (from.kind == VisibleItem::Kind::Node) {
      item.status = statusOf(*snapshot_->graph, snapshot_->marks, from.node);
      item.folded = snapshot_->graph->columns().count[from.node] > 1;
      itemOf_.emplace(from.node, static_cast<int>(items_.size()));
    } else if (from.problems > 0) {
      item.status = NodeStatus::HoldsCulprit;
    }
    items_.push_back(item);
    parents.push_back(from.parent);
    sizes.push_back(sizeOf(item, text(static_cast<int>(items_.size()) - 1)));
  }
  const std::vector<TidyPoint> places = tidyTree(parents, sizes);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    items_[i].rect = QRectF(places[i].x, places[i].y, sizes[i].width, sizes[i].height);
  }
  connectItems();
  collectReferences();
}

TidySize CanvasScene::sizeOf(const SceneItem& item, const ItemText& text) const {
  qreal width = std::max(title_.width(text.title), subtitle_.width(text.subtitle));
  width = std::min(width, kMaxText) + 2 * kPadX;
  if (!text.badge.isEmpty()) width += kBadgeGap + subtitle_.width(text.badge) + 2 * kBadgePad;
  qreal height = title_.metrics().height() + 2 * kPadY;
  if (item.kind == VisibleItem::Kind::Node) height += kLineGap + subtitle_.metrics().height();
  return {std::max(width, kMinWidth), height};
}

void CanvasScene::connectItems() {
  // What an item draws of the lines: the horizontal piece to it and the vertical piece from its previous sibling, so a
  // long line is made of short ones and the index finds exactly what is in view.
  std::vector<int> lastChild(items_.size() + 1, -1);  // [parent + 1]
  std::vector<qreal> trunkFrom(items_.size() + 1, 0);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    SceneItem& item = items_[i];
    item.lastBelow = static_cast<int>(i);
    item.edgeMarked = isMarked(item.status);
    const std::size_t parent = static_cast<std::size_t>(item.parent + 1);
    const qreal middle = item.rect.center().y();
    item.trunkTop = lastChild[parent] < 0 ? middle : trunkFrom[parent];
    lastChild[parent] = static_cast<int>(i);
    trunkFrom[parent] = middle;
  }
  std::vector<bool> markedBehind(items_.size() + 1, false);
  for (std::size_t i = items_.size(); i-- > 0;) {
    SceneItem& item = items_[i];
    const std::size_t parent = static_cast<std::size_t>(item.parent + 1);
    if (item.edgeMarked) markedBehind[parent] = true;
    item.trunkMarked = markedBehind[parent];
    if (item.parent >= 0) {
      SceneItem& above = items_[static_cast<std::size_t>(item.parent)];
      above.lastBelow = std::max(above.lastBelow, item.lastBelow);
    }
  }
  std::vector<Box> boxes;
  std::vector<std::uint8_t> status;
  boxes.reserve(items_.size());
  status.reserve(items_.size());
  for (const SceneItem& item : items_) {
    Box box = toBox(item.rect);
    if (item.parent >= 0) {
      box.left = items_[static_cast<std::size_t>(item.parent)].rect.right();
      box.top = std::min(box.top, item.trunkTop);
    }
    boxes.push_back(box);
    status.push_back(static_cast<std::uint8_t>(item.status));
  }
  index_ = BoxIndex(boxes, status);
}

void CanvasScene::collectReferences() {
  const graph::ObjectGraph& graph = *snapshot_->graph;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].kind != VisibleItem::Kind::Node) continue;
    for (const std::uint32_t reference : graph.references_from(items_[i].node)) {
      const auto to = itemOf(graph.columns().references[reference].to);
      if (!to) continue;
      if (references_.size() == kAllReferences) {
        references_.clear();
        referencesLeftOut_ = true;
        return;
      }
      references_.push_back({static_cast<int>(i), *to, true});
    }
  }
}

std::vector<SceneReference> CanvasScene::referencesOf(graph::NodeId node, std::size_t limit) const {
  std::vector<SceneReference> found;
  if (!snapshot_ || node >= snapshot_->graph->size()) return found;
  const graph::ObjectGraph& graph = *snapshot_->graph;
  std::set<std::pair<int, int>> pairs;
  const auto add = [&](const graph::Reference& reference) {
    const auto from = nearestItemOf(reference.from);
    const auto to = nearestItemOf(reference.to);
    if (!from || !to || *from == *to || !pairs.emplace(*from, *to).second) return;
    const bool exact = itemOf(reference.from).has_value() && itemOf(reference.to).has_value();
    found.push_back({*from, *to, exact});
  };
  for (const std::uint32_t reference : graph.references_from(node)) {
    if (found.size() >= limit) return found;
    add(graph.columns().references[reference]);
  }
  for (const std::uint32_t reference : graph.references_to(node)) {
    if (found.size() >= limit) return found;
    add(graph.columns().references[reference]);
  }
  return found;
}

QRectF CanvasScene::bounds() const {
  const Box box = index_.bounds();
  return QRectF(box.left, box.top, box.right - box.left, box.bottom - box.top);
}

std::optional<int> CanvasScene::itemOf(graph::NodeId node) const {
  const auto found = itemOf_.find(node);
  return found == itemOf_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<int> CanvasScene::nearestItemOf(graph::NodeId node) const {
  for (; snapshot_ && node < snapshot_->graph->size(); node = snapshot_->graph->parent(node)) {
    if (const auto item = itemOf(node)) return item;
  }
  return std::nullopt;
}

std::optional<int> CanvasScene::itemAt(QPointF scenePoint) const {
  std::optional<int> hit;
  const Box point{scenePoint.x(), scenePoint.y(), scenePoint.x(), scenePoint.y()};
  index_.visit(
      point, 0,
      [&](std::size_t i) {
        if (items_[i].rect.contains(scenePoint)) hit = static_cast<int>(i);
      },
      [](const Box&, std::uint8_t) {});
  return hit;
}

QRectF CanvasScene::badgeRect(int item) const {
  const SceneItem& at = items_[static_cast<std::size_t>(item)];
  const QString badge = text(item).badge;
  if (badge.isEmpty()) return {};
  const qreal width = subtitle_.width(badge) + 2 * kBadgePad;
  const qreal height = subtitle_.metrics().height() + 4;
  return QRectF(at.rect.right() - width - kPadX + 3, at.rect.center().y() - height / 2, width, height);
}

ItemText CanvasScene::text(int item) const {
  const SceneItem& at = items_[static_cast<std::size_t>(item)];
  const graph::ObjectGraph& graph = *snapshot_->graph;
  ItemText text;
  if (at.kind == VisibleItem::Kind::More) {
    text.title = tr("%1 more…").arg(countText(at.children));
    if (at.problems > 0) {
      text.title +=
          QStringLiteral("  ") + (at.problems == 1 ? tr("1 problem") : tr("%1 problems").arg(countText(at.problems)));
    }
    return text;
  }
  text.title = edgeText(graph, at.node);
  // Not by colour alone.
  if (at.status == NodeStatus::Suspicious || at.status == NodeStatus::Dangerous)
    text.title.prepend(QStringLiteral("⚠ "));
  text.subtitle = typeAndDescription(graph, at.node);
  if (at.children > 0)
    text.badge = at.expanded ? QStringLiteral("−") : QStringLiteral("+%1").arg(countText(at.children));
  return text;
}

}  // namespace dill::gui
