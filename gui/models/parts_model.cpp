#include "models/parts_model.h"

#include "models/node_text.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

void PartsModel::setSnapshot(SnapshotPtr snapshot) {
  beginResetModel();
  snapshot_ = std::move(snapshot);
  parts_.clear();
  total_ = 0;
  if (snapshot_) {
    const graph::ObjectGraph& graph = *snapshot_->graph;
    parts_ = graph::largest_parts(graph, kLimit);
    for (NodeId node = 0; node < graph.size(); ++node) {
      if (graph.parent(node) == kNoNode) total_ += graph.subtree_bytes(node);
    }
  }
  endResetModel();
}

int PartsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(parts_.size());
}

int PartsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int{ColumnCount}; }

QVariant PartsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !snapshot_) return {};
  const graph::Part& part = parts_[static_cast<std::size_t>(index.row())];
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const double share = total_ == 0 ? 0.0 : static_cast<double>(part.bytes) / static_cast<double>(total_);
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case What: {
          QString text = pathText(graph, part.node) + QStringLiteral("  ") + shortType(graph, part.node);
          text += runMark(graph, part.node);
          return part.rest ? text + QStringLiteral("  ") + tr("(rest)") : text;
        }
        case Bytes:
          return byteText(part.bytes);
        case Share:
          return tr("%1 %").arg(share * 100, 0, 'f', 1);
        default:
          return {};
      }
    case Qt::ToolTipRole:
      return toolTipText(graph, part.node);
    case Qt::TextAlignmentRole:
      return index.column() == What ? QVariant() : QVariant(Qt::AlignRight | Qt::AlignVCenter);
    case NodeRole:
      return part.node;
    case ShareRole:
      return share;
    default:
      return {};
  }
}

QVariant PartsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case What:
      return tr("Part");
    case Bytes:
      return tr("Bytes");
    case Share:
      return tr("Share");
    default:
      return {};
  }
}

}  // namespace dill::gui
