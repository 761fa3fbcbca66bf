#include "panels/loading_delegate.h"

#include <QPainter>
#include <QStyle>
#include <QWidget>

#include "models/loading_model.h"
#include "models/node_status.h"
#include "panels/severity_mark.h"

namespace dill::gui {
namespace {
constexpr int kPaddingX = 6;
constexpr int kPaddingY = 4;
constexpr int kMark = 14;
constexpr int kGap = 6;
constexpr int kRowWidth = 200;
}  // namespace

QSize LoadingDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  return {kRowWidth, 2 * option.fontMetrics.lineSpacing() + 2 * kPaddingY};
}

void LoadingDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  option.widget->style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
  const bool selected = option.state.testFlag(QStyle::State_Selected);
  const QPalette::ColorGroup group =
      option.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
  const QColor over = option.palette.color(group, QPalette::HighlightedText);
  const bool heading = index.data(LoadingModel::SectionRole).toBool();

  painter->save();
  QRect line = option.rect.adjusted(kPaddingX, kPaddingY, -kPaddingX, 0);
  const QVariant severity = index.data(LoadingModel::SeverityRole);
  if (severity.isValid()) {
    const QRectF mark(line.left(), line.top() + (option.fontMetrics.height() - kMark) / 2.0, kMark, kMark);
    if (selected) {
      // The mark keeps its colours: on the highlight it needs a ground of its own.
      painter->setRenderHint(QPainter::Antialiasing);
      painter->setPen(Qt::NoPen);
      painter->setBrush(option.palette.color(QPalette::Base));
      painter->drawRoundedRect(mark.adjusted(-2, -2, 2, 2), 4, 4);
    }
    paintSeverity(*painter, mark, markOf(static_cast<inspect::Severity>(severity.toInt())), option.palette);
  }
  if (!heading) line.setLeft(line.left() + kMark + kGap);
  line.setHeight(option.fontMetrics.lineSpacing());
  QFont font = option.font;
  if (heading) font.setWeight(QFont::DemiBold);
  painter->setFont(font);
  painter->setPen(selected ? over : option.palette.color(group, QPalette::Text));
  painter->drawText(line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                    QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, line.width()));
  line.translate(0, line.height());
  painter->setFont(option.font);
  painter->setPen(selected ? over : statusColors(option.palette, NodeStatus::Plain).muted);
  painter->drawText(
      line, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
      option.fontMetrics.elidedText(index.data(LoadingModel::DetailRole).toString(), Qt::ElideRight, line.width()));
  painter->restore();
}

VerdictDelegate::VerdictDelegate(int verdictRole, QObject* parent)
    : QStyledItemDelegate(parent), verdictRole_(verdictRole) {}

QSize VerdictDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QSize size = QStyledItemDelegate::sizeHint(option, index);
  return {size.width() + kMark + kGap, size.height() + 2};
}

void VerdictDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QVariant verdict = index.data(verdictRole_);
  if (!verdict.isValid()) {
    QStyledItemDelegate::paint(painter, option, index);
    return;
  }
  QStyleOptionViewItem whole(option);
  initStyleOption(&whole, index);
  option.widget->style()->drawPrimitive(QStyle::PE_PanelItemViewItem, &whole, painter, option.widget);
  const QRectF mark(option.rect.left() + 4, option.rect.center().y() - kMark / 2.0 + 1, kMark, kMark);
  if (option.state.testFlag(QStyle::State_Selected)) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(option.palette.color(QPalette::Base));
    painter->drawRoundedRect(mark.adjusted(-1.5, -1.5, 1.5, 1.5), 4, 4);
    painter->restore();
  }
  paintSeverity(*painter, mark, markOf(static_cast<inspect::Verdict>(verdict.toInt())), option.palette);
  QStyleOptionViewItem text(option);
  text.rect.setLeft(option.rect.left() + kMark + kGap);
  QStyledItemDelegate::paint(painter, text, index);
}

}  // namespace dill::gui
