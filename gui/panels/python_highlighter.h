// Colours for Python source: keywords, strings, comments, numbers, decorators; made from the palette.
#pragma once

#include <QPalette>
#include <QSyntaxHighlighter>
#include <QTextCharFormat>

namespace dill::gui {

class PythonHighlighter : public QSyntaxHighlighter {
  Q_OBJECT
 public:
  PythonHighlighter(QTextDocument* document, const QPalette& palette);
  void setPalette(const QPalette& palette);

 protected:
  void highlightBlock(const QString& text) override;

 private:
  // Formats a string from `start` (its first quote) on; returns the position behind it. Sets the block state if a
  // triple-quoted one goes on in the next line.
  qsizetype formatString(const QString& text, qsizetype start, qsizetype quotes, const QString& closing);

  QTextCharFormat keyword_, string_, comment_, number_, decorator_;
};

}  // namespace dill::gui
