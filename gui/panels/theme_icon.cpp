#include "panels/theme_icon.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

namespace dill::gui {
namespace {

// In the files, everything to be painted in the text colour is black.
constexpr auto kInk = "#000000";
constexpr auto kRed = "#c62828";  // a problem; grey like everything else in a disabled icon

class ThemeIconEngine : public QIconEngine {
 public:
  explicit ThemeIconEngine(QByteArray svg) : svg_(std::move(svg)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const QPalette palette = QApplication::palette();
    QColor ink = palette.color(mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active, QPalette::ButtonText);
    if (mode == QIcon::Selected) ink = palette.color(QPalette::Active, QPalette::HighlightedText);
    QByteArray svg = QByteArray(svg_).replace(kInk, ink.name().toLatin1());
    if (mode == QIcon::Disabled) svg.replace(kRed, ink.name().toLatin1());
    QSvgRenderer renderer(svg);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    renderer.render(painter, rect);
    painter->restore();
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(0, 0), size), mode, state);
    return pixmap;
  }

  QIconEngine* clone() const override { return new ThemeIconEngine(svg_); }

 private:
  QByteArray svg_;
};

}  // namespace

QIcon themeIcon(const QString& name) {
  QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
  if (!file.open(QIODevice::ReadOnly)) return {};
  return QIcon(new ThemeIconEngine(file.readAll()));
}

}  // namespace dill::gui
