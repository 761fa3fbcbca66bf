// The window with real files: opening, selecting, walking, what it says about files that cannot be opened.
#include <QClipboard>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScreen>
#include <QTextEdit>
#include <QToolButton>
#include <QTreeView>
#include <QtTest>

#include "canvas/graph_canvas.h"
#include "canvas/legend.h"
#include "models/problems_model.h"
#include "panels/find_bar.h"
#include "panels/message_bar.h"
#include "panels/outline_panel.h"
#include "panels/problems_panel.h"
#include "sample_graphs.h"
#include "window_fixture.h"

using namespace dill::gui;
using dill::graph::NodeId;

class TestWindow : public WindowFixture {
  Q_OBJECT
 private slots:
  void initTestCase();
  void init();
  void cleanup();
  void emptyWindowSaysWhatToDo();
  void openingATraceShowsTheFirstProblem();
  void clickOnAProblemCentresItsNode();
  void selectionIsTheSameInAllViews();
  void nextAndPreviousProblem();
  void backAndForward();
  void findSelectsHits();
  void inspectorTellsAboutTheSelection();
  void inspectorShowsTheSource();
  void outlineFollowsReferences();
  void firstWindowIsLargeEnough();
  void copyButtonCopiesThePath();
  void fineObjectSaysSo();
  void plainPickleIsRead();
  void badFilesAreExplained_data();
  void badFilesAreExplained();
  void aBadFileLeavesTheOldGraph();
  void reloadReadsTheFileAgain();
  void reloadKeepsWhatIsOpenAndSelected();
  void reloadRevealsNewProblems();
  void aNewerFileWins();
  void missingEngineOffersTheCommand();
  void variablesSelectTheirNode();
  void droppedFileIsOpened();
  void everythingHasAName();
  void legendIsRemembered();
  void openingAMillionNodes();

 private:
  bool openOrders() { return open(samples::saveTrace(samples::orders(), directory_->filePath("orders.dtrace"))); }
};

void TestWindow::initTestCase() { nameApplication(); }

void TestWindow::init() { openWindow({1'300, 850}); }

void TestWindow::cleanup() { closeWindow(); }

void TestWindow::emptyWindowSaysWhatToDo() {
  QVERIFY(child<QWidget>("welcomePage")->isVisible());
  QVERIFY(child<QPushButton>("welcomeOpen")->isVisible());
  QVERIFY(!window_->canvas()->isVisible());
  QVERIFY(!child<QAction>("actionFit")->isEnabled());
  QVERIFY(child<QAction>("actionOpen")->isEnabled());
}

void TestWindow::openingATraceShowsTheFirstProblem() {
  QVERIFY(openOrders());
  QVERIFY(window_->canvas()->isVisible());
  QVERIFY(window_->windowTitle().contains("orders.dtrace"));
  QCOMPARE(window_->selection()->node(), samples::culprit(snapshot(), 0));
  QCOMPARE(window_->problems()->view()->model()->rowCount(), 4);
  QVERIFY(child<QLabel>("statusProblems")->text().contains("4 problems"));
  const QRectF rect = *window_->canvas()->nodeRect(samples::culprit(snapshot(), 0));
  QVERIFY(QRectF(window_->canvas()->viewport()->rect()).contains(rect));
}

void TestWindow::clickOnAProblemCentresItsNode() {
  QVERIFY(openOrders());
  QTreeView* view = window_->problems()->view();
  for (int row = 3; row >= 0; --row) {
    const QModelIndex index = view->model()->index(row, 0);
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(index).center());
    const NodeId node = samples::culprit(snapshot(), static_cast<std::size_t>(row));
    QCOMPARE(window_->selection()->node(), node);
    const QPointF middle = window_->canvas()->nodeRect(node)->center();
    QVERIFY((middle - QRectF(window_->canvas()->viewport()->rect()).center()).manhattanLength() < 4);
  }
  // The same problem once more, after the picture was moved away.
  window_->canvas()->centerOn(0);
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(view->model()->index(0, 0)).center());
  const QPointF middle = window_->canvas()->nodeRect(samples::culprit(snapshot(), 0))->center();
  QVERIFY((middle - QRectF(window_->canvas()->viewport()->rect()).center()).manhattanLength() < 4);
}

void TestWindow::selectionIsTheSameInAllViews() {
  QVERIFY(openOrders());
  QSignalSpy changed(window_->selection(), &Selection::changed);
  const NodeId node = samples::culprit(snapshot(), 2);
  window_->canvas()->centerOn(node);
  const QRectF rect = *window_->canvas()->nodeRect(node);
  QTest::mouseClick(window_->canvas()->viewport(), Qt::LeftButton, {}, rect.center().toPoint());
  QCOMPARE(changed.size(), 1);  // no loop
  QTreeView* outline = window_->outline()->view();
  QCOMPARE(outline->currentIndex().data(Qt::UserRole).toUInt(), node);
  QVERIFY(outline->visualRect(outline->currentIndex()).isValid());
  QCOMPARE(window_->problems()->view()->currentIndex().row(), 2);
  // From the outline.
  const QModelIndex parent = outline->currentIndex().parent();
  outline->setCurrentIndex(parent);
  QCOMPARE(window_->selection()->node(), parent.data(Qt::UserRole).toUInt());
  QCOMPARE(changed.size(), 2);
  QVERIFY(!window_->problems()->view()->currentIndex().isValid());
  QVERIFY(window_->canvas()->nodeRect(window_->selection()->node()).has_value());
}

void TestWindow::nextAndPreviousProblem() {
  QVERIFY(openOrders());
  QAction* next = child<QAction>("actionNextProblem");
  QAction* previous = child<QAction>("actionPreviousProblem");
  for (std::size_t i = 1; i <= 4; ++i) {
    next->trigger();
    QCOMPARE(window_->selection()->node(), samples::culprit(snapshot(), i % 4));
  }
  previous->trigger();
  QCOMPARE(window_->selection()->node(), samples::culprit(snapshot(), 3));
}

void TestWindow::backAndForward() {
  QVERIFY(openOrders());
  QAction* back = child<QAction>("actionBack");
  QVERIFY(!back->isEnabled());
  window_->selection()->select(3);
  QVERIFY(back->isEnabled());
  back->trigger();
  QCOMPARE(window_->selection()->node(), samples::culprit(snapshot(), 0));
  child<QAction>("actionForward")->trigger();
  QCOMPARE(window_->selection()->node(), 3u);
}

void TestWindow::findSelectsHits() {
  QVERIFY(openOrders());
  child<QAction>("actionFind")->trigger();
  QSignalSpy searched(window_->findBar(), &FindBar::searched);
  QTest::keyClicks(child<QLineEdit>("findField"), "CUSTOMER");
  QVERIFY(searched.wait(10'000));
  QCOMPARE(searched.last().first().value<std::size_t>(), 1u);
  QCOMPARE(snapshot()->graph->type(window_->selection()->node()), std::string_view("__main__.Customer"));
  child<QLineEdit>("findField")->setText("no such thing");
  QVERIFY(searched.wait(10'000));
  QVERIFY(child<QLabel>("findCount")->text().contains("Nothing"));
  QTest::keyClick(child<QLineEdit>("findField"), Qt::Key_Escape);
  QVERIFY(!window_->findBar()->isVisible());
}

void TestWindow::inspectorTellsAboutTheSelection() {
  QVERIFY(openOrders());
  window_->selection()->select(samples::culprit(snapshot(), 0));
  QCOMPARE(child<QLabel>("inspectorType")->text(), QString("sqlite3.Connection"));
  QCOMPARE(child<QTextEdit>("inspectorPath")->toPlainText(), QString("shop.config['storage']['connection']"));
  QVERIFY(child<QLabel>("inspectorError")->isVisible());
  QVERIFY(child<QLabel>("inspectorError")->text().startsWith("TypeError: cannot pickle"));
  QVERIFY(child<QLabel>("inspectorCauses")->text().contains("caused by TypeError"));
  QVERIFY(child<QTextEdit>("inspectorAdvice")->toPlainText().contains("__getstate__"));
  QCOMPARE(child<QLabel>("factOwnBytes")->text(), QString("— (not pickled)"));
  QVERIFY(!child<QLabel>("factRetainedBytes")->isVisible());
  QVERIFY(!child<QWidget>("sourceSection")->isVisible());
  window_->selection()->select(0);
  QVERIFY(!child<QLabel>("inspectorError")->isVisible());
  QCOMPARE(child<QLabel>("factReducer")->text(), QString("object.__reduce_ex__"));
  QVERIFY(child<QLabel>("factRetainedBytes")->text().contains("MiB"));
  QVERIFY(child<QLabel>("factReferencesTo")->text().contains("service"));
  QVERIFY(child<QLabel>("factReferencesTo")->text().contains("and 28 more"));
}

void TestWindow::inspectorShowsTheSource() {
  const QString script =
      write("orders.py", "def make_handler(context):\n    def on_paid(order):\n        return order\n");
  auto recording = samples::orders();
  NodeId handler = 0;
  while (recording.strings.at(recording.records[handler].type) != "function") ++handler;
  recording.locations = {{handler, recording.strings.intern(script.toStdString()), 2, 0, 0}};
  QVERIFY(open(samples::saveTrace(recording, directory_->filePath("source.dtrace"))));
  window_->selection()->select(handler);
  QVERIFY(child<QWidget>("sourceSection")->isVisible());
  QCOMPARE(child<QPlainTextEdit>("sourceView")->toPlainText(), QString("def on_paid(order):\n    return order"));
  window_->selection()->select(0);
  QVERIFY(!child<QWidget>("sourceSection")->isVisible());
}

void TestWindow::outlineFollowsReferences() {
  QVERIFY(openOrders());
  const auto& reference = snapshot()->graph->columns().references.back();
  window_->selection()->select(reference.from);
  QTreeView* outline = window_->outline()->view();
  const QModelIndex parent = outline->currentIndex();
  outline->expand(parent);
  const QModelIndex row = outline->model()->index(outline->model()->rowCount(parent) - 1, 0, parent);
  outline->setCurrentIndex(row);  // as the keyboard does: nothing happens yet
  QCOMPARE(window_->selection()->node(), reference.from);
  QTest::keyClick(outline, Qt::Key_Return);
  QCOMPARE(window_->selection()->node(), reference.to);
  QCOMPARE(outline->currentIndex().data(Qt::UserRole).toUInt(), reference.to);
  window_->selection()->select(reference.from);
  outline->scrollTo(row);
  QTest::mouseClick(outline->viewport(), Qt::LeftButton, {}, outline->visualRect(row).center());
  QCOMPARE(window_->selection()->node(), reference.to);
}

void TestWindow::firstWindowIsLargeEnough() {
  MainWindow first;
  const QSize room = first.screen()->availableSize();
  QCOMPARE(first.size(), QSize(1'440, 900).boundedTo(room));
  first.resize(1'440, 900);
  first.show();
  QVERIFY(QTest::qWaitForWindowExposed(&first));
  QVERIFY(openOrders());
  const auto width = [&](const char* dock) { return first.findChild<QDockWidget*>(dock)->width(); };
  QVERIFY2(std::abs(width("outlineDock") - 400) <= 8, qPrintable(QString::number(width("outlineDock"))));
  QVERIFY2(std::abs(width("inspectorDock") - 380) <= 8, qPrintable(QString::number(width("inspectorDock"))));
}

void TestWindow::copyButtonCopiesThePath() {
  QVERIFY(openOrders());
  window_->selection()->select(samples::culprit(snapshot(), 1));
  QTest::mouseClick(child<QToolButton>("copyPath"), Qt::LeftButton);
  QCOMPARE(QApplication::clipboard()->text(), QString("shop.orders[37].steps[0]"));
}

void TestWindow::fineObjectSaysSo() {
  QVERIFY(open(samples::saveTrace(samples::fine(), directory_->filePath("fine.dtrace"))));
  QVERIFY(window_->messages()->isVisible());
  QVERIFY(window_->messages()->text().contains("pickles fine"));
  QVERIFY(window_->problems()->verdict().contains("Everything here pickles"));
  QVERIFY(window_->problems()->partsView()->model()->rowCount() > 0);
  QVERIFY(!child<QAction>("actionNextProblem")->isEnabled());
  QVERIFY(child<QLabel>("statusProblems")->text().contains("no problems"));
}

void TestWindow::plainPickleIsRead() {
  // pickle.dumps({'a': [1, 2, 3]}, protocol=2)
  QVERIFY(open(write("plain.pkl", QByteArray::fromHex("80027d710058010000006171015d7102284b014b024b0365732e"))));
  QCOMPARE(snapshot()->origin, Origin::StaticRead);
  QCOMPARE(snapshot()->graph->type(0), std::string_view("dict"));
  QVERIFY(window_->problems()->verdict().contains("without executing"));
}

void TestWindow::badFilesAreExplained_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QByteArray>("bytes");
  QTemporaryDir directory;
  QFile trace(samples::saveTrace(samples::orders(), directory.filePath("a.dtrace")));
  QVERIFY(trace.open(QIODevice::ReadOnly));
  const QByteArray good = trace.readAll();
  QByteArray damaged = good;
  for (qsizetype i = 64; i < damaged.size(); i += 97) damaged[i] = static_cast<char>(damaged[i] ^ 0x5a);
  QTest::addRow("empty trace") << "empty.dtrace" << QByteArray();
  QTest::addRow("empty pickle") << "empty.pkl" << QByteArray();
  QTest::addRow("truncated trace") << "short.dtrace" << good.left(good.size() / 2);
  QTest::addRow("damaged trace") << "damaged.dtrace" << damaged;
  QTest::addRow("text named trace") << "text.dtrace" << QByteArray("this is no trace at all");
  QTest::addRow("text named pickle") << "text.pkl" << QByteArray("\xff\xfe nothing to see");
}

void TestWindow::badFilesAreExplained() {
  QFETCH(QString, name);
  QFETCH(QByteArray, bytes);
  QVERIFY(!open(write(name, bytes)));
  QVERIFY(window_->messages()->isVisible());
  QCOMPARE(window_->messages()->kind(), MessageBar::Kind::Error);
  QVERIFY2(window_->messages()->text().contains(name), qPrintable(window_->messages()->text()));
  QVERIFY(child<QWidget>("welcomePage")->isVisible());
}

void TestWindow::aBadFileLeavesTheOldGraph() {
  QVERIFY(openOrders());
  const SnapshotPtr before = snapshot();
  QVERIFY(!open(directory_->filePath("missing.dtrace")));
  QVERIFY(window_->messages()->text().contains("missing.dtrace"));
  QCOMPARE(snapshot(), before);
  QVERIFY(window_->canvas()->isVisible());
}

void TestWindow::reloadReadsTheFileAgain() {
  const QString path = samples::saveTrace(samples::fine(), directory_->filePath("changing.dtrace"));
  QVERIFY(open(path));
  QCOMPARE(snapshot()->graph->problems().size(), 0u);
  samples::saveTrace(samples::orders(), path);
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  child<QAction>("actionReload")->trigger();
  QVERIFY(shown.wait(10'000));
  QCOMPARE(snapshot()->graph->problems().size(), 4u);
}

void TestWindow::reloadKeepsWhatIsOpenAndSelected() {
  QVERIFY(openOrders());
  const QString path = directory_->filePath("orders.dtrace");
  // An order without a culprit, which is closed at first.
  NodeId order = 0;
  while (snapshot()->graph->type(order) != "__main__.Order") ++order;
  window_->canvas()->toggle(order);
  QVERIFY(window_->canvas()->isExpanded(order));
  window_->selection()->select(order);
  window_->outline()->view()->expand(window_->outline()->view()->currentIndex());
  const NodeId culprit = samples::culprit(snapshot(), 0);
  const NodeId closed = snapshot()->graph->parent(culprit);
  window_->canvas()->toggle(closed);
  const QRectF place = *window_->canvas()->nodeRect(order);
  const qreal scale = window_->canvas()->scale();

  samples::saveTrace(samples::fine(), path);  // the same without the culprits: the numbers change
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  child<QAction>("actionReload")->trigger();
  QVERIFY(shown.wait(10'000));
  const NodeId again = window_->selection()->node();
  QVERIFY(again != order);
  QCOMPARE(snapshot()->graph->type(again), std::string_view("__main__.Order"));
  QCOMPARE(snapshot()->graph->columns().index[again], 0u);
  QVERIFY(window_->canvas()->isExpanded(again));
  QVERIFY(window_->outline()->view()->isExpanded(window_->outline()->view()->currentIndex()));
  QCOMPARE(window_->canvas()->scale(), scale);
  QVERIFY((window_->canvas()->nodeRect(again)->topLeft() - place.topLeft()).manhattanLength() <= 4);
}

void TestWindow::reloadRevealsNewProblems() {
  const QString path = samples::saveTrace(samples::fine(), directory_->filePath("changing.dtrace"));
  QVERIFY(open(path));
  window_->selection()->select(2);
  samples::saveTrace(samples::orders(), path);
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  child<QAction>("actionReload")->trigger();
  QVERIFY(shown.wait(10'000));
  QCOMPARE(window_->selection()->node(), 2u);
  for (std::size_t i = 0; i < 4; ++i) QVERIFY(window_->canvas()->nodeRect(samples::culprit(snapshot(), i)).has_value());
  // Another file is no reload: it starts with its first problem.
  QVERIFY(openOrders());
  QCOMPARE(window_->selection()->node(), samples::culprit(snapshot(), 0));
}

void TestWindow::aNewerFileWins() {
  const QString first = samples::saveTrace(samples::large(50'000), directory_->filePath("first.dtrace"));
  const QString second = samples::saveTrace(samples::fine(), directory_->filePath("second.dtrace"));
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  window_->document()->openFile(first);
  window_->document()->openFile(second);
  QVERIFY(QTest::qWaitFor([&] { return !window_->document()->isBusy(); }, 20'000));
  QTest::qWait(50);
  QCOMPARE(shown.size(), 1);
  QVERIFY(window_->windowTitle().contains("second.dtrace"));
}

void TestWindow::missingEngineOffersTheCommand() {
  emit window_->document()->debuggee()->failed(
      {RunFailureKind::NoEngine, "There is no engine for Python 3.12.", {}, "./dev build --python python3.12"});
  QVERIFY(window_->messages()->text().contains("3.12"));
  auto* action = child<QPushButton>("messageAction");
  QVERIFY(action->isVisible());
  QTest::mouseClick(action, Qt::LeftButton);
  QCOMPARE(QApplication::clipboard()->text(), QString("./dev build --python python3.12"));
}

void TestWindow::variablesSelectTheirNode() {
  QVERIFY(openOrders());
  emit window_->document()->debuggee()->variablesListed(
      {{"config", "dict", false, 10, 3}, {"name", "str", true, 5, 2}});
  auto* view = child<QTreeView>("variablesView");
  QVERIFY(view->isVisible());
  QCOMPARE(view->model()->rowCount(), 2);
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(view->model()->index(1, 0)).center());
  QCOMPARE(window_->selection()->node(), 2u);
}

void TestWindow::droppedFileIsOpened() {
  const QString path = samples::saveTrace(samples::fine(), directory_->filePath("dropped.dtrace"));
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(path)});
  QDragEnterEvent enter(QPoint(100, 100), Qt::CopyAction, &data, Qt::LeftButton, {});
  QCoreApplication::sendEvent(window_.get(), &enter);
  QVERIFY(enter.isAccepted());
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  QDropEvent drop(QPointF(100, 100), Qt::CopyAction, &data, Qt::LeftButton, {});
  QCoreApplication::sendEvent(window_.get(), &drop);
  QVERIFY(shown.wait(10'000));
  QVERIFY(window_->windowTitle().contains("dropped.dtrace"));
}

void TestWindow::everythingHasAName() {
  QVERIFY(openOrders());
  for (const QAction* action : window_->findChildren<QAction*>()) {
    if (action->isSeparator() || action->text().isEmpty()) continue;
    if (action->menu() || action->parent() != window_.get()) continue;
    QVERIFY2(!action->objectName().isEmpty(), qPrintable(action->text()));
  }
  for (const QToolButton* button : window_->findChildren<QToolButton*>()) {
    if (!button->isVisible() || button->objectName().startsWith("qt_")) continue;
    QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(), qPrintable(button->objectName()));
  }
  for (const char* name : {"graphCanvas", "outlineView", "problemsView", "inspector", "outputView"}) {
    QVERIFY2(!child<QWidget>(name)->accessibleName().isEmpty(), name);
  }
}

void TestWindow::legendIsRemembered() {
  const auto* legend = child<Legend>("legend");
  QVERIFY(!legend->isVisible());  // nothing is drawn yet
  QVERIFY(openOrders());
  QVERIFY(legend->isVisible());
  QStringList words;
  for (const LegendEntry* entry : legend->entries()) {
    words << entry->text();
    QVERIFY(!entry->toolTip().isEmpty());
    QTRY_VERIFY2(legend->rect().contains(entry->geometry()), qPrintable(entry->text()));
    QVERIFY(entry->geometry().width() >= entry->sizeHint().width());
  }
  QVERIFY(words.contains("cannot be pickled") && words.contains("by reference"));
  window_->resize(900, 600);
  QTRY_VERIFY(std::ranges::all_of(
      legend->entries(), [&](const LegendEntry* entry) { return legend->rect().contains(entry->geometry()); }));
  child<QAction>("actionLegend")->trigger();
  QVERIFY(!legend->isVisible());
  showWindow({1'300, 850});
  QVERIFY(openOrders());
  QVERIFY(!child<Legend>("legend")->isVisible());
  child<QAction>("actionLegend")->trigger();
  QVERIFY(child<Legend>("legend")->isVisible());
}

void TestWindow::openingAMillionNodes() {
  const QString path = samples::saveTrace(samples::large(1'000'000), directory_->filePath("million.dtrace"));
  QElapsedTimer timer;
  timer.start();
  QVERIFY(open(path));
  const qint64 shown = timer.elapsed();
  window_->canvas()->viewport()->repaint();
  qInfo("1,000,000 nodes: in all views after %lld ms, first frame %.1f ms", shown,
        window_->canvas()->lastFrameMilliseconds());
  QCOMPARE(snapshot()->graph->size(), 1'000'000u);
  // Every problem of the list can be reached at once.
  timer.restart();
  child<QAction>("actionPreviousProblem")->trigger();
  QVERIFY(window_->canvas()->nodeRect(window_->selection()->node()).has_value());
  qInfo("going to the last problem: %lld ms", timer.elapsed());
}

QTEST_MAIN(TestWindow)
#include "test_window.moc"
