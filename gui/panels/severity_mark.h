// Marks for severities and verdicts: each one a shape of its own, so that colour is not all that tells them apart.
#pragma once

#include <QPixmap>
#include <QRectF>

#include "inspect/judgement/inspection.h"

class QPainter;
class QPalette;

namespace dill::gui {

enum class SeverityMark {
  Fine,        // a disc with a tick, green
  Note,        // a ring with an i, in the colour of the text
  Suspicious,  // a triangle with an exclamation mark, amber
  Dangerous,   // an octagon with an exclamation mark, red
  Error,       // a disc with a cross, red
};

SeverityMark markOf(inspect::Severity severity);
SeverityMark markOf(inspect::Verdict verdict);

// The main colour of a mark on the palette's base.
QColor severityColor(SeverityMark mark, const QPalette& palette);
void paintSeverity(QPainter& painter, const QRectF& rect, SeverityMark mark, const QPalette& palette);
// The same as a picture of `size` by `size`, sharp at `ratio` device pixels a pixel.
QPixmap severityPixmap(SeverityMark mark, const QPalette& palette, int size, qreal ratio);

}  // namespace dill::gui
