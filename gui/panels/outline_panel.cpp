#include "panels/outline_panel.h"

#include <QHeaderView>
#include <QTreeView>
#include <QVBoxLayout>

#include "models/outline_model.h"
#include "panels/status_delegate.h"

namespace dill::gui {

OutlinePanel::OutlinePanel(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  model_ = new OutlineModel(this);
  view_ = new QTreeView(this);
  view_->setObjectName(QStringLiteral("outlineView"));
  view_->setAccessibleName(tr("Outline of the object graph"));
  view_->setUniformRowHeights(true);
  view_->setAlternatingRowColors(false);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setModel(model_);
  view_->setItemDelegateForColumn(OutlineModel::What, new StatusDelegate(OutlineModel::StatusRole, view_));
  view_->header()->setStretchLastSection(false);
  view_->header()->setSectionResizeMode(OutlineModel::What, QHeaderView::Stretch);
  view_->header()->resizeSection(OutlineModel::Type, 90);
  view_->header()->resizeSection(OutlineModel::Bytes, 80);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);

  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
    if (current.isValid()) selection_->select(model_->nodeAt(current));
  });
  connect(selection_, &Selection::changed, this, &OutlinePanel::onSelectionChanged);
}

void OutlinePanel::setSnapshot(SnapshotPtr snapshot) {
  model_->setSnapshot(std::move(snapshot));
  if (model_->rowCount() == 1) view_->expand(model_->index(0, 0));
}

void OutlinePanel::onSelectionChanged(graph::NodeId node, Selection::Reveal reveal) {
  const QModelIndex index = model_->indexOf(node);
  if (!index.isValid()) {
    view_->selectionModel()->clear();
    return;
  }
  if (model_->nodeAt(view_->currentIndex()) != node) {
    view_->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
  }
  view_->scrollTo(index, reveal == Selection::Reveal::Center ? QAbstractItemView::PositionAtCenter
                                                             : QAbstractItemView::EnsureVisible);
}

}  // namespace dill::gui
