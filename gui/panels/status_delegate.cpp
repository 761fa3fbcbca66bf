#include "panels/status_delegate.h"

#include <QPainter>
#include <QStyle>
#include <QWidget>

#include "models/node_status.h"

namespace dill::gui {
namespace {
constexpr int kMarkWidth = 16;
constexpr int kMark = 9;
}  // namespace

StatusDelegate::StatusDelegate(int statusRole, QObject* parent)
    : QStyledItemDelegate(parent), statusRole_(statusRole) {}

QSize StatusDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QSize size = QStyledItemDelegate::sizeHint(option, index);
  return {size.width() + kMarkWidth, size.height() + 2};
}

void StatusDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const auto status = static_cast<NodeStatus>(index.data(statusRole_).toInt());
  if (!isMarked(status)) {
    QStyledItemDelegate::paint(painter, option, index);
    return;
  }
  QStyleOptionViewItem whole(option);
  initStyleOption(&whole, index);
  const QWidget* widget = option.widget;
  widget->style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &whole, painter, widget);
  const QColor color = statusColors(option.palette, status).border;
  QRectF mark(option.rect.left() + 4, option.rect.center().y() - kMark / 2.0 + 0.5, kMark, kMark);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (isItself(status)) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    painter->drawEllipse(mark);
  } else {
    painter->setPen(QPen(color, 2));
    painter->setBrush(Qt::NoBrush);
    painter->drawEllipse(mark.adjusted(1, 1, -1, -1));
  }
  painter->restore();
  QStyleOptionViewItem text(option);
  text.rect.setLeft(option.rect.left() + kMarkWidth);
  QStyledItemDelegate::paint(painter, text, index);
}

ShareDelegate::ShareDelegate(int shareRole, QObject* parent) : QStyledItemDelegate(parent), shareRole_(shareRole) {}

void ShareDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const double share = index.data(shareRole_).toDouble();
  QRectF bar = QRectF(option.rect).adjusted(3, 3, -3, -3);
  bar.setWidth(bar.width() * share);
  QColor color = option.palette.color(QPalette::Highlight);
  color.setAlphaF(0.35F);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(Qt::NoPen);
  painter->setBrush(color);
  painter->drawRoundedRect(bar, 2, 2);
  painter->restore();
  QStyledItemDelegate::paint(painter, option, index);
}

}  // namespace dill::gui
