#include "models/source_block.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <algorithm>

#include "models/node_text.h"

namespace dill::gui {
namespace {

constexpr int kTabWidth = 8;

QString tr(const char* text) { return QCoreApplication::translate("SourceBlock", text); }

int indentOf(const QString& line) {
  int columns = 0;
  for (const QChar c : line) {
    if (c == u'\t') {
      columns += kTabWidth - columns % kTabWidth;
    } else if (c == u' ') {
      ++columns;
    } else {
      break;
    }
  }
  return columns;
}

bool isBlank(const QString& line) {
  const QString text = line.trimmed();
  return text.isEmpty() || text.startsWith(u'#');
}

// Follows Python's brackets and strings, as far as is needed to know where a statement goes on in the next line.
class Scanner {
 public:
  bool continues() const { return !quotes_.isEmpty() || depth_ > 0 || joined_; }
  bool leftItsBrackets() const { return depth_ < 0; }

  void feed(const QString& line) {
    joined_ = false;
    for (qsizetype i = 0; i < line.size();) {
      if (!quotes_.isEmpty()) {
        i = endOfString(line, i);
        continue;
      }
      const QChar c = line[i];
      if (c == u'#') return;
      if (c == u'"' || c == u'\'') {
        const QString triple(3, c);
        quotes_ = line.mid(i, 3) == triple ? triple : QString(c);
        i += quotes_.size();
        continue;
      }
      if (c == u'(' || c == u'[' || c == u'{') ++depth_;
      if (c == u')' || c == u']' || c == u'}') --depth_;
      joined_ = c == u'\\' && i + 1 == line.size();
      ++i;
    }
    if (quotes_.size() == 1) {  // a string in single quotes ends with its line, unless that is joined to the next
      quotes_.clear();
      joined_ = line.endsWith(u'\\');
    }
  }

 private:
  qsizetype endOfString(const QString& line, qsizetype i) {
    while (i < line.size()) {
      if (line[i] == u'\\') {
        i += 2;
      } else if (line.mid(i, quotes_.size()) == quotes_) {
        i += quotes_.size();
        quotes_.clear();
        return i;
      } else {
        ++i;
      }
    }
    return line.size();
  }

  QString quotes_;  // of the string that is open
  int depth_ = 0;
  bool joined_ = false;
};

bool opensBlock(const QString& statement) {
  static const QRegularExpression pattern(QStringLiteral("^(async\\s+def|def|class)\\b"));
  return pattern.match(statement).hasMatch();
}

// Index of the line behind the block that begins at `first`.
int endOfBlock(const QStringList& text, int first) {
  const int indent = indentOf(text[first]);
  bool inHeader = true;  // still at the decorators
  bool block = false;
  Scanner scanner;
  int end = first + 1;
  for (int i = first; i < text.size(); ++i) {
    if (!scanner.continues()) {
      if (isBlank(text[i])) continue;
      const int columns = indentOf(text[i]);
      if (columns < indent || (!inHeader && columns == indent)) break;
      const QString statement = text[i].trimmed();
      if (inHeader && !statement.startsWith(u'@')) {
        inHeader = false;
        block = opensBlock(statement);
      }
    }
    scanner.feed(text[i]);
    end = i + 1;
    if (scanner.leftItsBrackets()) break;
    if (!inHeader && !block && !scanner.continues()) break;
  }
  return end;
}

// Index of the `class` line, or of its first decorator; -1 if it is not there.
int findClass(const QStringList& text, int method, const QString& name) {
  const QRegularExpression pattern(QStringLiteral("^\\s*class\\s+%1\\b").arg(QRegularExpression::escape(name)));
  const int indent = indentOf(text[method]);
  for (int i = method - 1; i >= 0; --i) {
    if (!pattern.match(text[i]).hasMatch() || indentOf(text[i]) >= indent) continue;
    const int columns = indentOf(text[i]);
    while (i > 0 && text[i - 1].trimmed().startsWith(u'@') && indentOf(text[i - 1]) == columns) --i;
    return i;
  }
  return -1;
}

SourceBlock nothing(const QString& trouble) {
  SourceBlock block;
  block.trouble = trouble;
  return block;
}

}  // namespace

SourceBlock findBlock(const QStringList& text, int line, const QString& className) {
  if (line < 1 || line > text.size()) {
    return nothing(tr("The file has only %1 lines now: it has changed.").arg(text.size()));
  }
  SourceBlock block;
  int first = line - 1;
  if (!className.isEmpty()) {
    const int found = findClass(text, first, className);
    block.exact = found >= 0;
    if (found >= 0) first = found;
  }
  const int end = endOfBlock(text, first);
  block.cut = end - first > SourceBlock::kMaxLines;
  block.lines = text.mid(first, std::min(end - first, SourceBlock::kMaxLines));
  block.firstLine = first + 1;
  return block;
}

QStringList withoutIndentation(const QStringList& lines) {
  if (lines.isEmpty()) return lines;
  const QString& first = lines.first();
  qsizetype blanks = 0;
  while (blanks < first.size() && (first[blanks] == u' ' || first[blanks] == u'\t')) ++blanks;
  const QString prefix = first.first(blanks);
  QStringList result;
  for (const QString& line : lines) result << (line.startsWith(prefix) ? line.sliced(blanks) : line);
  return result;
}

SourceBlock readSource(const QString& file, const graph::Location& location, const QString& className) {
  if (file.startsWith(u'<')) {
    return nothing(tr("It was typed in or made by a program (%1), so there is no file to show.").arg(file));
  }
  const QFileInfo info(file);
  if (info.isRelative()) return nothing(tr("Only a relative file name is known, not its folder."));
  if (!info.exists()) return nothing(tr("The file does not exist here."));
  if (!info.isFile()) return nothing(tr("This is no regular file."));
  if (info.size() > SourceBlock::kMaxFileBytes) {
    return nothing(tr("The file is too large to show (%1; at most %2).")
                       .arg(byteText(static_cast<std::uint64_t>(info.size())), byteText(SourceBlock::kMaxFileBytes)));
  }
  QFile input(file);
  if (!input.open(QIODevice::ReadOnly)) return nothing(tr("The file cannot be read: %1.").arg(input.errorString()));
  QString text = QString::fromUtf8(input.read(SourceBlock::kMaxFileBytes));
  if (text.contains(QChar::Null)) return nothing(tr("The file is no text."));
  text.replace(QStringLiteral("\r\n"), QStringLiteral("\n")).replace(u'\r', u'\n');
  const auto line = static_cast<int>(std::min<std::uint32_t>(location.line, 0x7FFF'FFFF));
  return findBlock(text.split(u'\n'), line, location.in_class != 0 ? className : QString());
}

}  // namespace dill::gui
