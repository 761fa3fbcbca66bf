#include "models/problems_model.h"

#include "models/node_text.h"

namespace dill::gui {

void ProblemsModel::setSnapshot(SnapshotPtr snapshot) {
  beginResetModel();
  snapshot_ = std::move(snapshot);
  endResetModel();
}

graph::NodeId ProblemsModel::nodeAt(int row) const {
  if (row < 0 || row >= rowCount()) return graph::kNoNode;
  return snapshot_->graph->problems()[static_cast<std::size_t>(row)].node;
}

int ProblemsModel::rowOf(graph::NodeId node) const {
  if (!snapshot_ || node >= snapshot_->graph->size()) return -1;
  const graph::Problem* problem = snapshot_->graph->problem_of(node);
  return problem ? static_cast<int>(problem - snapshot_->graph->problems().data()) : -1;
}

int ProblemsModel::rowCount(const QModelIndex& parent) const {
  if (parent.isValid() || !snapshot_) return 0;
  return static_cast<int>(snapshot_->graph->problems().size());
}

int ProblemsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int{ColumnCount}; }

QVariant ProblemsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !snapshot_) return {};
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const graph::Problem& problem = graph.problems()[static_cast<std::size_t>(index.row())];
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case Path:
          return pathText(graph, problem.node);
        case Error:
          return errorText(graph, problem);
        case Type:
          return shortType(graph, problem.node);
        case Variable:
          return variableText(graph, problem.node);
        default:
          return {};
      }
    case Qt::ToolTipRole:
      return toolTipText(graph, problem.node);
    case Qt::AccessibleTextRole:
      if (index.column() != Path) return {};
      return QStringLiteral("%1, %2").arg(pathText(graph, problem.node), errorText(graph, problem));
    case NodeRole:
      return problem.node;
    default:
      return {};
  }
}

QVariant ProblemsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Path:
      return tr("Where");
    case Error:
      return tr("Why it does not pickle");
    case Type:
      return tr("Type");
    case Variable:
      return tr("Variable");
    default:
      return {};
  }
}

}  // namespace dill::gui
