#include "panels/severity_mark.h"

#include <QPainter>
#include <QPainterPath>
#include <QPalette>

#include <cmath>
#include <numbers>

#include "models/node_status.h"

namespace dill::gui {

SeverityMark markOf(inspect::Severity severity) {
  switch (severity) {
    case inspect::Severity::Note:
      return SeverityMark::Note;
    case inspect::Severity::Suspicious:
      return SeverityMark::Suspicious;
    case inspect::Severity::Dangerous:
      return SeverityMark::Dangerous;
    case inspect::Severity::Error:
      return SeverityMark::Error;
  }
  return SeverityMark::Note;
}

SeverityMark markOf(inspect::Verdict verdict) {
  switch (verdict) {
    case inspect::Verdict::Clean:
      return SeverityMark::Fine;
    case inspect::Verdict::Suspicious:
      return SeverityMark::Suspicious;
    case inspect::Verdict::Dangerous:
      return SeverityMark::Dangerous;
    case inspect::Verdict::Error:
      return SeverityMark::Error;
  }
  return SeverityMark::Error;
}

QColor severityColor(SeverityMark mark, const QPalette& palette) {
  const bool dark = isDark(palette);
  switch (mark) {
    case SeverityMark::Fine:
      return QColor(dark ? 0x66bb6a : 0x2e7d32);
    case SeverityMark::Note:
      return statusColors(palette, NodeStatus::Plain).muted;
    case SeverityMark::Suspicious:
      return statusColors(palette, NodeStatus::Suspicious).border;
    case SeverityMark::Dangerous:
    case SeverityMark::Error:
      return statusColors(palette, NodeStatus::Dangerous).border;
  }
  return {};
}

void paintSeverity(QPainter& painter, const QRectF& rect, SeverityMark mark, const QPalette& palette) {
  const QColor color = severityColor(mark, palette);
  const QColor over = isDark(palette) ? QColor(0x1b1e20) : QColor(Qt::white);
  const qreal size = std::min(rect.width(), rect.height());
  const QPointF center = rect.center();
  const qreal radius = size / 2;
  const auto at = [&](qreal x, qreal y) { return center + QPointF(x, y) * radius; };
  const auto stroke = [&](const QColor& ink, qreal width) {
    painter.setPen(QPen(ink, width * radius, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
  };
  const auto solid = [&](const QPainterPath& path) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPath(path);
  };
  QPainterPath shape;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  switch (mark) {
    case SeverityMark::Fine:
      shape.addEllipse(center, radius, radius);
      solid(shape);
      stroke(over, 0.24);
      painter.drawPolyline(QPolygonF{at(-0.45, 0.05), at(-0.1, 0.42), at(0.48, -0.34)});
      break;
    case SeverityMark::Note:
      stroke(color, 0.18);
      painter.drawEllipse(center, radius * 0.9, radius * 0.9);
      stroke(color, 0.22);
      painter.drawLine(at(0, -0.02), at(0, 0.45));
      painter.drawPoint(at(0, -0.42));
      break;
    case SeverityMark::Suspicious:
      shape.addPolygon(QPolygonF{at(0, -0.95), at(1.0, 0.85), at(-1.0, 0.85)});
      shape.closeSubpath();
      solid(shape);
      stroke(over, 0.22);
      painter.drawLine(at(0, -0.3), at(0, 0.22));
      painter.drawPoint(at(0, 0.58));
      break;
    case SeverityMark::Dangerous: {
      QPolygonF octagon;
      for (int i = 0; i < 8; ++i) {
        const double angle = std::numbers::pi * (2 * i + 1) / 8;
        octagon << at(std::cos(angle), std::sin(angle));
      }
      shape.addPolygon(octagon);
      shape.closeSubpath();
      solid(shape);
      stroke(over, 0.24);
      painter.drawLine(at(0, -0.48), at(0, 0.12));
      painter.drawPoint(at(0, 0.5));
      break;
    }
    case SeverityMark::Error:
      shape.addEllipse(center, radius, radius);
      solid(shape);
      stroke(over, 0.24);
      painter.drawLine(at(-0.36, -0.36), at(0.36, 0.36));
      painter.drawLine(at(-0.36, 0.36), at(0.36, -0.36));
      break;
  }
  painter.restore();
}

QPixmap severityPixmap(SeverityMark mark, const QPalette& palette, int size, qreal ratio) {
  QPixmap pixmap(QSize(size, size) * ratio);
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  paintSeverity(painter, QRectF(0, 0, size, size).adjusted(0.5, 0.5, -0.5, -0.5), mark, palette);
  return pixmap;
}

}  // namespace dill::gui
