// The canvas by mouse and keyboard, and what it paints.
#include <QScrollBar>
#include <QtTest>

#include "canvas/graph_canvas.h"
#include "models/node_status.h"
#include "sample_graphs.h"

using namespace dill::gui;
using dill::graph::kNoNode;
using dill::graph::NodeId;

namespace {

struct Fixture {
  Selection selection;
  GraphCanvas canvas{&selection};
  SnapshotPtr snapshot;

  explicit Fixture(dill::trace::Recording recording) : snapshot(samples::snapshotOf(std::move(recording))) {
    canvas.resize(1'000, 700);
    canvas.show();
    canvas.setSnapshot(snapshot);
    QTest::qWait(20);
  }

  void click(const QRectF& rect) {
    QTest::mouseClick(canvas.viewport(), Qt::LeftButton, {},
                      (rect.topLeft() + QPointF(15, rect.height() / 2)).toPoint());
  }
  QImage picture() { return canvas.viewport()->grab().toImage(); }
};

// Pixels of about the colour's hue and saturation.
int countPixels(const QImage& image, const QColor& color) {
  int count = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      const QColor pixel = image.pixelColor(x, y);
      if (std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green()) +
              std::abs(pixel.blue() - color.blue()) <
          30) {
        ++count;
      }
    }
  }
  return count;
}

}  // namespace

class TestCanvas : public QObject {
  Q_OBJECT
 private slots:
  void clickSelects();
  void centreSelectionIsInTheMiddle();
  void clickOnMoreShowsMore();
  void doubleClickCollapsesAndExpands();
  void expandingKeepsTheBoxWhereItIs();
  void keyboardWalksAlongTheEdges();
  void dragPans();
  void ctrlWheelZoomsAtThePointer();
  void fitShowsEverything();
  void openingShowsTheWayToTheFirstCulprit();
  void aProblemIsRedAtEveryZoom();
  void colorsFollowThePalette();
  void hiddenReferenceEndsAtAnAncestor();
  void frameTimes();
  void nothingToShow();
};

void TestCanvas::clickSelects() {
  Fixture f(samples::orders());
  const NodeId node = f.snapshot->graph->children(0)[3];
  f.canvas.centerOn(node);
  f.click(*f.canvas.nodeRect(node));
  QCOMPARE(f.selection.node(), node);
}

void TestCanvas::centreSelectionIsInTheMiddle() {
  Fixture f(samples::orders());
  for (std::size_t i = 0; i < 4; ++i) {
    const NodeId node = samples::culprit(f.snapshot, i);
    f.selection.select(node, Selection::Reveal::Center);
    const QPointF middle = f.canvas.nodeRect(node)->center();
    QVERIFY((middle - QRectF(f.canvas.viewport()->rect()).center()).manhattanLength() < 4);
  }
}

void TestCanvas::clickOnMoreShowsMore() {
  Fixture f(samples::longList(1'000, 2'000));
  const std::size_t before = f.canvas.scene().items().size();
  f.canvas.centerOn(20);
  f.click(*f.canvas.moreRect(0));
  QCOMPARE(f.canvas.scene().items().size(), before + 25);
}

void TestCanvas::doubleClickCollapsesAndExpands() {
  Fixture f(samples::orders());
  f.canvas.centerOn(0);
  const auto at = [&] { return (f.canvas.nodeRect(0)->topLeft() + QPointF(15, 10)).toPoint(); };
  QTest::mouseDClick(f.canvas.viewport(), Qt::LeftButton, {}, at());
  QVERIFY(!f.canvas.isExpanded(0));
  QCOMPARE(f.canvas.scene().items().size(), 1u);
  QTest::mouseDClick(f.canvas.viewport(), Qt::LeftButton, {}, at());
  QVERIFY(f.canvas.isExpanded(0));
}

void TestCanvas::expandingKeepsTheBoxWhereItIs() {
  Fixture f(samples::orders());
  const NodeId orders =
      f.snapshot->graph->parent(f.snapshot->graph->parent(f.snapshot->graph->parent(samples::culprit(f.snapshot, 1))));
  f.canvas.centerOn(orders);
  const QPointF before = f.canvas.nodeRect(orders)->topLeft();
  f.canvas.toggle(orders);
  QVERIFY((f.canvas.nodeRect(orders)->topLeft() - before).manhattanLength() < 3);
}

void TestCanvas::keyboardWalksAlongTheEdges() {
  Fixture f(samples::orders());
  f.selection.select(0);
  const auto press = [&](int key) { QTest::keyClick(&f.canvas, static_cast<Qt::Key>(key)); };
  press(Qt::Key_Right);
  QCOMPARE(f.selection.node(), f.snapshot->graph->children(0)[0]);
  press(Qt::Key_Down);
  QCOMPARE(f.selection.node(), f.snapshot->graph->children(0)[1]);
  press(Qt::Key_Down);
  QCOMPARE(f.selection.node(), f.snapshot->graph->children(0)[2]);
  press(Qt::Key_Up);
  QCOMPARE(f.selection.node(), f.snapshot->graph->children(0)[1]);
  press(Qt::Key_Left);
  QCOMPARE(f.selection.node(), 0u);
  press(Qt::Key_Space);
  QVERIFY(!f.canvas.isExpanded(0));
  press(Qt::Key_Return);
  QVERIFY(f.canvas.isExpanded(0));
  const qreal scale = f.canvas.scale();
  press(Qt::Key_Plus);
  QVERIFY(f.canvas.scale() > scale);
  press(Qt::Key_Minus);
  QCOMPARE(f.canvas.scale(), scale);
  // Down from the last child on show goes through "N more" to the next child.
  Fixture rows(samples::longList(1'000, 2'000));
  rows.selection.select(25);
  QTest::keyClick(&rows.canvas, Qt::Key_Down);
  QCOMPARE(rows.selection.node(), 26u);
}

void TestCanvas::dragPans() {
  Fixture f(samples::orders());
  const QPointF before = f.canvas.nodeRect(0)->topLeft();
  QTest::mousePress(f.canvas.viewport(), Qt::LeftButton, {}, QPoint(500, 600));
  QTest::mouseMove(f.canvas.viewport(), QPoint(470, 580));
  QTest::mouseMove(f.canvas.viewport(), QPoint(440, 550));
  QTest::mouseRelease(f.canvas.viewport(), Qt::LeftButton, {}, QPoint(440, 550));
  const QPointF moved = f.canvas.nodeRect(0)->topLeft() - before;
  QVERIFY(qAbs(moved.x() + 60) < 3);
  QVERIFY(qAbs(moved.y() + 50) < 3);
}

void TestCanvas::ctrlWheelZoomsAtThePointer() {
  Fixture f(samples::orders());
  const QRectF before = *f.canvas.nodeRect(0);
  const qreal scale = f.canvas.scale();
  QWheelEvent wheel(before.center(), f.canvas.viewport()->mapToGlobal(before.center()), {}, {0, 120}, Qt::NoButton,
                    Qt::ControlModifier, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(f.canvas.viewport(), &wheel);
  QVERIFY(f.canvas.scale() > scale);
  QVERIFY((f.canvas.nodeRect(0)->center() - before.center()).manhattanLength() < 3);
}

void TestCanvas::fitShowsEverything() {
  Fixture f(samples::large(2'000));
  f.canvas.expandAllBelow(0);
  f.canvas.fit();
  const QRectF view(f.canvas.viewport()->rect());
  for (const SceneItem& item : f.canvas.scene().items()) {
    if (item.kind == VisibleItem::Kind::Node) QVERIFY(view.contains(*f.canvas.nodeRect(item.node)));
  }
}

void TestCanvas::openingShowsTheWayToTheFirstCulprit() {
  Fixture f(samples::orders());
  f.canvas.resize(800, 600);
  f.canvas.setSnapshot(f.snapshot);
  // The whole way fits at this size, but not at the usual zoom.
  QRectF way;
  const auto collect = [&] {
    way = {};
    for (NodeId node = samples::culprit(f.snapshot, 0); node != kNoNode; node = f.snapshot->graph->parent(node)) {
      way |= *f.canvas.nodeRect(node);
    }
  };
  collect();
  const qreal width = way.width() / f.canvas.scale();
  f.canvas.resize(static_cast<int>(width * 0.8) + 60, 600);
  f.canvas.setSnapshot(f.snapshot);
  collect();
  QVERIFY2(f.canvas.scale() >= 0.7 && f.canvas.scale() < 0.9, qPrintable(QString::number(f.canvas.scale())));
  QVERIFY(QRectF(f.canvas.viewport()->rect()).contains(way));
  // Where it would need less than 70 %, the zoom stays readable.
  f.canvas.resize(static_cast<int>(width * 0.5), 600);
  f.canvas.setSnapshot(f.snapshot);
  QCOMPARE(f.canvas.scale(), 0.9);
}

void TestCanvas::aProblemIsRedAtEveryZoom() {
  Fixture f(samples::longList(1'000, 500));
  for (int i = 0; i < 60; ++i) {
    f.selection.select(26 + 25u * static_cast<NodeId>(i) < 1'000 ? 26 + 25u * static_cast<NodeId>(i) : 0);
  }
  f.selection.select(kNoNode);
  const QColor red = statusColors(f.canvas.palette(), NodeStatus::Culprit).border;
  const NodeId culprit = samples::culprit(f.snapshot, 0);
  for (const qreal scale : {1.0, 0.3, 0.1, 0.03, 0.01, 0.003}) {
    f.canvas.setScale(scale, {});
    f.canvas.horizontalScrollBar()->setValue(static_cast<int>(f.canvas.scene().bounds().center().x() * scale) - 500);
    const auto item = *f.canvas.scene().itemOf(culprit);
    const QRectF rect = f.canvas.scene().items()[static_cast<std::size_t>(item)].rect;
    f.canvas.verticalScrollBar()->setValue(static_cast<int>(rect.center().y() * scale) - 350);
    QVERIFY2(countPixels(f.picture(), red) > 3, qPrintable(QString("scale %1").arg(scale)));
  }
}

void TestCanvas::colorsFollowThePalette() {
  Fixture f(samples::orders());
  const QImage light = f.picture();
  QPalette dark;
  dark.setColor(QPalette::Base, QColor(0x1b1e20));
  dark.setColor(QPalette::Text, QColor(0xeceff1));
  f.canvas.setPalette(dark);
  f.canvas.viewport()->setPalette(dark);
  const QImage night = f.picture();
  QVERIFY(light.pixelColor(2, 2).lightness() > 200);
  QVERIFY(night.pixelColor(2, 2).lightness() < 60);
  QVERIFY(countPixels(night, statusColors(dark, NodeStatus::HoldsCulprit).border) > 20);
}

void TestCanvas::hiddenReferenceEndsAtAnAncestor() {
  Fixture f(samples::orders());
  // The second order holds the customer of the first one, which is not expanded.
  NodeId second = kNoNode;
  for (const auto& reference : f.snapshot->graph->columns().references) {
    if (f.snapshot->graph->string(reference.label) == "customer") {
      second = reference.from;
      break;
    }
  }
  QVERIFY(second != kNoNode);
  const auto references = f.canvas.scene().referencesOf(second);
  QCOMPARE(references.size(), 2u);  // the customer and the service
  QVERIFY(!references[0].exact);
  QVERIFY(references[1].exact);
}

void TestCanvas::frameTimes() {
  Fixture f(samples::large(100'000));
  f.canvas.resize(1'600, 1'000);
  f.canvas.expandAllBelow(0);
  for (const qreal scale : {1.0, 0.5, 0.2, 0.05}) {
    f.canvas.setScale(scale, {});
    f.picture();
    QList<double> frames;
    for (int i = 0; i < 9; ++i) {
      f.canvas.verticalScrollBar()->setValue(f.canvas.verticalScrollBar()->value() + 20);
      f.picture();
      frames << f.canvas.lastFrameMilliseconds();
    }
    std::sort(frames.begin(), frames.end());
    qInfo("%zu boxes, scale %.2f: median frame %.2f ms", f.canvas.scene().items().size(), scale, frames[4]);
    QVERIFY(frames[4] > 0);
  }
  f.canvas.fit();
  f.picture();
  qInfo("fit (scale %.4f): frame %.2f ms", f.canvas.scale(), f.canvas.lastFrameMilliseconds());
}

void TestCanvas::nothingToShow() {
  Selection selection;
  GraphCanvas canvas(&selection);
  canvas.resize(300, 200);
  canvas.show();
  canvas.fit();
  canvas.zoomIn();
  QTest::keyClick(&canvas, Qt::Key_Right);
  QTest::mouseClick(canvas.viewport(), Qt::LeftButton);
  selection.select(17, Selection::Reveal::Center);
  QVERIFY(!canvas.nodeRect(17).has_value());
}

QTEST_MAIN(TestCanvas)
#include "test_canvas.moc"
