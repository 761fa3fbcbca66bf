#include "panels/output_panel.h"

#include <QFontDatabase>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextCharFormat>
#include <QVBoxLayout>

#include "models/node_status.h"

namespace dill::gui {

OutputPanel::OutputPanel(QWidget* parent) : QWidget(parent) {
  view_ = new QPlainTextEdit(this);
  view_->setObjectName(QStringLiteral("outputView"));
  view_->setAccessibleName(tr("Output of the program"));
  view_->setReadOnly(true);
  view_->setMaximumBlockCount(kMaxLines);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  view_->setPlaceholderText(tr("What the program prints appears here."));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);
}

void OutputPanel::clear() { view_->clear(); }

void OutputPanel::append(const QString& text, bool isError) {
  insert(text, isError ? statusColors(palette(), NodeStatus::Culprit).border : palette().color(QPalette::Text));
}

void OutputPanel::appendNotice(const QString& text) {
  const bool atLineStart = view_->document()->lastBlock().length() <= 1;
  insert((atLineStart ? QString() : QStringLiteral("\n")) + text + QLatin1Char('\n'),
         statusColors(palette(), NodeStatus::Plain).muted);
}

QString OutputPanel::text() const { return view_->toPlainText(); }

void OutputPanel::insert(const QString& text, const QColor& color) {
  QScrollBar* bar = view_->verticalScrollBar();
  const bool atEnd = bar->value() == bar->maximum();  // who has scrolled up to read stays there
  QTextCursor cursor(view_->document());
  cursor.movePosition(QTextCursor::End);
  QTextCharFormat format;
  format.setForeground(color);
  cursor.insertText(text, format);
  if (atEnd) bar->setValue(bar->maximum());
}

}  // namespace dill::gui
