#include "panels/session_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTreeView>
#include <QVBoxLayout>

#include "models/node_text.h"
#include "models/session_model.h"
#include "panels/status_delegate.h"

namespace dill::gui {

SessionPanel::SessionPanel(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setObjectName(QStringLiteral("sessionPanel"));
  model_ = new SessionModel(this);
  sorted_ = new QSortFilterProxyModel(this);
  sorted_->setSourceModel(model_);
  sorted_->setSortRole(SessionModel::SortRole);
  sorted_->setSortCaseSensitivity(Qt::CaseInsensitive);
  sorted_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  sorted_->setFilterKeyColumn(-1);
  about_ = new QLabel(this);
  about_->setObjectName(QStringLiteral("sessionAbout"));
  about_->setTextFormat(Qt::PlainText);
  about_->setWordWrap(true);
  about_->setMargin(8);
  filter_ = new QLineEdit(this);
  filter_->setObjectName(QStringLiteral("sessionFilter"));
  filter_->setPlaceholderText(tr("Filter variables"));
  filter_->setAccessibleName(tr("Filter the variables of the session"));
  filter_->setClearButtonEnabled(true);
  view_ = new QTreeView(this);
  view_->setObjectName(QStringLiteral("sessionView"));
  view_->setAccessibleName(tr("Variables of the session"));
  view_->setModel(sorted_);
  view_->setRootIsDecorated(false);
  view_->setUniformRowHeights(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setSortingEnabled(true);
  view_->setItemDelegateForColumn(SessionModel::Share, new ShareDelegate(SessionModel::ShareRole, view_));
  view_->header()->setSortIndicator(-1, Qt::AscendingOrder);
  view_->header()->setSortIndicatorClearable(true);
  view_->header()->resizeSection(SessionModel::Name, 86);
  view_->header()->resizeSection(SessionModel::Value, 122);
  view_->header()->resizeSection(SessionModel::Bytes, 66);
  view_->header()->resizeSection(SessionModel::Share, 56);
  view_->header()->resizeSection(SessionModel::Stored, 80);
  auto* top = new QVBoxLayout;
  top->setContentsMargins(8, 0, 8, 4);
  top->addWidget(filter_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(about_);
  layout->addLayout(top);
  layout->addWidget(view_, 1);

  connect(filter_, &QLineEdit::textChanged, sorted_, &QSortFilterProxyModel::setFilterFixedString);
  connect(view_, &QAbstractItemView::clicked, this, &SessionPanel::activate);
  connect(view_, &QAbstractItemView::activated, this, &SessionPanel::activate);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, &SessionPanel::activate);
  connect(selection_, &Selection::changed, this, &SessionPanel::onSelectionChanged);
}

void SessionPanel::setTable(const std::shared_ptr<const inspect::SessionTable>& table) {
  following_ = true;
  model_->setTable(table);
  following_ = false;
  if (!table) return;
  QStringList parts{
      tr("%1 variables of %2").arg(countText(table->variables.size()), visibleText(toQString(table->module)))};
  if (!table->python.empty()) parts << tr("written by Python %1").arg(visibleText(toQString(table->python)));
  if (table->refimported) parts << tr("imported names by reference");
  if (table->checksum) parts << tr("with a checksum");
  QString text = parts.join(QStringLiteral(" · "));
  if (!table->imports.empty()) {
    QStringList imports;
    for (const std::string& name : table->imports) imports << visibleText(toQString(name));
    constexpr qsizetype kShown = 12;
    if (imports.size() > kShown) imports = imports.first(kShown) << QStringLiteral("…");
    text += u'\n' + tr("Loading imports %1.").arg(imports.join(QStringLiteral(", ")));
  }
  about_->setText(text);
}

void SessionPanel::activate(const QModelIndex& index) {
  if (!index.isValid() || following_) return;
  const graph::NodeId node = index.data(SessionModel::NodeRole).toUInt();
  if (node != graph::kNoNode) selection_->select(node, Selection::Reveal::Center);
}

void SessionPanel::onSelectionChanged(graph::NodeId node) {
  const int row = model_->rowOf(node);
  following_ = true;
  const QModelIndex index = row < 0 ? QModelIndex() : sorted_->mapFromSource(model_->index(row, 0));
  if (!index.isValid()) {
    view_->selectionModel()->clear();
  } else if (view_->currentIndex().row() != index.row()) {
    view_->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    view_->scrollTo(index);
  }
  following_ = false;
}

}  // namespace dill::gui
