#include "models/outline_model.h"

#include <algorithm>
#include <limits>

#include "models/node_status.h"
#include "models/node_text.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

void OutlineModel::setSnapshot(SnapshotPtr snapshot) {
  beginResetModel();
  snapshot_ = std::move(snapshot);
  roots_.clear();
  if (snapshot_) {
    for (NodeId node = 0; node < snapshot_->graph->size(); ++node) {
      if (snapshot_->graph->parent(node) == kNoNode) roots_.push_back(node);
    }
  }
  endResetModel();
}

std::span<const NodeId> OutlineModel::rowsOf(const QModelIndex& parent) const {
  if (!snapshot_) return {};
  if (!parent.isValid()) return roots_;
  if (parent.column() != What) return {};
  return snapshot_->graph->children(static_cast<NodeId>(parent.internalId()));
}

QModelIndex OutlineModel::indexOf(NodeId node, int column) const {
  if (!snapshot_ || node >= snapshot_->graph->size()) return {};
  const NodeId parent = snapshot_->graph->parent(node);
  const std::span<const NodeId> siblings =
      parent == kNoNode ? std::span<const NodeId>(roots_) : snapshot_->graph->children(parent);
  const auto found = std::lower_bound(siblings.begin(), siblings.end(), node);
  return createIndex(static_cast<int>(found - siblings.begin()), column, quintptr{node});
}

NodeId OutlineModel::nodeAt(const QModelIndex& index) const {
  return index.isValid() ? static_cast<NodeId>(index.internalId()) : kNoNode;
}

QModelIndex OutlineModel::index(int row, int column, const QModelIndex& parent) const {
  const std::span<const NodeId> rows = rowsOf(parent);
  if (row < 0 || column < 0 || column >= ColumnCount || static_cast<std::size_t>(row) >= rows.size()) return {};
  return createIndex(row, column, quintptr{rows[static_cast<std::size_t>(row)]});
}

QModelIndex OutlineModel::parent(const QModelIndex& child) const {
  if (!child.isValid() || !snapshot_) return {};
  const NodeId parent = snapshot_->graph->parent(static_cast<NodeId>(child.internalId()));
  return parent == kNoNode ? QModelIndex() : indexOf(parent);
}

int OutlineModel::rowCount(const QModelIndex& parent) const {
  return static_cast<int>(std::min<std::size_t>(rowsOf(parent).size(), std::numeric_limits<int>::max()));
}

int OutlineModel::columnCount(const QModelIndex&) const { return ColumnCount; }

bool OutlineModel::hasChildren(const QModelIndex& parent) const { return !rowsOf(parent).empty(); }

QVariant OutlineModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !snapshot_) return {};
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const auto node = static_cast<NodeId>(index.internalId());
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case What: {
          const QString description = toQString(graph.description(node));
          const QString edge = edgeText(graph, node);
          const std::uint32_t count = graph.columns().count[node];
          const QString folded = count > 1 ? QStringLiteral(" ×") + countText(count) : QString();
          return description.isEmpty() ? edge + folded : edge + folded + QStringLiteral("  ") + description;
        }
        case Type:
          return shortType(graph, node);
        case Bytes:
          return byteText(graph.subtree_bytes(node));
        default:
          return {};
      }
    case Qt::ToolTipRole:
      return toolTipText(graph, node);
    case Qt::TextAlignmentRole:
      return index.column() == Bytes ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case Qt::AccessibleTextRole:
      if (index.column() != What) return {};
      if (graph.problem_of(node)) return tr("%1, cannot be pickled").arg(edgeText(graph, node));
      return {};
    case NodeRole:
      return node;
    case StatusRole:
      return static_cast<int>(statusOf(graph, node));
    default:
      return {};
  }
}

QVariant OutlineModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case What:
      return tr("Object");
    case Type:
      return tr("Type");
    case Bytes:
      return tr("Bytes");
    default:
      return {};
  }
}

}  // namespace dill::gui
