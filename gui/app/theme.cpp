#include "app/theme.h"

#include <QApplication>
#include <QPalette>
#include <QToolTip>

namespace dill::gui {
namespace {

QPalette makePalette(bool dark) {
  const QColor window(dark ? 0x232629 : 0xf3f4f6);
  const QColor base(dark ? 0x1b1e20 : 0xffffff);
  const QColor text(dark ? 0xeceff1 : 0x1f2328);
  const QColor highlight(dark ? 0x3b82d6 : 0x1f6fd0);
  QPalette palette(window);
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::WindowText, text);
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::AlternateBase, QColor(dark ? 0x26292c : 0xf6f8fa));
  palette.setColor(QPalette::Text, text);
  palette.setColor(QPalette::Button, QColor(dark ? 0x31363b : 0xe9ebee));
  palette.setColor(QPalette::ButtonText, text);
  palette.setColor(QPalette::BrightText, Qt::white);
  palette.setColor(QPalette::ToolTipBase, QColor(dark ? 0x31363b : 0xffffff));
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::PlaceholderText, QColor(dark ? 0x9aa4ad : 0x656d76));
  palette.setColor(QPalette::Highlight, highlight);
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, QColor(dark ? 0x6cb2f5 : 0x0a5cc0));
  palette.setColor(QPalette::LinkVisited, QColor(dark ? 0xb794f6 : 0x6f42c1));
  const QColor faded(dark ? 0x71797f : 0x9a9fa5);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText}) {
    palette.setColor(QPalette::Disabled, role, faded);
  }
  return palette;
}

}  // namespace

void applyTheme(Theme theme) {
  // The palette as the platform gave it, kept before it is overridden for the first time.
  static const QPalette system = QApplication::palette();
  const QPalette palette = theme == Theme::System ? system : makePalette(theme == Theme::Dark);
  QApplication::setPalette(palette);
  QToolTip::setPalette(palette);
}

}  // namespace dill::gui
