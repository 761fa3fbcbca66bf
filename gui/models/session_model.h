// The variables of a session file, without loading it.
#pragma once

#include <QAbstractTableModel>

#include <memory>

#include "inspect/meaning/session_table.h"

namespace dill::gui {

class SessionModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Value, Stored, Bytes, Share, Needs, ColumnCount };
  enum Role { NodeRole = Qt::UserRole, ShareRole, SortRole };  // quint32; double, 0 to 1; what a column is sorted by

  using QAbstractTableModel::QAbstractTableModel;

  // Null: no rows.
  void setTable(std::shared_ptr<const inspect::SessionTable> table);
  // The variable of the node itself; -1 if it is none.
  int rowOf(graph::NodeId node) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  QString text(const inspect::SessionVariable& variable, int column) const;

  std::shared_ptr<const inspect::SessionTable> table_;
};

}  // namespace dill::gui
