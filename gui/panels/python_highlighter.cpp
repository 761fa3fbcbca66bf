#include "panels/python_highlighter.h"

#include <QSet>

#include "models/node_status.h"

namespace dill::gui {
namespace {

enum State { kPlain = 0, kInDouble = 1, kInSingle = 2 };  // inside a """ or ''' string at the end of a line

bool isKeyword(const QString& word) {
  static const QSet<QString> keywords = [] {
    const QString all = QStringLiteral(
        "False None True and as assert async await break case class continue def del elif else except finally for from "
        "global if import in is lambda match nonlocal not or pass raise return self try while with yield");
    const QStringList words = all.split(u' ');
    return QSet<QString>(words.begin(), words.end());
  }();
  return keywords.contains(word);
}

bool isWord(QChar c) { return c.isLetterOrNumber() || c == u'_'; }

}  // namespace

PythonHighlighter::PythonHighlighter(QTextDocument* document, const QPalette& palette) : QSyntaxHighlighter(document) {
  setPalette(palette);
}

void PythonHighlighter::setPalette(const QPalette& palette) {
  const bool dark = isDark(palette);
  const QColor text = palette.color(QPalette::Text);
  keyword_.setForeground(QColor(dark ? 0x7fb4f5 : 0x0a4fb0));
  string_.setForeground(QColor(dark ? 0x9ccf8a : 0x1f6b2c));
  comment_.setForeground(blend(text, palette.color(QPalette::Base), 0.38));
  number_.setForeground(QColor(dark ? 0xe0b070 : 0x8a4b00));
  decorator_.setForeground(QColor(dark ? 0xc8a6f0 : 0x6f35a8));
  rehighlight();
}

qsizetype PythonHighlighter::formatString(const QString& text, qsizetype start, qsizetype quotes,
                                          const QString& closing) {
  qsizetype i = start + quotes;
  while (i < text.size() && text.mid(i, closing.size()) != closing) i += text[i] == u'\\' ? 2 : 1;
  const bool open = i >= text.size();
  const qsizetype end = open ? text.size() : i + closing.size();
  setFormat(static_cast<int>(start), static_cast<int>(end - start), string_);
  if (open && closing.size() == 3) setCurrentBlockState(closing[0] == u'"' ? kInDouble : kInSingle);
  return end;
}

void PythonHighlighter::highlightBlock(const QString& text) {
  setCurrentBlockState(kPlain);
  qsizetype i = 0;
  if (previousBlockState() == kInDouble) i = formatString(text, 0, 0, QStringLiteral("\"\"\""));
  if (previousBlockState() == kInSingle) i = formatString(text, 0, 0, QStringLiteral("'''"));
  while (i < text.size()) {
    const QChar c = text[i];
    if (c == u'#') {
      setFormat(static_cast<int>(i), static_cast<int>(text.size() - i), comment_);
      return;
    }
    if (c == u'"' || c == u'\'') {
      const QString triple(3, c);
      const bool isTriple = text.mid(i, 3) == triple;
      i = formatString(text, i, isTriple ? 3 : 1, isTriple ? triple : QString(c));
      continue;
    }
    if (!isWord(c) && c != u'@') {
      ++i;
      continue;
    }
    qsizetype end = i + 1;
    while (end < text.size() && isWord(text[end])) ++end;
    const QString word = text.mid(i, end - i);
    const auto at = static_cast<int>(i);
    const auto length = static_cast<int>(end - i);
    if (c == u'@' && text.first(i).trimmed().isEmpty()) {
      setFormat(at, length, decorator_);
    } else if (c.isDigit()) {
      setFormat(at, length, number_);
    } else if (isKeyword(word)) {
      setFormat(at, length, keyword_);
    }
    i = end;
  }
}

}  // namespace dill::gui
