// The window with files that were not recorded: sessions, models, archives, hostile and damaged pickles.
#include <QAction>
#include <QClipboard>
#include <QDockWidget>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSignalSpy>
#include <QToolButton>
#include <QTreeView>
#include <QtTest>

#include <algorithm>

#include "app/docks.h"
#include "app/load_snapshot.h"
#include "canvas/graph_canvas.h"
#include "models/hex_text.h"
#include "models/loading_model.h"
#include "models/members_model.h"
#include "models/node_status.h"
#include "models/opcode_model.h"
#include "models/session_model.h"
#include "panels/loading_panel.h"
#include "panels/message_bar.h"
#include "panels/opcodes_panel.h"
#include "panels/row_view.h"
#include "panels/session_panel.h"
#include "sample_graphs.h"
#include "static_files.h"
#include "window_fixture.h"

using namespace dill::gui;
using dill::graph::kNoNode;
using dill::graph::NodeId;
namespace inspect = dill::inspect;

class TestWindowFiles : public WindowFixture {
  Q_OBJECT
 private slots:
  void initTestCase();
  void init();
  void cleanup();
  void everyFileOpens_data();
  void everyFileOpens();
  void hostileFileIsCalledDangerous();
  void findingsAreWalked();
  void findingSelectsItsNode();
  void loadingIsCopiedAndFiltered();
  void archiveShowsTheWorstMember();
  void choosingAMemberShowsIt();
  void findingOfAnotherMemberShowsThat();
  void sessionIsATable();
  void opcodesFollowTheSelection();
  void inspectorShowsBytesAndOpcodes();
  void otherFilesAreExplained_data();
  void otherFilesAreExplained();
  void aRecordingHasNoLoading();
  void largePickleIsShownInTwoSteps();
  void cancelledLoadingEndsSoon();
  void everyStageCanBeCancelled();
  void reloadKeepsTheChosenMember();
  void opcodesGoOnBehindArrays();
  void hugeObjectIsShownBeforeItIsRead();
  void shrinkingFileIsAnError();
  void foldedPartOpens();
  void reportsHaveFindings();
  void nothingIsExecuted();

 private:
  bool openData(const char* name) { return open(samples::dataFile(QString::fromLatin1(name))); }
};

void TestWindowFiles::initTestCase() { nameApplication(); }

void TestWindowFiles::init() {
  openWindow({1'440, 900});
  QDir::setCurrent(directory_->path());
}

void TestWindowFiles::cleanup() {
  QDir::setCurrent("/");
  closeWindow();
}

void TestWindowFiles::everyFileOpens_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("level");
  const int data = static_cast<int>(inspect::Level::DataOnly);
  const int types = static_cast<int>(inspect::Level::Reconstruction);
  const int calls = static_cast<int>(inspect::Level::Calls);
  QTest::addRow("session") << "session.dill" << -1;
  QTest::addRow("torch") << "model.pt" << -1;
  QTest::addRow("joblib") << "model.joblib" << -1;
  QTest::addRow("numpy objects") << "arrays.npz" << -1;
  QTest::addRow("numbers") << "numbers.npz" << data;
  QTest::addRow("types") << "types.pkl" << types;
  QTest::addRow("billion laughs") << "laughs.pkl" << data;
  QTest::addRow("hostile") << "hostile.pkl" << calls;
  QTest::addRow("archive") << "bundle.zip" << calls;
}

void TestWindowFiles::everyFileOpens() {
  QFETCH(QString, name);
  QFETCH(int, level);
  QVERIFY2(open(samples::dataFile(name)), qPrintable(window_->messages()->text()));
  QCOMPARE(snapshot()->origin, Origin::StaticRead);
  QVERIFY(snapshot()->report);
  QVERIFY(child<QDockWidget>("loadingDock")->isVisible());
  QVERIFY(child<QLabel>("loadingLevel")->isVisible());
  if (level >= 0) QCOMPARE(static_cast<int>(snapshot()->report->inspection.level), level);
  QCOMPARE(child<QDockWidget>("membersDock")->isVisible(), snapshot()->report->inspection.members.size() > 1);
  QVERIFY(child<QLabel>("statusSize")->text().contains("without executing"));
  window_->canvas()->viewport()->repaint();
}

void TestWindowFiles::hostileFileIsCalledDangerous() {
  QVERIFY(openData("hostile.pkl"));
  QCOMPARE(child<QLabel>("loadingLevel")->text(), QString("Runs code"));
  QCOMPARE(child<QLabel>("loadingVerdict")->text(), QString("Dangerous"));
  QCOMPARE(window_->messages()->kind(), MessageBar::Kind::Error);
  QVERIFY(window_->messages()->isVisible());
  QVERIFY(child<QLabel>("statusProblems")->text().contains("Dangerous"));
  // The object that is made by the call is on show and selected.
  QVERIFY(!snapshot()->marks.nodes().empty());
  const NodeId node = snapshot()->marks.nodes().front();
  QCOMPARE(window_->selection()->node(), node);
  QVERIFY(window_->canvas()->nodeRect(node).has_value());
  QVERIFY(child<QLabel>("inspectorError")->isVisible());
  QVERIFY(child<QLabel>("inspectorError")->text().startsWith("Dangerous"));
}

void TestWindowFiles::findingsAreWalked() {
  QVERIFY(openData("hostile.pkl"));
  QAction* next = child<QAction>("actionNextProblem");
  QVERIFY(next->isEnabled());
  LoadingModel* model = window_->docks()->loading()->model();
  const auto count = static_cast<int>(model->shownFindings().size());
  QTreeView* view = window_->docks()->loading()->view();
  for (int i = 0; i <= count; ++i) {
    next->trigger();
    QCOMPARE(view->currentIndex(), model->findingIndex(model->shownFindings()[static_cast<std::size_t>(i % count)]));
  }
  child<QAction>("actionPreviousProblem")->trigger();
  QCOMPARE(view->currentIndex(), model->findingIndex(model->shownFindings()[static_cast<std::size_t>(count - 1)]));
}

void TestWindowFiles::findingSelectsItsNode() {
  QVERIFY(openData("hostile.pkl"));
  window_->selection()->select(0);
  LoadingModel* model = window_->docks()->loading()->model();
  QTreeView* view = window_->docks()->loading()->view();
  const QModelIndex finding = model->findingIndex(0);
  view->scrollTo(finding);
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(finding).center());
  QCOMPARE(window_->selection()->node(), snapshot()->marks.nodeOf(0));
  QVERIFY(child<QLabel>("loadingDetail")->isVisible());
  // A heading folds.
  const QModelIndex heading = model->sectionIndex(LoadingModel::Findings);
  QVERIFY(view->isExpanded(heading));
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(heading).center());
  QVERIFY(!view->isExpanded(heading));
}

void TestWindowFiles::loadingIsCopiedAndFiltered() {
  QVERIFY(openData("hostile.pkl"));
  QTest::mouseClick(child<QToolButton>("loadingCopy"), Qt::LeftButton);
  QVERIFY2(QApplication::clipboard()->text().contains("system"), qPrintable(QApplication::clipboard()->text()));
  QVERIFY(QApplication::clipboard()->text().contains("hostile.pkl"));
  LoadingModel* model = window_->docks()->loading()->model();
  const QModelIndex names = model->sectionIndex(LoadingModel::Names);
  QVERIFY(model->rowCount(names) > 0);
  child<QLineEdit>("loadingFilter")->setText("no such name");
  QTRY_COMPARE(model->rowCount(model->sectionIndex(LoadingModel::Names)), 0);
  child<QLineEdit>("loadingFilter")->clear();
  QTRY_VERIFY(model->rowCount(model->sectionIndex(LoadingModel::Names)) > 0);
}

void TestWindowFiles::archiveShowsTheWorstMember() {
  QVERIFY(openData("bundle.zip"));
  QCOMPARE(snapshot()->report->inspection.members[snapshot()->member].path, std::string("inner.zip!jobs/hostile.pkl"));
  QVERIFY(window_->windowTitle().contains("jobs/hostile.pkl"));
  auto* view = child<QTreeView>("membersView");
  QVERIFY(view->isVisible());
  QCOMPARE(view->currentIndex().data(MembersModel::MemberRole).toUInt(), snapshot()->member);
  QVERIFY(!snapshot()->marks.nodes().empty());
}

void TestWindowFiles::choosingAMemberShowsIt() {
  QVERIFY(openData("bundle.zip"));
  const auto& members = snapshot()->report->inspection.members;
  const auto found = std::ranges::find(members, "settings.pkl", &inspect::MemberReport::path);
  QVERIFY(found != members.end());
  auto* view = child<QTreeView>("membersView");
  auto* model = static_cast<MembersModel*>(view->model());
  const QModelIndex index = model->indexOf(static_cast<std::size_t>(found - members.begin()));
  view->scrollTo(index);
  const SnapshotPtr before = snapshot();
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(index).center());
  QVERIFY(waitForNewSnapshot(before));
  QCOMPARE(snapshot()->graph->type(0), std::string_view("dict"));
  QCOMPARE(snapshot()->report, before->report);
  QVERIFY(window_->windowTitle().contains("settings.pkl"));
}

void TestWindowFiles::findingOfAnotherMemberShowsThat() {
  QVERIFY(openData("bundle.zip"));
  const std::size_t hostile = snapshot()->member;
  const SnapshotPtr before = snapshot();
  const auto& members = snapshot()->report->inspection.members;
  const auto plain = std::ranges::find(members, "settings.pkl", &inspect::MemberReport::path);
  window_->document()->showMember(static_cast<std::size_t>(plain - members.begin()));
  QVERIFY(waitForNewSnapshot(before));
  child<QAction>("actionNextProblem")->trigger();  // the worst finding, which is in the other member
  QVERIFY(QTest::qWaitFor([&] { return snapshot()->member == hostile; }, 10'000));
  QVERIFY(QTest::qWaitFor([&] { return window_->selection()->node() == snapshot()->marks.nodeOf(0); }, 1'000));
}

void TestWindowFiles::sessionIsATable() {
  QVERIFY(openData("session.dill"));
  QVERIFY(snapshot()->session);
  auto* view = child<QTreeView>("sessionView");
  QVERIFY(view->isVisible());
  const int all = view->model()->rowCount();
  QVERIFY2(all >= 10, qPrintable(QString::number(all)));
  // A click selects the object, and the object its row.
  int rates = -1;
  for (int row = 0; row < all; ++row) {
    if (view->model()->index(row, 0).data().toString() == "rates") rates = row;
  }
  QVERIFY(rates >= 0);
  const QModelIndex index = view->model()->index(rates, 0);
  view->scrollTo(index);
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(index).center());
  QCOMPARE(window_->selection()->node(), index.data(SessionModel::NodeRole).toUInt());
  QCOMPARE(snapshot()->graph->type(window_->selection()->node()), std::string_view("dict"));
  window_->selection()->select(0);
  window_->selection()->select(index.data(SessionModel::NodeRole).toUInt());
  QCOMPARE(view->currentIndex().row(), rates);
  // Sorting and filtering.
  view->sortByColumn(SessionModel::Bytes, Qt::DescendingOrder);
  QCOMPARE(view->model()->index(0, 0).data().toString(), QString("samples"));
  child<QLineEdit>("sessionFilter")->setText("by reference");
  QVERIFY(view->model()->rowCount() < all);
  QVERIFY(child<QLabel>("sessionAbout")->text().contains("shop"));
  // Another file has none.
  QVERIFY(openData("types.pkl"));
  QVERIFY(!child<QDockWidget>("variablesDock")->isVisible());
}

void TestWindowFiles::opcodesFollowTheSelection() {
  QVERIFY(openData("hostile.pkl"));
  OpcodesPanel* panel = window_->docks()->opcodes();
  QVERIFY(!panel->isVisible());
  QSignalSpy ready(panel, &OpcodesPanel::ready);
  child<QDockWidget>("opcodesDock")->show();
  QVERIFY(ready.wait(10'000));
  RowView* view = panel->view();
  OpcodeModel* model = panel->model();
  const NodeId call = snapshot()->marks.nodes().front();
  window_->selection()->select(0);
  window_->selection()->select(call);
  QCOMPARE(model->offsetAt(view->currentRow()), quint64{snapshot()->graph->columns().begin[call]});
  // Step by step, the selection follows.
  view->setFocus();
  const int row = view->currentRow();
  QTest::keyClick(view, Qt::Key_Down);
  QCOMPARE(view->currentRow(), row + 1);
  QCOMPARE(window_->selection()->node(), snapshot()->offsets->nodeAt(model->offsetAt(row + 1)));
  QTest::keyClick(view, Qt::Key_Up);
  QCOMPARE(view->currentRow(), row);
  QTest::keyClick(view, Qt::Key_End);
  QCOMPARE(model->index(view->currentRow(), OpcodeModel::Name).data().toString(), QString("STOP"));
  QTest::keyClick(view, Qt::Key_Home);
  QCOMPARE(view->currentRow(), 0);
  QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->rowRect(2).center());
  QCOMPARE(view->currentRow(), 2);
  child<QLineEdit>("opcodesGoTo")->setText(QString::number(snapshot()->graph->columns().begin[call]));
  QTest::keyClick(child<QLineEdit>("opcodesGoTo"), Qt::Key_Return);
  QCOMPARE(view->currentRow(), row);
}

void TestWindowFiles::inspectorShowsBytesAndOpcodes() {
  QVERIFY(openData("hostile.pkl"));
  window_->selection()->select(snapshot()->marks.nodes().front());
  QVERIFY(child<QLabel>("factPlace")->text().startsWith("bytes "));
  auto* opcodes = child<QPlainTextEdit>("inspectorOpcodes");
  QVERIFY(!opcodes->isVisible());
  QTest::mouseClick(child<QToolButton>("inspectorOpcodesTitle"), Qt::LeftButton);
  QVERIFY2(opcodes->toPlainText().contains("REDUCE"), qPrintable(opcodes->toPlainText()));
  QTest::mouseClick(child<QToolButton>("inspectorBytesTitle"), Qt::LeftButton);
  const auto& columns = snapshot()->graph->columns();
  const NodeId node = window_->selection()->node();
  QCOMPARE(child<QPlainTextEdit>("inspectorBytes")->toPlainText(),
           hexText(snapshot()->bytes, columns.begin[node], columns.end[node]));
  QTest::mouseClick(child<QToolButton>("inspectorBytesCopy"), Qt::LeftButton);
  QCOMPARE(QApplication::clipboard()->text(), child<QPlainTextEdit>("inspectorBytes")->toPlainText());
}

void TestWindowFiles::otherFilesAreExplained_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("kind");
  QTest::addRow("safetensors") << "w.safetensors"
                               << QByteArray("\x37\0\0\0\0\0\0\0", 8) +
                                      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} )" + QByteArray(4, '\0')
                               << "a safetensors file";
  QTest::addRow("png") << "p.pkl" << QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) + QByteArray(100, '\0')
                       << "a PNG picture";
  QTest::addRow("text") << "notes.pkl" << QByteArray("Dear reader,\nthis is a letter and no pickle.\n").repeated(20)
                        << "a text file";
  QTest::addRow("sqlite") << "db.pkl" << QByteArray("SQLite format 3\0", 16) + QByteArray(4'080, '\0')
                          << "an SQLite database";
}

void TestWindowFiles::otherFilesAreExplained() {
  QFETCH(QString, name);
  QFETCH(QByteArray, bytes);
  QFETCH(QString, kind);
  QVERIFY(!open(write(name, bytes)));
  QCOMPARE(window_->messages()->kind(), MessageBar::Kind::Error);
  QVERIFY2(window_->messages()->text().contains(kind), qPrintable(window_->messages()->text()));
  QVERIFY(window_->messages()->text().contains("no pickle"));
}

void TestWindowFiles::aRecordingHasNoLoading() {
  QVERIFY(openData("hostile.pkl"));
  QVERIFY(child<QDockWidget>("loadingDock")->isVisible());
  QVERIFY(open(samples::saveTrace(samples::orders(), directory_->filePath("orders.dtrace"))));
  QVERIFY(!child<QDockWidget>("loadingDock")->isVisible());
  QCOMPARE(child<QDockWidget>("problemsDock")->windowTitle(), QString("Problems"));
  QVERIFY(child<QAction>("actionNextProblem")->isEnabled());
}

void TestWindowFiles::largePickleIsShownInTwoSteps() {
  QByteArray bytes = QByteArray::fromHex("80045d28");  // a list of 4 MB strings
  const QByteArray item = [] {
    const quint32 size = 4 << 20;
    return QByteArray("X") + QByteArray(reinterpret_cast<const char*>(&size), 4) + QByteArray(size, 'a') + '\x94';
  }();
  for (int i = 0; i < 9; ++i) bytes += QByteArray("K\x05") + item;
  bytes += "e.";
  QVERIFY(static_cast<std::size_t>(bytes.size()) > kPreviewAbove);
  const QString path = write("large.pkl", bytes);
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  QVERIFY(open(path));
  QCOMPARE(shown.size(), 2);
  const auto beginning = shown.front().front().value<SnapshotPtr>();
  QVERIFY(!beginning->report);
  QVERIFY(!beginning->notes.isEmpty());
  QVERIFY(snapshot()->report);
  QVERIFY(snapshot()->notes.isEmpty());
  QVERIFY(!window_->messages()->isVisible());
}

void TestWindowFiles::cancelledLoadingEndsSoon() {
  const QString path = write("zeros.pkl", QByteArray::fromHex("80045d28") + QByteArray("K\x01").repeated(8'000'000));
  QSignalSpy shown(window_->document(), &Document::snapshotChanged);
  window_->document()->openFile(path);
  window_->document()->cancel();
  QVERIFY(!window_->document()->isBusy());
  QVERIFY(open(samples::dataFile("types.pkl")));
  QCOMPARE(snapshot()->title, QString("types.pkl"));
}

void TestWindowFiles::everyStageCanBeCancelled() {
  const QString path =
      write("numbers.pkl", QByteArray::fromHex("80045d28") + QByteArray("K\x01").repeated(300'000) + QByteArray("e."));
  for (const LoadStage stage : {LoadStage::File, LoadStage::Objects, LoadStage::Effects}) {
    LoadControl control;
    int behind = 0;
    control.progress = [&](LoadStage now, std::uint64_t done, std::uint64_t total) {
      QVERIFY(done <= total);
      if (control.cancel) ++behind;
      if (now == stage) control.cancel = true;
    };
    const auto loaded = loadSnapshot(path, {}, &control);
    QVERIFY(control.cancel);
    QVERIFY(!loaded);
    QVERIFY(loaded.error().message.isEmpty());
    QVERIFY2(behind <= 3, qPrintable(QString::number(behind)));  // of some hundred that a whole stage tells
  }
  LoadControl control;
  QVector<int> stages;
  std::uint64_t furthest = 0;
  control.progress = [&](LoadStage now, std::uint64_t done, std::uint64_t) {
    if (stages.isEmpty() || stages.last() != static_cast<int>(now)) stages << static_cast<int>(now);
    if (now == LoadStage::File) {
      QVERIFY(done >= furthest);
      furthest = done;
    }
  };
  QVERIFY(loadSnapshot(path, {}, &control));
  QCOMPARE(stages, (QVector<int>{0, 1, 2}));
  QVERIFY(furthest > 500'000);  // of 600,006 bytes
}

void TestWindowFiles::reloadKeepsTheChosenMember() {
  const QString path = directory_->filePath("bundle.zip");
  QVERIFY(QFile::copy(samples::dataFile("bundle.zip"), path));
  QVERIFY(open(path));
  const auto shown = [this] { return snapshot()->report->inspection.members[snapshot()->member].path; };
  const std::string worst = shown();
  const auto& members = snapshot()->report->inspection.members;
  const auto chosen = std::ranges::find(members, "settings.pkl", &inspect::MemberReport::path);
  QVERIFY(chosen != members.end() && worst != "settings.pkl");
  auto before = snapshot();
  window_->document()->showMember(static_cast<std::size_t>(chosen - members.begin()));
  QVERIFY(waitForNewSnapshot(before) && waitUntilIdle());
  QCOMPARE(shown(), std::string("settings.pkl"));
  window_->selection()->select(1);
  before = snapshot();
  child<QAction>("actionReload")->trigger();
  QVERIFY(waitForNewSnapshot(before) && waitUntilIdle());
  QCOMPARE(shown(), std::string("settings.pkl"));
  QCOMPARE(window_->selection()->node(), NodeId{1});
  // Another file under the same name has no such member.
  QVERIFY(QFile::remove(path) && QFile::copy(samples::dataFile("arrays.npz"), path));
  before = snapshot();
  child<QAction>("actionReload")->trigger();
  QVERIFY(waitForNewSnapshot(before) && waitUntilIdle());
  QVERIFY(shown().starts_with("objects"));
  // Opened anew, the worst one comes first again.
  QVERIFY(QFile::remove(path) && QFile::copy(samples::dataFile("bundle.zip"), path));
  QVERIFY(open(path));
  QCOMPARE(shown(), worst);
}

void TestWindowFiles::opcodesGoOnBehindArrays() {
  QVERIFY(openData("model.joblib"));
  QCOMPARE(snapshot()->arrays().size(), 2u);
  auto* dock = child<QDockWidget>("opcodesDock");
  QSignalSpy ready(window_->docks()->opcodes(), &OpcodesPanel::ready);
  dock->toggleViewAction()->trigger();
  QVERIFY(ready.wait(10'000));
  const OpcodeModel* model = window_->docks()->opcodes()->model();
  const int last = model->rowCount() - 1;
  QCOMPARE(model->index(last, OpcodeModel::Name).data().toString(), QString("STOP"));
  QCOMPARE(model->index(last, OpcodeModel::Depth).data().toString(), QString("0"));
  int arrays = 0;
  for (int row = 0; row <= last; ++row) {
    QVERIFY(model->index(row, OpcodeModel::Depth).data().toString() != "too little");
    if (!model->index(row, OpcodeModel::Name).data().toString().contains("array")) continue;
    const inspect::RawPart& part = snapshot()->arrays()[static_cast<std::size_t>(arrays++)];
    QCOMPARE(model->offsetAt(row), quint64{part.begin});
    QCOMPARE(model->rowAt(part.end - 1), row);
    QCOMPARE(model->rowAt(part.end), row + 1);
  }
  QCOMPARE(arrays, 2);
  window_->selection()->select(0);
  child<QToolButton>("inspectorOpcodesTitle")->click();
  const QString text = child<QPlainTextEdit>("inspectorOpcodes")->toPlainText();
  QVERIFY2(text.count("of an array") == 2 && text.contains("SETITEMS"), qPrintable(text));
}

void TestWindowFiles::hugeObjectIsShownBeforeItIsRead() {
  // 10 GB, nearly all of it one bytes object, of which nothing but its length has to be read.
  constexpr qint64 kSize = 10'000'000'000;
  QByteArray head = QByteArray::fromHex("80048e");
  const auto length = static_cast<quint64>(kSize - 3 - 8 - 1);
  for (int shift = 0; shift < 64; shift += 8) head += static_cast<char>(length >> shift);
  const QString path = write("huge.pkl", head);
  QFile file(path);
  if (!file.open(QIODevice::ReadWrite) || !file.resize(kSize)) QSKIP("no sparse file of 10 GB can be made here");
  QVERIFY(file.seek(kSize - 1) && file.write(".") == 1);
  file.close();
  LoadControl control;
  std::size_t objects = 0;
  int before = 0;  // how often progress was told before there was something to see
  control.progress = [&](LoadStage, std::uint64_t, std::uint64_t) { ++before; };
  control.preview = [&](const SnapshotPtr& beginning) {
    objects = beginning->graph->size();
    control.progress = {};
    control.cancel = true;
  };
  QVERIFY(!loadSnapshot(path, {}, &control));
  QCOMPARE(objects, std::size_t{1});
  QCOMPARE(before, 0);
}

void TestWindowFiles::shrinkingFileIsAnError() {
  const QString path = write(
      "shrinks.pkl", QByteArray::fromHex("80045d28") + QByteArray("K\x01").repeated(17'000'000) + QByteArray("e."));
  LoadControl control;
  bool cut = false;
  control.preview = [&](const SnapshotPtr&) { cut = QFile(path).resize(5'000); };  // when its beginning was read
  const auto loaded = loadSnapshot(path, {}, &control);
  QVERIFY(cut);
  QVERIFY(!loaded);
  QVERIFY2(loaded.error().message.contains("shrinks.pkl"), qPrintable(loaded.error().message));
}

void TestWindowFiles::foldedPartOpens() {
  QByteArray bytes("\x80\x04]");
  for (int batch = 0; batch < 400; ++batch) bytes += '(' + QByteArray("K\x01K\x02\x86").repeated(1000) + 'e';
  QVERIFY(open(write("large.pkl", bytes + '.')));
  auto* action = window_->findChild<QAction*>("actionOpenFolded");
  QVERIFY(!action->isEnabled());
  const SnapshotPtr large = snapshot();
  const dill::graph::NodeId rest = large->graph->children(0).back();
  QVERIFY(isFolded(*large->graph, rest));
  const std::uint64_t begin = large->graph->columns().begin[rest];
  window_->selection()->select(rest);
  QVERIFY(action->isEnabled());
  action->trigger();
  QVERIFY(waitForNewSnapshot(large));
  // What was folded is there, what was there is folded.
  const dill::graph::ObjectGraph& part = *snapshot()->graph;
  QCOMPARE(part.columns().begin[window_->selection()->node()], begin);
  QVERIFY(!isFolded(part, part.children(0).back()));
  QVERIFY(std::ranges::any_of(part.children(0), [&](dill::graph::NodeId node) { return isFolded(part, node); }));
  QVERIFY(snapshot()->notes.join(' ').contains("is folded"));
  // And back again.
  const SnapshotPtr opened = snapshot();
  window_->findChild<QAction*>("actionReload")->trigger();
  QVERIFY(waitForNewSnapshot(opened));
  QVERIFY(isFolded(*snapshot()->graph, snapshot()->graph->children(0).back()));
}

void TestWindowFiles::reportsHaveFindings() {
  const auto report = [&](const QString& file) {
    QProcess explorer;
    explorer.setProcessChannelMode(QProcess::MergedChannels);
    explorer.start(QStringLiteral(DILL_EXPLORER),
                   {"--report", directory_->filePath("r.txt"), "--report", directory_->filePath("r.json"), file});
    if (!explorer.waitForFinished(60'000)) return -1;
    return explorer.exitCode();
  };
  const auto content = [&](const char* name) {
    QFile file(directory_->filePath(QString::fromLatin1(name)));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  };
  QCOMPARE(report(samples::dataFile("hostile.pkl")), 1);
  QVERIFY2(content("r.txt").contains("system"), content("r.txt").constData());
  QJsonParseError error;
  const QJsonObject json = QJsonDocument::fromJson(content("r.json"), &error).object();
  QVERIFY2(error.error == QJsonParseError::NoError, qPrintable(error.errorString()));
  QCOMPARE(json["inspection"].toObject()["verdict"].toString(), QString("dangerous"));
  QCOMPARE(json["picklable"].type(), QJsonValue::Null);
  QCOMPARE(report(samples::dataFile("types.pkl")), 0);
  QCOMPARE(report(samples::dataFile("numbers.npz")), 0);  // no pickle in it
  QCOMPARE(QJsonDocument::fromJson(content("r.json")).object()["inspection"].toObject()["verdict"].toString(),
           QString("clean"));
}

void TestWindowFiles::nothingIsExecuted() {
  for (const char* name : {"hostile.pkl", "bundle.zip"}) {
    QVERIFY(openData(name));
    QTest::qWait(50);
  }
  QVERIFY(!QFile::exists("canary"));
  QVERIFY(!QFile::exists(directory_->filePath("canary")));
}

QTEST_MAIN(TestWindowFiles)
#include "test_window_files.moc"
