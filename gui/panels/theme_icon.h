// Icons that follow the palette: line drawings in the colour of the text around them.
#pragma once

#include <QIcon>

namespace dill::gui {

// The icon ":/icons/<name>.svg". Its strokes are drawn in the palette's text colour, so it is right in light and dark
// and at every resolution. An unknown name gives a null icon.
QIcon themeIcon(const QString& name);

}  // namespace dill::gui
