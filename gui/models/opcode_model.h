// The opcodes of a pickle as a table. Rows are decoded when a view asks for them, a block at a time.
#pragma once

#include <QAbstractTableModel>

#include <list>
#include <memory>

#include "models/opcode_index.h"

namespace dill::gui {

class OpcodeModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Offset, Name, Argument, Depth, ColumnCount };
  enum Role { OffsetRole = Qt::UserRole };  // quint64

  using QAbstractTableModel::QAbstractTableModel;

  // Null: no rows.
  void setOpcodes(std::shared_ptr<const OpcodeIndex> opcodes);
  // The row whose bytes hold `offset`; -1 if there is no row.
  int rowAt(quint64 offset) const;
  quint64 offsetAt(int row) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  static constexpr std::size_t kBlocks = 8;
  struct Block {
    std::uint64_t number;
    std::vector<OpcodeRow> rows;
  };
  // Null if there is no such row.
  const OpcodeRow* rowData(int row) const;

  std::shared_ptr<const OpcodeIndex> opcodes_;
  mutable std::list<Block> blocks_;  // the last ones that were asked for, newest first
};

}  // namespace dill::gui
