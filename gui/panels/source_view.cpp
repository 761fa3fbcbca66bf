#include "panels/source_view.h"

#include <QFontDatabase>
#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>
#include <cmath>

#include "panels/python_highlighter.h"

namespace dill::gui {
namespace {
constexpr int kNumberPadding = 6;
constexpr int kTabColumns = 4;
}  // namespace

SourceView::SourceView(QWidget* parent) : QPlainTextEdit(parent), numbers_(new QWidget(this)) {
  setReadOnly(true);
  setTabChangesFocus(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setLineWrapMode(QPlainTextEdit::NoWrap);
  setFrameShape(QFrame::NoFrame);
  setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  setTabStopDistance(kTabColumns * fontMetrics().horizontalAdvance(u' '));
  setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  highlighter_ = new PythonHighlighter(document(), palette());
  numbers_->installEventFilter(this);
  connect(this, &QPlainTextEdit::updateRequest, this, [this] { numbers_->update(); });
  connect(horizontalScrollBar(), &QScrollBar::rangeChanged, this, &SourceView::fitHeight);
}

void SourceView::setSource(const QStringList& lines, int firstLine) {
  firstLine_ = firstLine;
  setPlainText(lines.join(u'\n'));
  moveCursor(QTextCursor::Start);
  setViewportMargins(numberWidth(), 0, 0, 0);
  placeNumbers();
  fitHeight();
}

int SourceView::numberWidth() const {
  const int last = firstLine_ + blockCount() - 1;
  return fontMetrics().horizontalAdvance(QString::number(last)) + 2 * kNumberPadding;
}

void SourceView::placeNumbers() {
  const QRect inside = contentsRect();
  numbers_->setGeometry(inside.left(), inside.top(), numberWidth(), inside.height());
}

void SourceView::fitHeight() {
  const int lines = std::min(blockCount(), kMaxVisibleLines);
  const auto margins = static_cast<int>(std::ceil(2 * document()->documentMargin()));
  const QScrollBar* bar = horizontalScrollBar();
  const int scrollBar = bar->maximum() > bar->minimum() ? bar->sizeHint().height() : 0;
  setFixedHeight(lines * fontMetrics().lineSpacing() + margins + 2 * frameWidth() + scrollBar + 2);
}

void SourceView::resizeEvent(QResizeEvent* event) {
  QPlainTextEdit::resizeEvent(event);
  placeNumbers();
}

void SourceView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) highlighter_->setPalette(palette());
  QPlainTextEdit::changeEvent(event);
}

bool SourceView::eventFilter(QObject* watched, QEvent* event) {
  if (watched != numbers_ || event->type() != QEvent::Paint) return QPlainTextEdit::eventFilter(watched, event);
  paintNumbers(static_cast<QPaintEvent*>(event));
  return true;
}

void SourceView::paintNumbers(QPaintEvent* event) {
  QPainter painter(numbers_);
  painter.fillRect(event->rect(), palette().color(QPalette::AlternateBase));
  painter.setFont(font());
  painter.setPen(palette().color(QPalette::PlaceholderText));
  const int lineHeight = fontMetrics().height();
  for (QTextBlock block = firstVisibleBlock(); block.isValid(); block = block.next()) {
    const QRectF rect = blockBoundingGeometry(block).translated(contentOffset());
    if (rect.top() > event->rect().bottom()) break;
    painter.drawText(QRectF(0, rect.top(), numbers_->width() - kNumberPadding, lineHeight),
                     Qt::AlignRight | Qt::AlignVCenter, QString::number(firstLine_ + block.blockNumber()));
  }
}

}  // namespace dill::gui
