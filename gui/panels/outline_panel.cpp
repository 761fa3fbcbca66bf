#include "panels/outline_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <utility>

#include "models/node_match.h"
#include "models/outline_model.h"
#include "panels/plain_text.h"
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
  view_->header()->resizeSection(OutlineModel::Type, 80);
  view_->header()->resizeSection(OutlineModel::Bytes, 74);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  pages_ = new QStackedWidget(this);
  pages_->addWidget(makeNothing(tr("Open a file or run a script: its objects are listed here."), pages_));
  pages_->addWidget(view_);
  layout->addWidget(pages_);

  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
    if (model_->nodeAt(current) != graph::kNoNode) selection_->select(model_->nodeAt(current));
  });
  // A reference is a link: it is followed when it is clicked or activated, not when the keyboard passes over it.
  const auto follow = [this](const QModelIndex& index) {
    const graph::NodeId target = model_->targetAt(index);
    if (target != graph::kNoNode) selection_->select(target, Selection::Reveal::Center);
  };
  connect(view_, &QTreeView::clicked, this, follow);
  connect(view_, &QTreeView::activated, this, follow);
  connect(view_, &QTreeView::activated, this,
          [this](const QModelIndex& index) { emit foldedActivated(model_->nodeAt(index)); });
  connect(view_, &QTreeView::expanded, this, [this](const QModelIndex& i) { expanded_.insert(model_->nodeAt(i)); });
  connect(view_, &QTreeView::collapsed, this, [this](const QModelIndex& i) { expanded_.erase(model_->nodeAt(i)); });
  connect(selection_, &Selection::changed, this, &OutlinePanel::onSelectionChanged);
}

void OutlinePanel::setSnapshot(SnapshotPtr snapshot, NodeMatch* match) {
  const std::unordered_set<graph::NodeId> before = std::exchange(expanded_, {});
  model_->setSnapshot(std::move(snapshot));
  if (match) {
    for (const graph::NodeId old : before) {
      const graph::NodeId node = match->find(old);
      if (node != graph::kNoNode) view_->expand(model_->indexOf(node));
    }
  }
  pages_->setCurrentIndex(model_->rowCount() == 0 ? 0 : 1);
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
