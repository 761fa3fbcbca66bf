#include "panels/problems_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

#include "models/node_text.h"
#include "models/parts_model.h"
#include "models/problems_model.h"
#include "panels/plain_text.h"
#include "panels/problem_delegate.h"
#include "panels/status_delegate.h"

namespace dill::gui {
namespace {

enum Page { kNothing, kProblems, kFine };

QTreeView* makeTable(QAbstractItemModel* model, const QString& objectName, const QString& accessibleName) {
  auto* view = new QTreeView;
  view->setObjectName(objectName);
  view->setAccessibleName(accessibleName);
  view->setModel(model);
  view->setRootIsDecorated(false);
  view->setUniformRowHeights(true);
  view->setFrameShape(QFrame::NoFrame);
  view->setTextElideMode(Qt::ElideMiddle);
  view->header()->setStretchLastSection(false);
  return view;
}

}  // namespace

ProblemsPanel::ProblemsPanel(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  model_ = new ProblemsModel(this);
  partsModel_ = new PartsModel(this);

  view_ = makeTable(model_, QStringLiteral("problemsView"), tr("Objects that cannot be pickled"));
  view_->header()->setSectionResizeMode(ProblemsModel::Path, QHeaderView::Stretch);
  view_->header()->hide();
  for (const int column : {ProblemsModel::Error, ProblemsModel::Type, ProblemsModel::Variable}) {
    view_->setColumnHidden(column, true);  // the delegate shows them below the path
  }
  delegate_ = new ProblemDelegate(view_);
  view_->setItemDelegate(delegate_);

  parts_ = makeTable(partsModel_, QStringLiteral("partsView"), tr("Size by part"));
  parts_->header()->setSectionResizeMode(PartsModel::What, QHeaderView::Stretch);
  parts_->header()->resizeSection(PartsModel::Bytes, 80);
  parts_->header()->resizeSection(PartsModel::Share, 80);
  parts_->setItemDelegateForColumn(PartsModel::Share, new ShareDelegate(PartsModel::ShareRole, parts_));

  verdict_ = new QLabel;
  verdict_->setObjectName(QStringLiteral("verdict"));
  verdict_->setWordWrap(true);
  verdict_->setMargin(10);
  auto* fine = new QWidget;
  auto* fineLayout = new QVBoxLayout(fine);
  fineLayout->setContentsMargins(0, 0, 0, 0);
  fineLayout->setSpacing(0);
  fineLayout->addWidget(verdict_);
  fineLayout->addWidget(parts_, 1);

  pages_ = new QStackedWidget(this);
  pages_->addWidget(
      makeNothing(tr("Run a script, or open a recording: what cannot be pickled is listed here."), pages_));
  pages_->addWidget(view_);
  pages_->addWidget(fine);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(pages_);

  connect(view_, &QAbstractItemView::clicked, this, &ProblemsPanel::activate);
  connect(view_, &QAbstractItemView::activated, this, &ProblemsPanel::activate);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, &ProblemsPanel::activate);
  connect(parts_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& index) {
    const QVariant node = index.data(PartsModel::NodeRole);
    if (node.isValid()) selection_->select(node.toUInt(), Selection::Reveal::Center);
  });
  connect(selection_, &Selection::changed, this, &ProblemsPanel::onSelectionChanged);
}

void ProblemsPanel::setSnapshot(SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  if (snapshot_) {
    const graph::ObjectGraph& graph = *snapshot_->graph;
    delegate_->setWithVariables(std::ranges::any_of(
        graph.problems(), [&](const graph::Problem& problem) { return !variableText(graph, problem.node).isEmpty(); }));
  }
  model_->setSnapshot(snapshot_);
  const bool fine = snapshot_ && snapshot_->graph->problems().empty();
  partsModel_->setSnapshot(fine ? snapshot_ : nullptr);
  pages_->setCurrentIndex(!snapshot_ ? kNothing : fine ? kFine : kProblems);
  verdict_->clear();
  if (!fine) return;
  const QString bytes = byteText(snapshot_->meta.bytes_total);
  const QString objects = countText(snapshot_->meta.objects_total);
  verdict_->setText(snapshot_->origin == Origin::Recorded
                        ? tr("✓ Everything here pickles: %1 for %2 objects.\nSize by part:").arg(bytes, objects)
                        : tr("This file holds %1 objects in %2. It was read without executing anything.\nSize by part:")
                              .arg(objects, bytes));
}

QString ProblemsPanel::verdict() const { return pages_->currentIndex() == kFine ? verdict_->text() : QString(); }

void ProblemsPanel::go(int step) {
  const int count = model_->rowCount();
  if (count == 0) return;
  const int current = model_->rowOf(selection_->node());
  const int next = current < 0 ? (step > 0 ? 0 : count - 1) : (current + step + count) % count;
  selection_->select(model_->nodeAt(next), Selection::Reveal::Center);
}

void ProblemsPanel::activate(const QModelIndex& index) {
  if (index.isValid() && !following_) selection_->select(model_->nodeAt(index.row()), Selection::Reveal::Center);
}

void ProblemsPanel::onSelectionChanged(graph::NodeId node) {
  following_ = true;  // the selection is the source here: the view must not centre what another view selected
  const int row = model_->rowOf(node);
  if (row < 0) {
    view_->selectionModel()->clear();
  } else if (view_->currentIndex().row() != row) {
    view_->selectionModel()->setCurrentIndex(model_->index(row, 0),
                                             QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    view_->scrollTo(model_->index(row, 0));
  }
  following_ = false;
}

}  // namespace dill::gui
