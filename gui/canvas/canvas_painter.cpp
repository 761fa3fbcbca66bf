#include "canvas/canvas_painter.h"

#include <QPainterPath>
#include <QVector>

#include <algorithm>
#include <array>
#include <cmath>

namespace dill::gui {
namespace {

constexpr qreal kTextPixels = 9;    // smaller text is not drawn
constexpr qreal kRoundPixels = 12;  // boxes lower than this have square corners
constexpr qreal kRadius = 7;
constexpr qreal kPadX = 12;
constexpr qreal kPadY = 7;
constexpr qreal kLineGap = 2;
constexpr std::size_t kSmoothLines = 2'000;  // antialiasing doubles the time of a line
constexpr qreal kProblemPixels = 4;          // a problem is at least this large, whatever the zoom

QPen cosmeticPen(const QPainter& painter, const QColor& color, qreal width, Qt::PenStyle style) {
  // A cosmetic pen is in device pixels: on a screen with twice the resolution it would be half as wide.
  QPen pen(color, width * painter.device()->devicePixelRatioF(), style);
  pen.setCosmetic(true);
  return pen;
}

Qt::PenStyle referenceStyle(bool exact) { return exact ? Qt::DashLine : Qt::DotLine; }

// The point of an arrow at `end`; `direction` is from there to its base.
void paintPoint(QPainter& painter, QPointF end, QPointF direction, const QColor& color) {
  constexpr qreal kArrow = 5;
  const QPointF base = end + direction * kArrow * 1.6;
  const QPointF across(direction.y() * kArrow, direction.x() * kArrow);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  painter.drawPolygon(QPolygonF{end, base - across, base + across});
}

class Painter {
 public:
  Painter(QPainter& painter, const CanvasScene& scene, const QPalette& palette, const CanvasView& view)
      : painter_(painter), scene_(scene), palette_(palette), view_(view) {
    for (std::size_t i = 0; i < colors_.size(); ++i) colors_[i] = statusColors(palette, static_cast<NodeStatus>(i));
    const QColor base = palette.color(QPalette::Base);
    line_ = blend(palette.color(QPalette::Text), base, 0.65);
  }

  void paint() {
    const qreal pixel = 1 / view_.scale;
    const QRectF area = view_.area.adjusted(-4 * pixel, -4 * pixel, 4 * pixel, 4 * pixel);
    scene_.index().visit(
        {area.left(), area.top(), area.right(), area.bottom()}, view_.blockPixels * pixel,
        [this](std::size_t i) { items_.push_back(static_cast<int>(i)); },
        [this](const Box& box, std::uint8_t worst) {
          blocks_.push_back({box, static_cast<NodeStatus>(worst)});
        });
    painter_.save();
    painter_.scale(view_.scale, view_.scale);
    painter_.translate(-view_.origin);
    painter_.setRenderHint(QPainter::Antialiasing, items_.size() < kSmoothLines);
    painter_.setRenderHint(QPainter::TextAntialiasing);
    paintLines();
    paintReferences();  // behind the boxes, so that all texts stay readable
    paintBlocks();
    paintBoxes();
    painter_.restore();
  }

 private:
  const StatusColors& colors(NodeStatus status) const { return colors_[static_cast<std::size_t>(status)]; }

  QPen cosmetic(const QColor& color, qreal width, Qt::PenStyle style = Qt::SolidLine) const {
    return cosmeticPen(painter_, color, width, style);
  }

  void paintLines() {
    QVector<QLineF> plain;
    QVector<QLineF> marked;
    for (const int i : items_) {
      const SceneItem& item = scene_.items()[static_cast<std::size_t>(i)];
      if (item.parent < 0) continue;
      const SceneItem& parent = scene_.items()[static_cast<std::size_t>(item.parent)];
      const qreal middle = item.rect.center().y();
      const qreal trunk = item.rect.left() - CanvasScene::kTrunkInset;
      const bool first = item.trunkTop == middle;
      const qreal from = first ? parent.rect.right() : trunk;
      // Level with its parent if first; a lower parent's middle is joined by a short vertical piece.
      if (first && parent.rect.center().y() != middle) {
        (item.trunkMarked ? marked : plain)
            .append(QLineF(parent.rect.right(), parent.rect.center().y(), trunk, parent.rect.center().y()));
        (item.trunkMarked ? marked : plain).append(QLineF(trunk, parent.rect.center().y(), trunk, middle));
      } else if (first) {
        (item.trunkMarked ? marked : plain).append(QLineF(from, middle, trunk, middle));
      } else {
        (item.trunkMarked ? marked : plain).append(QLineF(trunk, item.trunkTop, trunk, middle));
      }
      (item.edgeMarked ? marked : plain).append(QLineF(trunk, middle, item.rect.left(), middle));
    }
    painter_.setPen(cosmetic(line_, 1));
    painter_.drawLines(plain);
    painter_.setPen(cosmetic(colors(NodeStatus::HoldsCulprit).border, 2));
    painter_.drawLines(marked);
  }

  // A rectangle that is at least `pixels` wide and high on the screen.
  QRectF atLeast(QRectF rect, qreal pixels) const {
    const qreal least = pixels / view_.scale;
    if (rect.width() < least) rect.setWidth(least);
    if (rect.height() < least) rect.setHeight(least);
    return rect;
  }

  void paintBlocks() {
    std::stable_sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) { return a.worst < b.worst; });
    for (const Block& block : blocks_) {
      const QRectF rect(block.box.left, block.box.top, block.box.right - block.box.left,
                        block.box.bottom - block.box.top);
      const bool problem = isMarked(block.worst);
      painter_.fillRect(problem ? atLeast(rect, kProblemPixels) : rect, colors(block.worst).border);
    }
  }

  void paintBoxes() {
    // Worst last, so that nothing covers a problem where boxes are less than a pixel.
    const qreal boxPixels = scene_.items().empty() ? 0 : scene_.items().front().rect.height() * view_.scale;
    if (boxPixels < kRoundPixels) {
      std::stable_sort(items_.begin(), items_.end(), [this](int a, int b) {
        return scene_.items()[static_cast<std::size_t>(a)].status < scene_.items()[static_cast<std::size_t>(b)].status;
      });
      for (const int i : items_) {
        const SceneItem& item = scene_.items()[static_cast<std::size_t>(i)];
        const bool problem = isMarked(item.status);
        painter_.fillRect(atLeast(item.rect, problem ? kProblemPixels : 1), colors(item.status).border);
        if (item.kind == VisibleItem::Kind::Node && item.node == view_.selected) paintRing(item);
      }
      return;
    }
    const bool texts = scene_.subtitleMeasure().metrics().ascent() * view_.scale >= kTextPixels * 0.75;
    for (const int i : items_) {
      const SceneItem& item = scene_.items()[static_cast<std::size_t>(i)];
      if (!item.rect.intersects(view_.area)) continue;
      paintBox(i, item, texts);
      if (texts) paintText(i, item);
    }
  }

  void paintRing(const SceneItem& item) {
    const qreal grow = 3 / std::max(view_.scale, 0.25);
    painter_.setBrush(Qt::NoBrush);
    QColor ring = palette_.color(QPalette::Highlight);
    painter_.setPen(cosmetic(ring, view_.focused ? 3 : 2));
    const QRectF rect = atLeast(item.rect, kProblemPixels).adjusted(-grow, -grow, grow, grow);
    painter_.drawRoundedRect(rect, kRadius + grow, kRadius + grow);
  }

  void paintBox(int i, const SceneItem& item, bool texts) {
    const StatusColors& color = colors(item.status);
    const bool selected = item.kind == VisibleItem::Kind::Node && item.node == view_.selected;
    QColor fill = color.fill;
    // Without texts to read, the colours may be strong.
    if (!texts && isItself(item.status)) {
      fill = color.border;
    } else if (!texts && isMarked(item.status)) {
      fill = blend(fill, color.border, 0.35);
    }
    if (i == view_.hovered) fill = blend(fill, palette_.color(QPalette::Text), 0.06);
    paintBoxShape(painter_, item.rect, {item.status, item.kind == VisibleItem::Kind::More, item.folded, kRadius}, color,
                  fill);
    if (selected) paintRing(item);
  }

  void paintText(int i, const SceneItem& item) {
    const ItemText text = scene_.text(i);
    const StatusColors& color = colors(item.status);
    const QRectF badge = scene_.badgeRect(i);
    const qreal left = item.rect.left() + kPadX;
    const qreal right = badge.isNull() ? item.rect.right() - kPadX : badge.left() - 6;
    const qreal room = std::max<qreal>(1, right - left) + 0.5;
    const QFontMetricsF& title = scene_.titleMeasure().metrics();
    const QFontMetricsF& subtitle = scene_.subtitleMeasure().metrics();
    qreal y = item.rect.top() + kPadY;
    painter_.setFont(scene_.titleMeasure().font());
    painter_.setPen(item.kind == VisibleItem::Kind::More ? palette_.color(QPalette::Link) : color.text);
    painter_.drawText(QPointF(left, y + title.ascent()), title.elidedText(text.title, Qt::ElideMiddle, room));
    if (item.kind == VisibleItem::Kind::More) return;
    y += title.height() + kLineGap;
    painter_.setFont(scene_.subtitleMeasure().font());
    painter_.setPen(color.muted);
    painter_.drawText(QPointF(left, y + subtitle.ascent()), subtitle.elidedText(text.subtitle, Qt::ElideRight, room));
    if (badge.isNull()) return;
    const bool problem = isMarked(item.status);
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(blend(color.fill, problem ? color.border : palette_.color(QPalette::Text), 0.16));
    painter_.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2);
    painter_.setPen(color.text);
    painter_.drawText(badge, Qt::AlignCenter, text.badge);
  }

  void paintReferences() {
    const QColor accent = palette_.color(QPalette::Link);
    std::vector<SceneReference> strong;
    if (view_.selected != graph::kNoNode) strong = scene_.referencesOf(view_.selected);
    if (view_.hovered >= 0) {
      const SceneItem& item = scene_.items()[static_cast<std::size_t>(view_.hovered)];
      if (item.kind == VisibleItem::Kind::Node) {
        const auto more = scene_.referencesOf(item.node);
        strong.insert(strong.end(), more.begin(), more.end());
      }
    }
    QColor faint = accent;
    faint.setAlphaF(0.45F);
    for (const SceneReference& reference : scene_.references()) paintReference(reference, faint, 1.2);
    for (const SceneReference& reference : strong) paintReference(reference, accent, 2);
  }

  // A dashed curve with an arrow: between boxes one above the other around their right sides, else from the nearer side
  // of one to above or below the other.
  void paintReference(const SceneReference& reference, const QColor& color, qreal width) {
    const QRectF& from = scene_.items()[static_cast<std::size_t>(reference.from)].rect;
    const QRectF& to = scene_.items()[static_cast<std::size_t>(reference.to)].rect;
    const bool stacked = from.left() < to.right() && to.left() < from.right();
    const bool leftwards = !stacked && to.center().x() < from.left();
    const bool upwards = to.center().y() < from.center().y();
    const QPointF start(leftwards ? from.left() : from.right(), from.center().y() + from.height() * 0.25);
    QPointF end(to.left() + std::min(to.width() / 2, 28.0), upwards ? to.bottom() + 2 : to.top() - 2);
    QPointF direction(0, upwards ? 1 : -1);  // from the arrow's point to its base
    QPainterPath path(start);
    if (stacked) {
      end = QPointF(to.right() + 2, to.center().y());
      direction = QPointF(1, 0);
      const qreal out =
          std::max(from.right(), to.right()) + std::clamp(std::abs(end.y() - start.y()) * 0.4, 30.0, 120.0);
      path.cubicTo(QPointF(out, start.y()), QPointF(out, end.y()), end);
    } else {
      const qreal lead = std::clamp(std::abs(end.x() - start.x()) * 0.5, 30.0, 140.0);
      const qreal lag = std::clamp(std::abs(end.y() - start.y()) * 0.5, 30.0, 160.0);
      path.cubicTo(QPointF(start.x() + (leftwards ? -lead : lead), start.y()), end + direction * lag, end);
    }
    if (!path.controlPointRect().intersects(view_.area)) return;
    painter_.setBrush(Qt::NoBrush);
    painter_.setPen(cosmetic(color, width, referenceStyle(reference.exact)));
    painter_.drawPath(path);
    paintPoint(painter_, end, direction, color);
  }

  struct Block {
    Box box;
    NodeStatus worst;
  };

  QPainter& painter_;
  const CanvasScene& scene_;
  const QPalette& palette_;
  const CanvasView& view_;
  std::array<StatusColors, kNodeStatuses> colors_;
  QColor line_;
  std::vector<int> items_;
  std::vector<Block> blocks_;
};

}  // namespace

void paintBoxShape(QPainter& painter, const QRectF& rect, const BoxLook& look, const StatusColors& colors,
                   const QColor& fill) {
  painter.setBrush(fill);
  Qt::PenStyle style = Qt::SolidLine;
  if (look.status == NodeStatus::ByReference) style = Qt::DashLine;
  if (look.dotted || look.status == NodeStatus::NotExamined) style = Qt::DotLine;
  painter.setPen(cosmeticPen(painter, colors.border, isItself(look.status) ? 2 : 1.2, style));
  if (look.folded) {  // a pile of sheets
    for (int sheet = 2; sheet > 0; --sheet) {
      painter.drawRoundedRect(rect.translated(3.0 * sheet, 3.0 * sheet), look.radius, look.radius);
    }
  }
  painter.drawRoundedRect(rect, look.radius, look.radius);
  if (!isItself(look.status)) return;
  QPainterPath stripe;
  stripe.addRoundedRect(rect, look.radius, look.radius);
  painter.save();
  painter.setClipPath(stripe, Qt::IntersectClip);
  painter.fillRect(QRectF(rect.left(), rect.top(), 5, rect.height()), colors.border);
  painter.restore();
}

void paintArrow(QPainter& painter, QPointF from, QPointF to, const QColor& color, bool exact) {
  const QPointF way = to - from;
  const qreal length = std::hypot(way.x(), way.y());
  if (length == 0) return;
  painter.setPen(cosmeticPen(painter, color, 1.6, referenceStyle(exact)));
  painter.drawLine(from, to);
  paintPoint(painter, to, -way / length, color);
}

void paintCanvas(QPainter& painter, const CanvasScene& scene, const QPalette& palette, const CanvasView& view) {
  if (scene.items().empty()) return;
  Painter(painter, scene, palette, view).paint();
}

}  // namespace dill::gui
