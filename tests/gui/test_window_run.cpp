// The window with real programs: what it shows of them, how it says that they fail, and that it leaves none behind.
// Needs an engine for the default Python (./dev test builds it).
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTreeView>
#include <QtTest>

#include <csignal>

#include "canvas/graph_canvas.h"
#include "models/variables_model.h"
#include "panels/message_bar.h"
#include "panels/problems_panel.h"
#include "sample_graphs.h"
#include "window_fixture.h"

using namespace dill::gui;

class TestWindowRun : public WindowFixture {
  Q_OBJECT
 private slots:
  void initTestCase();
  void init();
  void cleanup();
  void exampleShowsItsCulprits();
  void fineExpressionSaysSo();
  void failuresAreExplained_data();
  void failuresAreExplained();
  void scriptThatRaisedStillShowsItsObjects();
  void missingInterpreterOffersAnother();
  void endlessScriptCanBeCancelled();
  void closingTheWindowEndsTheScript();
  void reportIsWritten();

 private:
  QString script(const QString& source) { return write(QStringLiteral("script.py"), source.toUtf8()); }
  void run(const QString& path, const QString& expression = {}, const QString& interpreter = {}) {
    window_->document()->run({path, expression, interpreter, {}, directory_->path()});
  }
  // The id that an endless script of ours has written, 0 if it never does.
  pid_t waitForPid() {
    const QString path = directory_->filePath("pid");
    if (!QTest::qWaitFor([&] { return QFileInfo(path).size() > 0; }, 30'000)) return 0;
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toInt() : 0;
  }
  static bool isGone(pid_t pid) {
    return QTest::qWaitFor([pid] { return kill(pid, 0) != 0; }, 10'000);
  }

  const QString endless_ = QStringLiteral(
      "import os, time\n"
      "open('pid.tmp', 'w').write(str(os.getpid()))\n"
      "os.rename('pid.tmp', 'pid')\n"
      "while True: time.sleep(0.1)\n");
};

void TestWindowRun::initTestCase() { nameApplication(); }

void TestWindowRun::init() { openWindow({1'300, 850}); }

void TestWindowRun::cleanup() { closeWindow(); }

void TestWindowRun::exampleShowsItsCulprits() {
  run(QStringLiteral(DILL_EXAMPLES "/orders.py"));
  QVERIFY(waitUntilIdle());
  const SnapshotPtr snapshot = window_->document()->snapshot();
  QVERIFY2(snapshot, qPrintable(window_->messages()->text()));
  QCOMPARE(snapshot->graph->problems().size(), 4u);
  QStringList types;
  QTreeView* problems = window_->problems()->view();
  for (int row = 0; row < 4; ++row) {
    const auto node = samples::culprit(snapshot, static_cast<std::size_t>(row));
    types << QString::fromStdString(std::string(snapshot->graph->type(node)));
    QTest::mouseClick(problems->viewport(), Qt::LeftButton, {},
                      problems->visualRect(problems->model()->index(row, 0)).center());
    const QPointF middle = window_->canvas()->nodeRect(node)->center();
    QVERIFY((middle - QRectF(window_->canvas()->viewport()->rect()).center()).manhattanLength() < 4);
    QVERIFY(child<QLabel>("inspectorError")->text().startsWith("TypeError"));
  }
  types.sort();
  QCOMPARE(types, QStringList({"_thread._local", "generator", "socket.socket", "sqlite3.Connection"}));
  const QAbstractItemModel* variables = child<QTreeView>("variablesView")->model();
  bool shopFound = false;
  for (int row = 0; row < variables->rowCount(); ++row) {
    if (variables->index(row, VariablesModel::Name).data() != QString("shop")) continue;
    shopFound = true;
    QVERIFY(variables->index(row, VariablesModel::Verdict).data().toString().contains("not"));
  }
  QVERIFY(shopFound);
  QVERIFY(child<QPlainTextEdit>("outputView")->toPlainText().contains("Ada Marten"));
  QVERIFY(window_->windowTitle().contains("orders.py"));
}

void TestWindowRun::fineExpressionSaysSo() {
  run(script("value = {'a': [1, 2, 3] * 100}\n"), "value");
  QVERIFY(waitUntilIdle());
  QVERIFY2(window_->messages()->text().contains("pickles fine"), qPrintable(window_->messages()->text()));
  QVERIFY(window_->problems()->verdict().contains("Everything here pickles"));
}

void TestWindowRun::failuresAreExplained_data() {
  QTest::addColumn<QString>("source");
  QTest::addColumn<QString>("expected");
  QTest::addRow("syntax error") << "def broken(:\n"
                                << "yntax";
  QTest::addRow("raises") << "raise ValueError('no stock left')\n"
                          << "no stock left";
  QTest::addRow("exits") << "import sys\nsys.exit(3)\n"
                         << "3";
  QTest::addRow("crashes") << "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
                           << "SEGV";
}

void TestWindowRun::failuresAreExplained() {
  QFETCH(QString, source);
  QFETCH(QString, expected);
  run(script(source));
  QVERIFY(waitUntilIdle());
  QVERIFY(window_->messages()->isVisible());
  QCOMPARE(window_->messages()->kind(), MessageBar::Kind::Error);
  const QString said = window_->messages()->text() + child<QLabel>("messageDetails")->text();
  QVERIFY2(said.contains(expected), qPrintable(said));
  QVERIFY(child<QPushButton>("messageAction")->isVisible());
}

void TestWindowRun::scriptThatRaisedStillShowsItsObjects() {
  run(script("lazy = (n for n in [1])\nraise ValueError('later')\n"));
  QVERIFY(waitUntilIdle());
  QVERIFY(window_->document()->snapshot());
  QCOMPARE(window_->document()->snapshot()->graph->problems().size(), 1u);
  QVERIFY(window_->messages()->isVisible());
  QCOMPARE(window_->messages()->kind(), MessageBar::Kind::Error);
}

void TestWindowRun::missingInterpreterOffersAnother() {
  run(script("x = 1\n"), {}, "/no/such/python");
  QVERIFY(waitUntilIdle());
  QVERIFY2(window_->messages()->text().contains("/no/such/python"), qPrintable(window_->messages()->text()));
  QVERIFY(child<QPushButton>("messageAction")->isVisible());
  QVERIFY(!window_->document()->snapshot());
}

void TestWindowRun::endlessScriptCanBeCancelled() {
  run(script(endless_));
  const pid_t pid = waitForPid();
  QVERIFY(pid > 0);
  auto* cancel = child<QPushButton>("busyCancel");
  QVERIFY(QTest::qWaitFor([&] { return cancel->isVisible(); }, 5'000));
  QVERIFY(QTest::qWaitFor([&] { return child<QLabel>("busyText")->text().contains("script.py"); }, 5'000));
  QTest::mouseClick(cancel, Qt::LeftButton);
  QVERIFY(waitUntilIdle());
  QVERIFY(isGone(pid));
  QVERIFY(!cancel->isVisible());
  // And the next one runs.
  run(script("value = 1\n"), "value");
  QVERIFY(waitUntilIdle());
  QVERIFY(window_->document()->snapshot());
}

void TestWindowRun::closingTheWindowEndsTheScript() {
  run(script(endless_));
  const pid_t pid = waitForPid();
  QVERIFY(pid > 0);
  window_->close();
  window_.reset();
  QVERIFY(isGone(pid));
}

void TestWindowRun::reportIsWritten() {
  // The report is written by the program itself, which is not this test.
  const QString trace = samples::saveTrace(samples::orders(), directory_->filePath("orders.dtrace"));
  QProcess explorer;
  explorer.start(QStringLiteral(DILL_EXPLORER), {"--report", directory_->filePath("report.txt"), "--report",
                                                 directory_->filePath("report.json"), trace});
  QVERIFY(explorer.waitForFinished(30'000));
  QCOMPARE(explorer.exitCode(), 1);
  for (const char* name : {"report.txt", "report.json"}) {
    QFile report(directory_->filePath(QString::fromLatin1(name)));
    QVERIFY(report.open(QIODevice::ReadOnly));
    QVERIFY(report.readAll().contains("cannot pickle 'sqlite3.Connection' object"));
  }
}

QTEST_MAIN(TestWindowRun)
#include "test_window_run.moc"
