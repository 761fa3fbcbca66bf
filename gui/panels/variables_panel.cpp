#include "panels/variables_panel.h"

#include <QHeaderView>
#include <QTreeView>
#include <QVBoxLayout>

#include "models/variables_model.h"
#include "panels/status_delegate.h"

namespace dill::gui {

VariablesPanel::VariablesPanel(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  model_ = new VariablesModel(this);
  view_ = new QTreeView(this);
  view_->setObjectName(QStringLiteral("variablesView"));
  view_->setAccessibleName(tr("Variables of the program"));
  view_->setModel(model_);
  view_->setRootIsDecorated(false);
  view_->setUniformRowHeights(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setItemDelegateForColumn(VariablesModel::Name, new StatusDelegate(VariablesModel::StatusRole, view_));
  view_->header()->setStretchLastSection(false);
  view_->header()->setSectionResizeMode(VariablesModel::Name, QHeaderView::Stretch);
  view_->header()->resizeSection(VariablesModel::Type, 100);
  view_->header()->resizeSection(VariablesModel::Verdict, 120);
  view_->header()->resizeSection(VariablesModel::Bytes, 70);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);

  const auto activate = [this](const QModelIndex& index) {
    if (index.isValid()) selection_->select(index.data(VariablesModel::NodeRole).toUInt(), Selection::Reveal::Center);
  };
  connect(view_, &QAbstractItemView::clicked, this, activate);
  connect(view_, &QAbstractItemView::activated, this, activate);
}

void VariablesPanel::setVariables(const QVector<VariableSummary>& variables) { model_->setVariables(variables); }

}  // namespace dill::gui
