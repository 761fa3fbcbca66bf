// "Size by part": what makes a pickle large (graph/largest_parts.h), for an object that pickles fine.
#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "graph/largest_parts.h"
#include "models/snapshot.h"

namespace dill::gui {

class PartsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  static constexpr std::size_t kLimit = 50;
  enum Column { What, Bytes, Share, ColumnCount };
  enum Role { NodeRole = Qt::UserRole, ShareRole };  // quint32; double, 0 to 1

  using QAbstractTableModel::QAbstractTableModel;

  void setSnapshot(SnapshotPtr snapshot);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  SnapshotPtr snapshot_;
  std::vector<graph::Part> parts_;
  std::uint64_t total_ = 0;  // bytes of all roots
};

}  // namespace dill::gui
