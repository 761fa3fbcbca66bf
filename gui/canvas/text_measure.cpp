#include "canvas/text_measure.h"

namespace dill::gui {

TextMeasure::TextMeasure(const QFont& font) : font_(font), metrics_(font) {
  for (char16_t c = 32; c < 127; ++c) advance_[c] = metrics_.horizontalAdvance(QChar(c));
}

qreal TextMeasure::width(const QString& text) const {
  qreal width = 0;
  for (const QChar c : text) {
    if (c.unicode() >= 127 || c.unicode() < 32) return metrics_.horizontalAdvance(text);
    width += advance_[c.unicode()];
  }
  return width;
}

}  // namespace dill::gui
