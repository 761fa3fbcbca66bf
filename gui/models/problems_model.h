// The culprits of a graph as a table: where, what went wrong, type, and the variable that they are in.
#pragma once

#include <QAbstractTableModel>

#include "models/snapshot.h"

namespace dill::gui {

class ProblemsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Path, Error, Type, Variable, ColumnCount };
  enum Role { NodeRole = Qt::UserRole };  // quint32

  using QAbstractTableModel::QAbstractTableModel;

  void setSnapshot(SnapshotPtr snapshot);
  // graph::kNoNode for a row that does not exist.
  graph::NodeId nodeAt(int row) const;
  // -1 if the node has no problem.
  int rowOf(graph::NodeId node) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  SnapshotPtr snapshot_;
};

}  // namespace dill::gui
