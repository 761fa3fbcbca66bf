#include "panels/row_view.h"

#include <QAccessible>
#include <QHeaderView>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

#include "models/node_status.h"

namespace dill::gui {
namespace {
constexpr int kCellPadding = 6;
}

RowView::RowView(QWidget* parent) : QAbstractScrollArea(parent), header_(new QHeaderView(Qt::Horizontal, this)) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  header_->setStretchLastSection(true);
  header_->setHighlightSections(false);
  header_->setSectionsClickable(false);
  header_->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  viewport()->setBackgroundRole(QPalette::Base);
  viewport()->setAutoFillBackground(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  connect(header_, &QHeaderView::sectionResized, viewport(), qOverload<>(&QWidget::update));
}

void RowView::setModel(QAbstractItemModel* model) {
  model_ = model;
  header_->setModel(model);
  const auto reset = [this] {
    current_ = -1;
    setBand(-1, -1);
    verticalScrollBar()->setValue(0);
    updateBars();
    viewport()->update();
  };
  connect(model_, &QAbstractItemModel::modelReset, this, reset);
  reset();
}

int RowView::rowHeight() const { return fontMetrics().height() + 4; }

int RowView::visibleRows() const { return std::max(1, viewport()->height() / rowHeight()); }

int RowView::rowAt(const QPoint& at) const {
  const int row = verticalScrollBar()->value() + at.y() / rowHeight();
  return row < rowCount() ? row : -1;
}

QRect RowView::rowRect(int row) const {
  return {0, (row - verticalScrollBar()->value()) * rowHeight(), viewport()->width(), rowHeight()};
}

void RowView::updateBars() {
  const int height = header_->sizeHint().height();
  setViewportMargins(0, height, 0, 0);
  header_->setGeometry(viewport()->x(), viewport()->y() - height, viewport()->width(), height);
  verticalScrollBar()->setPageStep(visibleRows());
  verticalScrollBar()->setSingleStep(1);
  verticalScrollBar()->setRange(0, std::max(0, rowCount() - visibleRows()));
}

void RowView::setCurrentRow(int row) {
  current_ = std::clamp(row, -1, rowCount() - 1);
  if (current_ >= 0) {
    const int first = verticalScrollBar()->value();
    if (current_ < first || current_ >= first + visibleRows()) {
      verticalScrollBar()->setValue(current_ - visibleRows() / 3);
    }
    announce();
  }
  viewport()->update();
}

void RowView::announce() {
  // Rows are no objects of their own that a screen reader could ask.
  QStringList cells;
  for (int column = 0; column < model_->columnCount(); ++column) {
    cells << model_->index(current_, column).data().toString();
  }
  setAccessibleDescription(cells.join(u' '));
  QAccessibleEvent event(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&event);
}

void RowView::setBand(int first, int last) {
  bandFirst_ = first;
  bandLast_ = last;
  viewport()->update();
}

void RowView::choose(int row) {
  if (rowCount() == 0) return;
  row = std::clamp(row, 0, rowCount() - 1);
  // Step by step the picture moves by one row.
  const int first = verticalScrollBar()->value();
  if (row < first) {
    verticalScrollBar()->setValue(row);
  } else if (row >= first + visibleRows()) {
    verticalScrollBar()->setValue(row - visibleRows() + 1);
  }
  setCurrentRow(row);
  emit rowChosen(row);
}

void RowView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Up:
      choose(current_ - 1);
      return;
    case Qt::Key_Down:
      choose(current_ + 1);
      return;
    case Qt::Key_PageUp:
      choose(current_ - visibleRows());
      return;
    case Qt::Key_PageDown:
      choose(current_ + visibleRows());
      return;
    case Qt::Key_Home:
      choose(0);
      return;
    case Qt::Key_End:
      choose(rowCount() - 1);
      return;
    default:
      QAbstractScrollArea::keyPressEvent(event);
  }
}

void RowView::mousePressEvent(QMouseEvent* event) {
  const int row = rowAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && row >= 0) choose(row);
}

bool RowView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::ToolTip && model_) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int row = rowAt(help->pos());
    const QString text = row < 0 ? QString() : model_->index(row, 0).data(Qt::ToolTipRole).toString();
    QToolTip::showText(help->globalPos(), text.toHtmlEscaped(), viewport());
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void RowView::scrollContentsBy(int, int) { viewport()->update(); }

void RowView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  updateBars();
}

void RowView::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void RowView::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

void RowView::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) updateBars();
}

void RowView::paintEvent(QPaintEvent*) {
  if (!model_) return;
  QPainter painter(viewport());
  const QPalette::ColorGroup group = hasFocus() ? QPalette::Active : QPalette::Inactive;
  const QColor text = palette().color(QPalette::Text);
  const QColor band = blend(palette().color(QPalette::Base), palette().color(QPalette::Highlight), 0.14);
  const int first = verticalScrollBar()->value();
  const int last = std::min(rowCount() - 1, first + viewport()->height() / rowHeight());
  for (int row = first; row <= last; ++row) {
    const QRect line = rowRect(row);
    const bool current = row == current_;
    if (current) {
      painter.fillRect(line, palette().color(group, QPalette::Highlight));
    } else if (row >= bandFirst_ && row <= bandLast_) {
      painter.fillRect(line, band);
    }
    painter.setPen(current ? palette().color(group, QPalette::HighlightedText) : text);
    for (int column = 0; column < model_->columnCount(); ++column) {
      const QModelIndex index = model_->index(row, column);
      const QRect cell(header_->sectionViewportPosition(column), line.top(), header_->sectionSize(column),
                       line.height());
      const QRect inside = cell.adjusted(kCellPadding, 0, -kCellPadding, 0);
      const QVariant font = index.data(Qt::FontRole);
      painter.setFont(font.isValid() ? font.value<QFont>() : this->font());
      const QVariant alignment = index.data(Qt::TextAlignmentRole);
      const int align = alignment.isValid() ? alignment.toInt() : int(Qt::AlignLeft | Qt::AlignVCenter);
      painter.drawText(inside, align | Qt::TextSingleLine,
                       painter.fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, inside.width()));
    }
  }
}

}  // namespace dill::gui
