// The lines of a function or class, read from its file for display. Nothing is executed.
#pragma once

#include <QString>
#include <QStringList>

#include "graph/object_graph.h"

namespace dill::gui {

struct SourceBlock {
  static constexpr qint64 kMaxFileBytes = 4 << 20;
  static constexpr int kMaxLines = 400;

  QStringList lines;  // empty if there is nothing to show
  int firstLine = 0;  // number of lines[0] in the file, from 1
  bool cut = false;   // the block is longer than kMaxLines
  bool exact = true;  // false: these are the lines of a class's first method, because the class was not found
  QString trouble;    // why `lines` is empty, one sentence
};

// The block that begins at line `line` (from 1) of the text: decorators, header and everything indented below a `def`
// or `class`; of a lambda or generator expression its statement. If `className` is not empty, `line` is a method of that
// class, whose `class` line is looked for above it.
SourceBlock findBlock(const QStringList& text, int line, const QString& className = {});

// The lines without the indentation that they share with the first one.
QStringList withoutIndentation(const QStringList& lines);

// The block of a location; reads at most kMaxFileBytes of a regular file.
SourceBlock readSource(const QString& file, const graph::Location& location, const QString& className);

}  // namespace dill::gui
