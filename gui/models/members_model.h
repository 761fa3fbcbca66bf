// What is in a file of several parts: the members of an archive and of archives within it, as a tree.
#pragma once

#include <QAbstractItemModel>

#include <vector>

#include "models/file_report.h"

namespace dill::gui {

class MembersModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column { Name, Format, Size, Loading, ColumnCount };
  enum Role {
    MemberRole = Qt::UserRole,  // int: position in Inspection::members
    PickleRole,                 // bool: there is a graph of it
    VerdictRole                 // int (inspect::Verdict); invalid for what is no pickle
  };

  using QAbstractItemModel::QAbstractItemModel;

  // Null: no rows.
  void setReport(FileReportPtr report);
  QModelIndex indexOf(std::size_t member, int column = Name) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  const std::vector<int>& childrenOf(const QModelIndex& parent) const;
  QString nameOf(std::size_t member) const;

  FileReportPtr report_;
  std::vector<int> parent_;  // of each member, -1 at the top
  std::vector<int> row_;     // of each member below its parent
  std::vector<std::vector<int>> children_;
  std::vector<int> top_;
};

}  // namespace dill::gui
