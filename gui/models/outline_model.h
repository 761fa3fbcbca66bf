// The spanning tree of a graph as an item model. Nothing is stored per row: an index carries the node's id, rows are
// found by binary search among the parent's children, so a container of a million items costs nothing until it is seen.
// Behind a node's children come its references: what it also holds, but has its own place elsewhere ("→ shared: ...").
#pragma once

#include <QAbstractItemModel>

#include "models/snapshot.h"

namespace dill::gui {

class OutlineModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column { What, Type, Bytes, ColumnCount };
  // quint32, not for references; int (NodeStatus); quint32, the node that a reference leads to
  enum Role { NodeRole = Qt::UserRole, StatusRole, TargetRole };

  using QAbstractItemModel::QAbstractItemModel;

  void setSnapshot(SnapshotPtr snapshot);
  QModelIndex indexOf(graph::NodeId node, int column = What) const;
  // graph::kNoNode for an invalid index and for a reference.
  graph::NodeId nodeAt(const QModelIndex& index) const;
  // The node that a reference leads to; graph::kNoNode for any other row.
  graph::NodeId targetAt(const QModelIndex& index) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  bool hasChildren(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  std::span<const graph::NodeId> nodesOf(const QModelIndex& parent) const;
  std::span<const std::uint32_t> referencesOf(const QModelIndex& parent) const;
  const graph::Reference* referenceAt(const QModelIndex& index) const;  // nullptr for a node
  QVariant referenceData(const graph::Reference& reference, int column, int role) const;

  SnapshotPtr snapshot_;
  std::vector<graph::NodeId> roots_;
};

}  // namespace dill::gui
