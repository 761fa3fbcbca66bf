// Text in a panel: plain whatever it says, wrapped, to be selected and copied; and the words in place of what is missing.
#pragma once

#include <QString>

class QLabel;
class QWidget;

namespace dill::gui {

QLabel* makeText(const QString& objectName, QWidget* parent);
// For a panel that has nothing to show: faint, at its top.
QLabel* makeNothing(const QString& text, QWidget* parent);

}  // namespace dill::gui
