#include "canvas/legend.h"

#include <QPainter>

#include <algorithm>

#include "canvas/canvas_painter.h"

namespace dill::gui {
namespace {
constexpr int kSampleWidth = 30;
constexpr int kSampleHeight = 14;
constexpr int kGap = 8;       // between a sample and its words
constexpr int kSpacing = 18;  // between entries
constexpr int kMargin = 8;
constexpr int kRowGap = 4;
constexpr qreal kRadius = 4;
}  // namespace

LegendEntry::LegendEntry(Shape shape, NodeStatus status, const QString& text, const QString& toolTip, QWidget* parent)
    : QLabel(text, parent), shape_(shape), status_(status) {
  setTextFormat(Qt::PlainText);
  setIndent(kSampleWidth + kGap);
  setToolTip(toolTip);
  setAccessibleDescription(toolTip);
}

void LegendEntry::paintEvent(QPaintEvent* event) {
  QLabel::paintEvent(event);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF sample(1.5, (height() - kSampleHeight) / 2.0, kSampleWidth - 5, kSampleHeight - 2);
  switch (shape_) {
    case Shape::Box:
    case Shape::Pile: {
      const StatusColors colors = statusColors(palette(), status_);
      paintBoxShape(painter, shape_ == Shape::Pile ? sample.adjusted(0, -2, -3, -4) : sample,
                    {status_, false, shape_ == Shape::Pile, kRadius}, colors, colors.fill);
      break;
    }
    case Shape::Reference:
    case Shape::Hidden:
      paintArrow(painter, sample.center() - QPointF(sample.width() / 2, 0),
                 sample.center() + QPointF(sample.width() / 2, 0), palette().color(QPalette::Link),
                 shape_ == Shape::Reference);
      break;
  }
}

Legend::Legend(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("legend"));
  setAccessibleName(tr("Legend of the object graph"));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void Legend::add(LegendEntry::Shape shape, NodeStatus status, const QString& text, const QString& toolTip) {
  auto* entry = new LegendEntry(shape, status, text, toolTip, this);
  entry->show();
  entries_ << entry;
}

void Legend::setSnapshot(const SnapshotPtr& snapshot) {
  qDeleteAll(entries_);
  entries_.clear();
  if (snapshot) {
    using Shape = LegendEntry::Shape;
    const bool recorded = snapshot->origin == Origin::Recorded;
    if (recorded && !snapshot->graph->problems().empty()) {
      add(Shape::Box, NodeStatus::Culprit, tr("cannot be pickled"), tr("This object itself cannot be pickled."));
      add(Shape::Box, NodeStatus::HoldsCulprit, tr("holds one that cannot"),
          tr("An object that cannot be pickled is in this one, or further below."));
      add(Shape::Box, NodeStatus::NotExamined, tr("not examined"),
          tr("What would have come here is not known: pickling the object above was broken off."));
    }
    if (!snapshot->marks.nodes().empty()) {
      add(Shape::Box, NodeStatus::Dangerous, tr("dangerous to load"),
          tr("Loading this object is known to run code that can do harm."));
      add(Shape::Box, NodeStatus::Suspicious, tr("suspicious"),
          tr("Nobody knows that loading this object is harmless."));
      add(Shape::Box, NodeStatus::HoldsFinding, tr("holds such an object"),
          tr("Something suspicious or dangerous is in this object, or further below."));
    }
    add(Shape::Box, NodeStatus::ByReference, tr("by reference"),
        tr("Only its module and its name are in the pickle: loading imports it."));
    add(Shape::Pile, NodeStatus::Plain, tr("several values"), tr("One box for many values of the same type."));
    add(Shape::Reference, NodeStatus::Plain, tr("the same object again"),
        tr("The object that the arrow points to is held in a second place."));
    add(Shape::Hidden, NodeStatus::Plain, tr("… inside a closed box"),
        tr("The same object again, where one of the two places is in a box that is not expanded."));
  }
  updateGeometry();
  arrange(width(), true);
}

int Legend::arrange(int width, bool place) const {
  int x = kMargin;
  int y = kMargin / 2;
  int rowHeight = 0;
  for (LegendEntry* entry : entries_) {
    const QSize size = entry->sizeHint();
    const int high = std::max(size.height(), kSampleHeight + 4);
    if (x > kMargin && x + size.width() > width - kMargin) {
      x = kMargin;
      y += rowHeight + kRowGap;
      rowHeight = 0;
    }
    if (place) entry->setGeometry(x, y, std::min(size.width(), std::max(0, width - 2 * kMargin)), high);
    x += size.width() + kSpacing;
    rowHeight = std::max(rowHeight, high);
  }
  return y + rowHeight + kMargin / 2;
}

int Legend::heightForWidth(int width) const { return arrange(width, false); }

QSize Legend::sizeHint() const { return {400, heightForWidth(std::max(width(), 200))}; }

QSize Legend::minimumSizeHint() const { return {0, heightForWidth(std::max(width(), 200))}; }

void Legend::resizeEvent(QResizeEvent*) { arrange(width(), true); }

void Legend::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setPen(blend(palette().color(QPalette::Window), palette().color(QPalette::WindowText), 0.2));
  painter.drawLine(0, 0, width(), 0);
}

}  // namespace dill::gui
