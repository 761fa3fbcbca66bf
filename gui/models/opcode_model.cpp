#include "models/opcode_model.h"

#include <QFontDatabase>

#include <algorithm>
#include <limits>

#include "models/node_text.h"

namespace dill::gui {

void OpcodeModel::setOpcodes(std::shared_ptr<const OpcodeIndex> opcodes) {
  beginResetModel();
  blocks_.clear();
  opcodes_ = std::move(opcodes);
  endResetModel();
}

const OpcodeRow* OpcodeModel::rowData(int row) const {
  if (!opcodes_ || row < 0) return nullptr;
  const auto number = static_cast<std::uint64_t>(row) / OpcodeIndex::kStride;
  auto block = std::ranges::find(blocks_, number, &Block::number);
  if (block == blocks_.end()) {
    if (blocks_.size() == kBlocks) blocks_.pop_back();
    blocks_.push_front({number, opcodes_->rows(number * OpcodeIndex::kStride, OpcodeIndex::kStride)});
  } else if (block != blocks_.begin()) {
    blocks_.splice(blocks_.begin(), blocks_, block);
  }
  const auto& rows = blocks_.front().rows;
  const auto at = static_cast<std::size_t>(row) % OpcodeIndex::kStride;
  return at < rows.size() ? &rows[at] : nullptr;
}

int OpcodeModel::rowAt(quint64 offset) const {
  if (!opcodes_ || opcodes_->size() == 0) return -1;
  return static_cast<int>(opcodes_->rowAt(offset));
}

quint64 OpcodeModel::offsetAt(int row) const {
  const OpcodeRow* data = rowData(row);
  return data ? data->offset : 0;
}

int OpcodeModel::rowCount(const QModelIndex& parent) const {
  if (parent.isValid() || !opcodes_) return 0;
  return static_cast<int>(std::min<std::uint64_t>(opcodes_->size(), std::numeric_limits<int>::max()));
}

int OpcodeModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int{ColumnCount}; }

QVariant OpcodeModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const OpcodeRow* row = rowData(index.row());
  if (!row) return {};
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case Offset:
          return countText(row->offset);
        case Name:
          if (row->array) return tr("— array —");
          return row->name.empty() ? tr("— end —") : toQString(row->name);
        case Argument:
          if (row->array) return tr("%1 that are no opcodes").arg(byteText(row->length));
          return visibleText(toQString(row->argument));
        case Depth:
          if (row->name.empty() && !row->array) return {};
          return row->underflow ? tr("too little") : countText(row->depth);
        default:
          return {};
      }
    case Qt::ToolTipRole:
      if (row->array)
        return tr("The items of an array at byte %1, %2").arg(countText(row->offset), byteText(row->length));
      if (row->name.empty()) return visibleText(toQString(row->argument));
      return tr("%1 at byte %2, %3").arg(toQString(row->name), countText(row->offset), byteText(row->length));
    case Qt::TextAlignmentRole:
      return index.column() == Offset || index.column() == Depth ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                                                                 : QVariant();
    case Qt::FontRole:
      return index.column() == Argument ? QFontDatabase::systemFont(QFontDatabase::FixedFont) : QVariant();
    case OffsetRole:
      return static_cast<quint64>(row->offset);
    default:
      return {};
  }
}

QVariant OpcodeModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::ToolTipRole && section == Depth) return tr("Values on the stack behind the opcode, marks included");
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case Offset:
      return tr("Byte");
    case Name:
      return tr("Opcode");
    case Argument:
      return tr("Argument");
    case Depth:
      return tr("Stack");
    default:
      return {};
  }
}

}  // namespace dill::gui
