#include "models/variables_model.h"

#include "models/node_status.h"
#include "models/node_text.h"

namespace dill::gui {

void VariablesModel::setVariables(QVector<VariableSummary> variables) {
  beginResetModel();
  variables_ = std::move(variables);
  endResetModel();
}

int VariablesModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(variables_.size());
}

int VariablesModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int{ColumnCount}; }

QVariant VariablesModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= variables_.size()) return {};
  const VariableSummary& variable = variables_[index.row()];
  const QString verdict = variable.picklable ? tr("✓ pickles") : tr("✗ does not pickle");
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case Name:
          return variable.name;
        case Type:
          return variable.type;
        case Verdict:
          return verdict;
        case Bytes:
          return byteText(variable.bytes);
        default:
          return {};
      }
    case Qt::ToolTipRole:
      return tr("%1 (%2): %3").arg(variable.name, variable.type, verdict);
    case Qt::TextAlignmentRole:
      return index.column() == Bytes ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case NodeRole:
      return variable.node;
    case StatusRole:
      return static_cast<int>(variable.picklable ? NodeStatus::Plain : NodeStatus::HoldsCulprit);
    default:
      return {};
  }
}

QVariant VariablesModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Name:
      return tr("Variable");
    case Type:
      return tr("Type");
    case Verdict:
      return tr("Verdict");
    case Bytes:
      return tr("Bytes");
    default:
      return {};
  }
}

}  // namespace dill::gui
