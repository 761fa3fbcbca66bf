#include "panels/problem_delegate.h"

#include <QPainter>
#include <QStyle>
#include <QWidget>

#include "models/node_status.h"
#include "models/problems_model.h"

namespace dill::gui {
namespace {
constexpr int kPaddingX = 8;
constexpr int kPaddingY = 5;
}  // namespace

QSize ProblemDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  return {200, lines_ * option.fontMetrics.lineSpacing() + 2 * kPaddingY};
}

void ProblemDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  option.widget->style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
  const bool selected = option.state.testFlag(QStyle::State_Selected);
  const StatusColors red = statusColors(option.palette, NodeStatus::Culprit);
  const QPalette::ColorGroup group =
      option.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
  const QColor over = option.palette.color(group, QPalette::HighlightedText);
  const auto text = [&](int column) { return index.siblingAtColumn(column).data().toString(); };

  painter->save();
  painter->setFont(option.font);
  const int lineHeight = option.fontMetrics.lineSpacing();
  QRect line = option.rect.adjusted(kPaddingX, kPaddingY, -kPaddingX, 0);
  line.setHeight(lineHeight);
  const auto draw = [&](const QString& what, const QColor& color, Qt::TextElideMode elide) {
    painter->setPen(selected ? over : color);
    painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      option.fontMetrics.elidedText(what, elide, line.width()));
    line.translate(0, lineHeight);
  };
  draw(text(ProblemsModel::Path), option.palette.color(group, QPalette::Text), Qt::ElideMiddle);
  draw(text(ProblemsModel::Error), red.border, Qt::ElideRight);
  if (lines_ > 2)
    draw(text(ProblemsModel::Variable), statusColors(option.palette, NodeStatus::Plain).muted, Qt::ElideRight);
  painter->restore();
}

}  // namespace dill::gui
