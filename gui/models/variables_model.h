// The variables of the program that was run, each with a mark: picklable or not.
#pragma once

#include <QAbstractTableModel>
#include <QVector>

#include "debuggee/debuggee.h"

namespace dill::gui {

class VariablesModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Type, Verdict, Bytes, ColumnCount };
  enum Role { NodeRole = Qt::UserRole, StatusRole };  // quint32; int (NodeStatus)

  using QAbstractTableModel::QAbstractTableModel;

  void setVariables(QVector<VariableSummary> variables);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  QVector<VariableSummary> variables_;
};

}  // namespace dill::gui
