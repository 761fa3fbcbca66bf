#include "panels/code_box.h"

#include <QFontDatabase>
#include <QTextOption>

#include <algorithm>
#include <cmath>

namespace dill::gui {

CodeBox::CodeBox(QWidget* parent) : QTextEdit(parent) {
  setReadOnly(true);
  setAcceptRichText(false);
  setTabChangesFocus(true);
  setFrameShape(QFrame::NoFrame);
  setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
  document()->setDocumentMargin(6);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void CodeBox::setCode(const QString& text) {
  setPlainText(text);
  fitHeight();
}

void CodeBox::resizeEvent(QResizeEvent* event) {
  QTextEdit::resizeEvent(event);
  fitHeight();
}

void CodeBox::fitHeight() {
  const int height = static_cast<int>(std::ceil(document()->size().height())) + 2 * frameWidth();
  setFixedHeight(std::clamp(height, fontMetrics().height() + 12, kMaxHeight));
}

}  // namespace dill::gui
