#include "panels/members_panel.h"

#include <QHeaderView>
#include <QTreeView>
#include <QVBoxLayout>

#include "models/members_model.h"
#include "panels/loading_delegate.h"

namespace dill::gui {
namespace {
constexpr std::size_t kExpandedMembers = 200;  // of larger archives only the way to the current one is open
}

MembersPanel::MembersPanel(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("membersPanel"));
  model_ = new MembersModel(this);
  view_ = new QTreeView(this);
  view_->setObjectName(QStringLiteral("membersView"));
  view_->setAccessibleName(tr("Members of the file"));
  view_->setModel(model_);
  view_->setUniformRowHeights(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setTextElideMode(Qt::ElideMiddle);
  view_->setIndentation(14);
  view_->setExpandsOnDoubleClick(false);
  view_->setItemDelegateForColumn(MembersModel::Loading, new VerdictDelegate(MembersModel::VerdictRole, view_));
  view_->header()->setStretchLastSection(false);
  view_->header()->setSectionResizeMode(MembersModel::Name, QHeaderView::Stretch);
  view_->header()->resizeSection(MembersModel::Format, 58);
  view_->header()->resizeSection(MembersModel::Size, 70);
  view_->header()->resizeSection(MembersModel::Loading, 118);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);
  connect(view_, &QAbstractItemView::clicked, this, &MembersPanel::activate);
  connect(view_, &QAbstractItemView::activated, this, &MembersPanel::activate);
}

void MembersPanel::setReport(const FileReportPtr& report, std::size_t current) {
  current_ = current;
  if (report != report_) {
    report_ = report;
    model_->setReport(report_);
    if (report_ && report_->inspection.members.size() <= kExpandedMembers) view_->expandAll();
  }
  if (!report_) return;
  const QModelIndex index = model_->indexOf(current_);
  view_->setCurrentIndex(index);
  view_->scrollTo(index);
}

void MembersPanel::activate(const QModelIndex& index) {
  const auto member = index.data(MembersModel::MemberRole).toUInt();
  if (!index.data(MembersModel::PickleRole).toBool()) {
    const QModelIndex first = index.siblingAtColumn(MembersModel::Name);
    if (model_->hasChildren(first)) view_->setExpanded(first, !view_->isExpanded(first));
    return;
  }
  if (member != current_) emit memberRequested(member);
}

}  // namespace dill::gui
