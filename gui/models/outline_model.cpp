#include "models/outline_model.h"

#include <QFont>

#include <algorithm>
#include <limits>

#include "models/node_status.h"
#include "models/node_text.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

namespace {
// An index's id is that of its node, or this bit and the number of its reference.
constexpr quintptr kReferenceBit = quintptr{1} << 32;
static_assert(sizeof(quintptr) == 8);
bool isReference(const QModelIndex& index) { return (index.internalId() & kReferenceBit) != 0; }
}  // namespace

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

std::span<const NodeId> OutlineModel::nodesOf(const QModelIndex& parent) const {
  if (!snapshot_) return {};
  if (!parent.isValid()) return roots_;
  if (parent.column() != What || isReference(parent)) return {};
  return snapshot_->graph->children(static_cast<NodeId>(parent.internalId()));
}

std::span<const std::uint32_t> OutlineModel::referencesOf(const QModelIndex& parent) const {
  if (!snapshot_ || !parent.isValid() || parent.column() != What || isReference(parent)) return {};
  return snapshot_->graph->references_from(static_cast<NodeId>(parent.internalId()));
}

const graph::Reference* OutlineModel::referenceAt(const QModelIndex& index) const {
  if (!snapshot_ || !index.isValid() || !isReference(index)) return nullptr;
  return &snapshot_->graph->columns().references[index.internalId() & ~kReferenceBit];
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
  return index.isValid() && !isReference(index) ? static_cast<NodeId>(index.internalId()) : kNoNode;
}

NodeId OutlineModel::targetAt(const QModelIndex& index) const {
  const graph::Reference* reference = referenceAt(index);
  return reference ? reference->to : kNoNode;
}

QModelIndex OutlineModel::index(int row, int column, const QModelIndex& parent) const {
  if (row < 0 || column < 0 || column >= ColumnCount) return {};
  const std::span<const NodeId> nodes = nodesOf(parent);
  const auto position = static_cast<std::size_t>(row);
  if (position < nodes.size()) return createIndex(row, column, quintptr{nodes[position]});
  const std::span<const std::uint32_t> references = referencesOf(parent);
  if (position - nodes.size() >= references.size()) return {};
  return createIndex(row, column, kReferenceBit | references[position - nodes.size()]);
}

QModelIndex OutlineModel::parent(const QModelIndex& child) const {
  if (!child.isValid() || !snapshot_) return {};
  if (const graph::Reference* reference = referenceAt(child)) return indexOf(reference->from);
  const NodeId parent = snapshot_->graph->parent(static_cast<NodeId>(child.internalId()));
  return parent == kNoNode ? QModelIndex() : indexOf(parent);
}

int OutlineModel::rowCount(const QModelIndex& parent) const {
  return static_cast<int>(
      std::min<std::size_t>(nodesOf(parent).size() + referencesOf(parent).size(), std::numeric_limits<int>::max()));
}

int OutlineModel::columnCount(const QModelIndex&) const { return ColumnCount; }

bool OutlineModel::hasChildren(const QModelIndex& parent) const {
  return !nodesOf(parent).empty() || !referencesOf(parent).empty();
}

QVariant OutlineModel::referenceData(const graph::Reference& reference, int column, int role) const {
  const graph::ObjectGraph& graph = *snapshot_->graph;
  switch (role) {
    case Qt::DisplayRole:
      if (column == What) {
        return tr("%1 → shared: %2")
            .arg(toQString(graph.edge_text(reference.kind, reference.label, reference.index)),
                 pathText(graph, reference.to));
      }
      return column == Type ? QVariant(shortType(graph, reference.to)) : QVariant();
    case Qt::FontRole: {
      QFont italic;
      italic.setItalic(true);
      return italic;
    }
    case Qt::ToolTipRole:
      return toolTipText(graph, reference.to);
    case StatusRole:
      return static_cast<int>(NodeStatus::Plain);
    case TargetRole:
      return reference.to;
    default:
      return {};
  }
}

QVariant OutlineModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !snapshot_) return {};
  if (const graph::Reference* reference = referenceAt(index)) return referenceData(*reference, index.column(), role);
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const auto node = static_cast<NodeId>(index.internalId());
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case What: {
          const QString description = toQString(graph.description(node));
          const QString held = edgeText(graph, node) + runMark(graph, node);
          return description.isEmpty() ? held : held + QStringLiteral("  ") + description;
        }
        case Type:
          return shortType(graph, node);
        case Bytes:
          return nodeBytesText(graph, node);
        default:
          return {};
      }
    case Qt::ToolTipRole:
      return toolTipText(*snapshot_, node);
    case Qt::TextAlignmentRole:
      return index.column() == Bytes ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case Qt::AccessibleTextRole:
      if (index.column() != What) return {};
      if (graph.problem_of(node)) return tr("%1, cannot be pickled").arg(edgeText(graph, node));
      return {};
    case NodeRole:
      return node;
    case StatusRole:
      return static_cast<int>(statusOf(graph, snapshot_->marks, node));
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
