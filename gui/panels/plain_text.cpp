#include "panels/plain_text.h"

#include <QLabel>

namespace dill::gui {

QLabel* makeText(const QString& objectName, QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(objectName);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  return label;
}

QLabel* makeNothing(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setMargin(12);
  label->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

}  // namespace dill::gui
