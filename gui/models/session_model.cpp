#include "models/session_model.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "models/node_text.h"

namespace dill::gui {

using inspect::SessionVariable;

namespace {

constexpr std::size_t kNamesShown = 50;
constexpr std::array<std::string_view, 6> kPlainTypes{"NoneType", "bool", "int", "float", "str", "bytes"};

QString joined(const std::vector<std::string>& names) {
  QStringList list;
  for (const std::string& name : names) {
    if (static_cast<std::size_t>(list.size()) == kNamesShown) {
      list << QStringLiteral("…");
      break;
    }
    list << visibleText(toQString(name));
  }
  return list.join(QStringLiteral(", "));
}

}  // namespace

void SessionModel::setTable(std::shared_ptr<const inspect::SessionTable> table) {
  beginResetModel();
  table_ = std::move(table);
  endResetModel();
}

int SessionModel::rowOf(graph::NodeId node) const {
  if (!table_ || node == graph::kNoNode) return -1;
  // The variable whose value the node is comes before others that have the same object.
  for (const bool same : {false, true}) {
    for (std::size_t row = 0; row < table_->variables.size(); ++row) {
      const SessionVariable& variable = table_->variables[row];
      if (variable.node == node && (variable.storage == SessionVariable::Storage::Same) == same) {
        return static_cast<int>(row);
      }
    }
  }
  return -1;
}

int SessionModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !table_ ? 0 : static_cast<int>(table_->variables.size());
}

int SessionModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int{ColumnCount}; }

QString SessionModel::text(const SessionVariable& variable, int column) const {
  switch (column) {
    case Name:
      return visibleText(toQString(variable.name));
    case Value: {
      const QString type = visibleText(toQString(variable.type));
      const QString description = visibleText(toQString(variable.description));
      // The literal of a number or a text tells its type.
      if (!description.isEmpty() && std::ranges::find(kPlainTypes, variable.type) != kPlainTypes.end())
        return description;
      return description.isEmpty() || description == type ? type : QStringLiteral("%1 · %2").arg(type, description);
    }
    case Bytes:
      return byteText(variable.bytes);
    case Share:
      return tr("%1 %").arg(variable.share * 100, 0, 'f', 1);
    case Stored:
      switch (variable.storage) {
        case SessionVariable::Storage::Value:
          return tr("by value");
        case SessionVariable::Storage::Reference:
          return tr("by reference");
        case SessionVariable::Storage::Same:
          return tr("is %1").arg(visibleText(toQString(variable.same_as)));
      }
      return {};
    case Needs:
      return joined(variable.needs);
    default:
      return {};
  }
}

QVariant SessionModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !table_) return {};
  const SessionVariable& variable = table_->variables[static_cast<std::size_t>(index.row())];
  const int column = index.column();
  switch (role) {
    case Qt::DisplayRole:
      return text(variable, column);
    case SortRole:
      if (column == Bytes) return static_cast<quint64>(variable.bytes);
      if (column == Share) return variable.share;
      return text(variable, column);
    case Qt::ToolTipRole: {
      QStringList lines{
          QStringLiteral("%1: %2").arg(text(variable, Name), text(variable, Value)),
          QStringLiteral("%1, %2, %3").arg(text(variable, Stored), text(variable, Bytes), text(variable, Share))};
      if (!variable.needs.empty()) lines << tr("Loading it imports %1.").arg(joined(variable.needs));
      if (!variable.uses.empty()) lines << tr("It holds objects of %1.").arg(joined(variable.uses));
      return lines.join(u'\n');
    }
    case Qt::TextAlignmentRole:
      return column == Bytes || column == Share ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case NodeRole:
      return variable.node;
    case ShareRole:
      return variable.share;
    default:
      return {};
  }
}

QVariant SessionModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Name:
      return tr("Variable");
    case Value:
      return tr("Value");
    case Bytes:
      return tr("Bytes");
    case Share:
      return tr("Share");
    case Stored:
      return tr("Stored");
    case Needs:
      return tr("Needs");
    default:
      return {};
  }
}

}  // namespace dill::gui
