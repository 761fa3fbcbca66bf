// Models of what the static reader found: opcodes, findings and effects, members, sessions; offsets and marks.
#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>
#include <QtTest>

#include "inspect/effects/effects.h"
#include "inspect/static_graph.h"
#include "models/hex_text.h"
#include "models/loading_model.h"
#include "models/loading_text.h"
#include "models/members_model.h"
#include "models/node_opcodes.h"
#include "models/node_text.h"
#include "models/opcode_model.h"
#include "models/session_model.h"
#include "static_files.h"

using namespace dill::gui;
using dill::graph::kNoNode;
using dill::graph::NodeId;
namespace inspect = dill::inspect;
using inspect::Severity;

class TestStaticModels : public QObject {
  Q_OBJECT
 private slots:
  void offsetsLeadToTheInnermostNode();
  void opcodesAreNumbered();
  void opcodesKnowTheStack();
  void opcodesOfABrokenPickleEndWithTheReason();
  void tenMillionOpcodes();
  void opcodeModelIsConsistent();
  void argumentsAreShortAndVisible();
  void arraysOfObjectsHaveTheirOwnStack();
  void hexIsBounded();
  void nodeOpcodesNameTheChildren();
  void hiddenCharactersShow();
  void marksFollowTheFindings();
  void loadingModelIsConsistent();
  void loadingModelFilters();
  void loadingModelIsQuickWithManyFindings();
  void loadingTextsHaveEverything();
  void membersAreATree();
  void worstMemberIsFirst();
  void sessionSortsByNumbers();

 private:
  static std::shared_ptr<const OpcodeIndex> index(const QByteArray& bytes) {
    static const std::atomic<bool> never = false;
    auto kept = std::make_shared<const QByteArray>(bytes);
    return std::make_shared<const OpcodeIndex>(
        std::span(reinterpret_cast<const unsigned char*>(kept->constData()), static_cast<std::size_t>(kept->size())),
        std::span<const inspect::RawPart>(), kept, never);
  }
  static SnapshotPtr hostile() {
    inspect::GlobalName system;
    system.module = "posix";
    system.name = "system";
    system.lookups = system.calls = 1;
    system.offset = samples::kSystemGlobal;
    system.level = inspect::Level::Calls;
    system.severity = Severity::Dangerous;
    system.reason = "runs a shell command";
    return samples::staticSnapshot(
        samples::hostilePickle(),
        {{"dangerous-call", Severity::Dangerous, "loading calls posix.system", samples::kSystemReduce, "", 1},
         {"text-protocol", Severity::Note, "the pickle has protocol 0", 0, "", 1}},
        {system});
  }
};

void TestStaticModels::offsetsLeadToTheInnermostNode() {
  const auto snapshot = samples::staticSnapshot(samples::hostilePickle(), {});
  const auto& graph = *snapshot->graph;
  for (std::uint64_t offset = 0; offset < snapshot->bytes.size(); ++offset) {
    const NodeId found = snapshot->offsets->nodeAt(offset);
    // The same by looking at every node: the last one is the innermost, children come behind their parents.
    NodeId expected = kNoNode;
    for (NodeId node = 0; node < graph.size(); ++node) {
      if (graph.columns().begin[node] <= offset && offset < graph.columns().end[node]) expected = node;
    }
    QCOMPARE(found, expected);
  }
  QCOMPARE(snapshot->offsets->nodeAt(1'000'000), kNoNode);
}

void TestStaticModels::opcodesAreNumbered() {
  QByteArray bytes("]");
  for (int i = 0; i < 1'000; ++i) bytes += QByteArray("K") + static_cast<char>(i % 256) + 'a';
  bytes += '.';
  const auto opcodes = index(bytes);
  QCOMPARE(opcodes->size(), 2'002u);
  const auto all = opcodes->rows(0, 5'000);
  QCOMPARE(all.size(), 2'002u);
  std::uint64_t at = 0;
  for (std::uint64_t row = 0; row < all.size(); ++row) {
    QCOMPARE(all[row].offset, at);
    at += all[row].length;
    QCOMPARE(opcodes->rowAt(all[row].offset), row);
    QCOMPARE(opcodes->rowAt(all[row].offset + all[row].length - 1), row);
    const auto alone = opcodes->rows(row, 1);
    QCOMPARE(alone.size(), 1u);
    QCOMPARE(alone[0].offset, all[row].offset);
    QCOMPARE(alone[0].depth, all[row].depth);
  }
  QCOMPARE(at, static_cast<std::uint64_t>(bytes.size()));
  QVERIFY(opcodes->rows(2'002, 1).empty());
}

void TestStaticModels::opcodesKnowTheStack() {
  // pickletools.dis() of (1, [2, {3: (4,)}]) written with marks that stay open over many opcodes.
  const QByteArray bytes(
      "(K\x01](K\x02}(K\x03(K\x04tue"
      "t.",
      19);
  const auto rows = index(bytes)->rows(0, 100);
  QList<std::uint64_t> depths;
  for (const OpcodeRow& row : rows) {
    QVERIFY(!row.underflow);
    depths << row.depth;
  }
  QCOMPARE(depths, (QList<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 9, 6, 3, 1, 0}));
  QVERIFY(index("0.")->rows(0, 1)[0].underflow);
  QVERIFY(index("t.")->rows(0, 1)[0].underflow);
  // POP takes a mark if that is on top, and the next TUPLE finds the mark below it.
  const auto pop = index(
                       "(((0"
                       "t0.")
                       ->rows(0, 10);
  QCOMPARE(pop[3].depth, 2u);
  QCOMPARE(pop[4].depth, 2u);
  // Open marks over a checkpoint.
  QByteArray deep(600, '(');
  deep += QByteArray(600, 't') + '.';
  const auto far = index(deep)->rows(600, 600);
  QCOMPARE(far.front().depth, 600u);
  QCOMPARE(far.back().depth, 1u);
}

void TestStaticModels::opcodesOfABrokenPickleEndWithTheReason() {
  const auto opcodes =
      index(QByteArray("]K\x01"
                       "aX\xff\xff\xff",
                       8));
  QCOMPARE(opcodes->size(), 4u);
  const auto rows = opcodes->rows(0, 10);
  QCOMPARE(rows.size(), 4u);
  QVERIFY(rows.back().name.empty());
  QCOMPARE(rows.back().offset, 4u);
  QVERIFY(!rows.back().argument.empty());
  QCOMPARE(opcodes->rowAt(1'000), 3u);
  QCOMPARE(index(QByteArray("\xff"))->size(), 1u);
}

void TestStaticModels::tenMillionOpcodes() {
  QByteArray bytes("](");
  for (int i = 0; i < 1'500'000; ++i)
    bytes += QByteArray(
        "K\x01K\x02K\x03\x87\x94h\x01"
        "0",
        11);
  bytes += "e.";
  QElapsedTimer timer;
  timer.start();
  const auto opcodes = index(bytes);
  const qint64 counted = timer.restart();
  OpcodeModel model;
  model.setOpcodes(opcodes);
  QCOMPARE(model.rowCount(), 1'500'000 * 7 + 4);
  for (int row = 0; row < model.rowCount(); row += 100'003) QVERIFY(model.index(row, 1).data().isValid());
  QCOMPARE(model.index(model.rowCount() - 1, OpcodeModel::Name).data().toString(), QString("STOP"));
  qInfo("%d opcodes: counted in %lld ms, rows all over in %lld ms", model.rowCount(), counted, timer.elapsed());
}

void TestStaticModels::opcodeModelIsConsistent() {
  OpcodeModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setOpcodes(index(samples::hostilePickle()));
  const int row = model.rowAt(samples::kSystemGlobal);
  QCOMPARE(model.index(row, OpcodeModel::Name).data().toString(), QString("GLOBAL"));
  QCOMPARE(model.index(row, OpcodeModel::Argument).data().toString(), QString("posix system"));
  QCOMPARE(model.offsetAt(row), quint64{samples::kSystemGlobal});
  QCOMPARE(model.index(model.rowAt(samples::kSystemReduce), OpcodeModel::Name).data().toString(), QString("REDUCE"));
  model.setOpcodes(nullptr);
  QCOMPARE(model.rowCount(), 0);
  QCOMPARE(model.rowAt(5), -1);
}

void TestStaticModels::argumentsAreShortAndVisible() {
  QByteArray text("X");
  const QByteArray words = QByteArray("schön ").repeated(1'000);
  const auto size = static_cast<quint32>(words.size());
  text += QByteArray(reinterpret_cast<const char*>(&size), 4) + words + '.';
  const QString shown = toQString(index(text)->rows(0, 1)[0].argument);
  QVERIFY2(shown.size() < 130, qPrintable(shown));
  QVERIFY(shown.startsWith("'schön"));
  QVERIFY(!shown.contains(QChar::ReplacementCharacter));
}

void TestStaticModels::arraysOfObjectsHaveTheirOwnStack() {
  // A mark and a number, a whole pickle in between (bytes 3 to 8), another number.
  const QByteArray bytes("(K\x01K\x02K\x03\x86.K\x04t.", 13);
  const inspect::RawPart part{3, 9, true};
  const std::atomic<bool> never = false;
  const OpcodeIndex opcodes(
      std::span(reinterpret_cast<const unsigned char*>(bytes.constData()), static_cast<std::size_t>(bytes.size())),
      std::span(&part, 1), nullptr, never);
  std::vector<std::uint64_t> depths;
  for (const OpcodeRow& row : opcodes.rows(0, 100)) {
    QVERIFY(!row.underflow && !row.array);
    depths.push_back(row.depth);
  }
  QCOMPARE(depths, (std::vector<std::uint64_t>{1, 2, 1, 2, 1, 0, 3, 1, 0}));
}

void TestStaticModels::hexIsBounded() {
  std::vector<unsigned char> bytes(10'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i);
  const QStringList lines = hexText(bytes, 0x41, 0x44).split('\n');
  QCOMPARE(lines.size(), 1);
  QVERIFY2(lines[0].startsWith("00000040     41 42 43"), qPrintable(lines[0]));
  QVERIFY(lines[0].endsWith("| ABC    |"));
  const QString all = hexText(bytes, 0, bytes.size());
  QVERIFY(all.count('\n') <= static_cast<qsizetype>(kHexBytes / 8));
  QVERIFY(all.contains("more"));
  QCOMPARE(hexText(bytes, 20'000, 30'000), QString());
}

void TestStaticModels::nodeOpcodesNameTheChildren() {
  const auto snapshot = samples::staticSnapshot(samples::hostilePickle(), {});
  const QString text = nodeOpcodes(*snapshot, 0);
  QVERIFY2(text.contains("GLOBAL"), qPrintable(text));
  QVERIFY2(text.contains("# ['run']") || text.contains("# ["), qPrintable(text));
  QVERIFY(text.count('\n') < kNodeOpcodes);
}

void TestStaticModels::hiddenCharactersShow() {
  QCOMPARE(visibleText("plain äö 漢字 😀"), QString("plain äö 漢字 😀"));
  QCOMPARE(visibleText(QString("a") + QChar(0x202e) + "b"), QString("a\\u202eb"));
  QCOMPARE(visibleText("a\nb\x1b[31m"), QString("a\\x0ab\\x1b[31m"));
  QCOMPARE(visibleText(QString("zero") + QChar(0x200b)), QString("zero\\u200b"));
}

void TestStaticModels::marksFollowTheFindings() {
  const auto snapshot = hostile();
  QCOMPARE(snapshot->marks.nodes().size(), 1u);
  const NodeId call = snapshot->marks.nodes().front();
  QCOMPARE(snapshot->marks.of(call), NodeStatus::Dangerous);
  QCOMPARE(snapshot->marks.nodeOf(0), call);
  QCOMPARE(statusOf(*snapshot->graph, snapshot->marks, call), NodeStatus::Dangerous);
  QCOMPARE(snapshot->marks.of(snapshot->graph->parent(call)), NodeStatus::HoldsFinding);
  QCOMPARE(snapshot->marks.findingsOf(call), std::vector<std::size_t>{0});
  QVERIFY(toolTipText(*snapshot, call).contains("posix.system"));
}

void TestStaticModels::loadingModelIsConsistent() {
  LoadingModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setSnapshot(hostile());
  QCOMPARE(model.rowCount(), int{LoadingModel::SectionCount});
  const QModelIndex findings = model.sectionIndex(LoadingModel::Findings);
  QCOMPARE(model.rowCount(findings), 2);
  const QModelIndex first = model.index(0, 0, findings);
  QCOMPARE(first.data().toString(), QString("loading calls posix.system"));
  QCOMPARE(first.data(LoadingModel::SeverityRole).toInt(), static_cast<int>(Severity::Dangerous));
  QCOMPARE(first.data(LoadingModel::OffsetRole).toULongLong(), quint64{samples::kSystemReduce});
  QVERIFY(first.data(Qt::AccessibleTextRole).toString().startsWith("Dangerous"));
  QCOMPARE(model.findingIndex(0), first);
  const QModelIndex names = model.sectionIndex(LoadingModel::Names);
  QCOMPARE(model.rowCount(names), 1);
  const QModelIndex system = model.index(0, 0, names);
  QCOMPARE(system.data().toString(), QString("posix.system"));
  QVERIFY(system.data(LoadingModel::DetailRole).toString().contains("runs a shell command"));
  QCOMPARE(system.data(LoadingModel::SeverityRole).toInt(), static_cast<int>(Severity::Dangerous));
  QCOMPARE(model.rowCount(system), 2);  // the look-up and the call
  const QModelIndex call = model.index(1, 0, system);
  QCOMPARE(call.parent(), system);
  QVERIFY2(call.data().toString().contains("touch canary"), qPrintable(call.data().toString()));
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::InOrder)), 2);
  QVERIFY(model.asText().contains("posix.system"));
  model.setSnapshot(nullptr);
  QCOMPARE(model.rowCount(), 0);
}

void TestStaticModels::loadingModelFilters() {
  LoadingModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setSnapshot(hostile());
  model.setFilter("PROTOCOL");
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::Findings)), 1);
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::Names)), 0);
  QVERIFY(!model.findingIndex(0).isValid());
  QVERIFY(model.findingIndex(1).isValid());
  model.setFilter("shell");
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::Names)), 1);
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::InOrder)), 2);
  model.setFilter({});
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::Findings)), 2);
}

void TestStaticModels::loadingModelIsQuickWithManyFindings() {
  // 300,000 calls: (lambda of nothing) collections.OrderedDict() each.
  QByteArray bytes("](");
  for (int i = 0; i < 300'000; ++i) bytes += "ccollections\nOrderedDict\n)R";
  bytes += "e.";
  const auto snapshot = samples::staticSnapshot(bytes, {});
  LoadingModel model;
  QElapsedTimer timer;
  timer.start();
  model.setSnapshot(snapshot);
  const qint64 set = timer.restart();
  const QModelIndex order = model.sectionIndex(LoadingModel::InOrder);
  QCOMPARE(model.rowCount(order), 600'000);
  QVERIFY(model.index(599'999, 0, order).data().toString().contains("OrderedDict"));
  model.setFilter("ordered");
  qInfo("600,000 effects: shown after %lld ms, filtered after %lld ms", set, timer.elapsed());
  QCOMPARE(model.rowCount(model.sectionIndex(LoadingModel::Names)), 1);
}

void TestStaticModels::loadingTextsHaveEverything() {
  using inspect::Loader;
  for (int i = 0; i <= static_cast<int>(inspect::Level::Calls); ++i) {
    QVERIFY(!levelText(static_cast<inspect::Level>(i)).isEmpty());
    QVERIFY(!levelSentence(static_cast<inspect::Level>(i), inspect::Verdict::Clean).isEmpty());
  }
  for (int i = 0; i <= static_cast<int>(inspect::Verdict::Error); ++i) {
    QVERIFY(!verdictText(static_cast<inspect::Verdict>(i)).isEmpty());
    QVERIFY(!severityText(static_cast<Severity>(i)).isEmpty());
  }
  for (int i = 0; i <= static_cast<int>(inspect::EffectKind::Extension); ++i) {
    QVERIFY(!effectText(static_cast<inspect::EffectKind>(i)).isEmpty());
  }
  QVERIFY(loadersText(inspect::kPlainLoaders, inspect::kPlainLoaders).isEmpty());
  QVERIFY(loadersText(inspect::bit(Loader::CFile), inspect::kPlainLoaders).contains("pickle.load(file)"));
  QVERIFY(reachText(inspect::Reach::Reached).isEmpty());
  QVERIFY(reachText(inspect::Reach::AfterFault).contains("fault"));
}

namespace {
inspect::MemberReport member(const char* path, const char* format, bool isPickle,
                             inspect::Verdict verdict = inspect::Verdict::Clean) {
  static const unsigned char byte = '.';
  inspect::MemberReport report;
  report.path = path;
  report.format = format;
  report.is_pickle = isPickle;
  report.verdict = verdict;
  report.bytes = std::span(&byte, 1);
  report.size = 1;
  return report;
}
}  // namespace

void TestStaticModels::membersAreATree() {
  auto report = std::make_shared<FileReport>();
  report->path = "/tmp/bundle.zip";
  report->inspection.members = {member("", "zip", false),
                                member("readme.txt", "text", false),
                                member("inner.zip", "zip", false),
                                member("inner.zip!jobs/a.pkl", "pickle", true),
                                member("inner.zip!jobs/b.pkl", "pickle", true, inspect::Verdict::Dangerous),
                                member("last.pkl", "pickle", true)};
  MembersModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setReport(report);
  QCOMPARE(model.rowCount(), 1);
  const QModelIndex file = model.index(0, 0);
  QCOMPARE(file.data().toString(), QString("bundle.zip"));
  QCOMPARE(model.rowCount(file), 3);
  const QModelIndex inner = model.index(1, 0, file);
  QCOMPARE(inner.data().toString(), QString("inner.zip"));
  QCOMPARE(model.rowCount(inner), 2);
  const QModelIndex b = model.index(1, 0, inner);
  QCOMPARE(b.data().toString(), QString("jobs/b.pkl"));
  QCOMPARE(b.siblingAtColumn(MembersModel::Loading).data().toString(), QString("Dangerous"));
  QCOMPARE(model.indexOf(4), b);
  QVERIFY(b.data(MembersModel::PickleRole).toBool());
  QVERIFY(!inner.data(MembersModel::PickleRole).toBool());
  model.setReport(nullptr);
  QCOMPARE(model.rowCount(), 0);
}

void TestStaticModels::worstMemberIsFirst() {
  inspect::Inspection inspection;
  QVERIFY(!firstMember(inspection));
  inspection.members = {member("", "zip", false), member("a", "pickle", true, inspect::Verdict::Error),
                        member("b", "pickle", true), member("c", "pickle", true, inspect::Verdict::Dangerous),
                        member("d", "pickle", true, inspect::Verdict::Dangerous)};
  QCOMPARE(*firstMember(inspection), 3u);
  inspection.members.resize(3);
  QCOMPARE(*firstMember(inspection), 2u);
}

void TestStaticModels::sessionSortsByNumbers() {
  auto table = std::make_shared<inspect::SessionTable>();
  table->variables.resize(3);
  table->variables[0] = {"a", "int", "1", 5, 0.05, inspect::SessionVariable::Storage::Value, "", {}, {}, 7};
  table->variables[1] = {
      "b", "list", "3 items", 900, 0.9, inspect::SessionVariable::Storage::Value, "", {"numpy", "shop.Order"}, {}, 8};
  table->variables[2] = {"c", "list", "3 items", 20, 0.02, inspect::SessionVariable::Storage::Same, "b", {}, {}, 8};
  SessionModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setTable(table);
  QSortFilterProxyModel sorted;
  sorted.setSourceModel(&model);
  sorted.setSortRole(SessionModel::SortRole);
  sorted.sort(SessionModel::Bytes, Qt::DescendingOrder);
  QStringList names;
  for (int row = 0; row < 3; ++row) names << sorted.index(row, SessionModel::Name).data().toString();
  QCOMPARE(names, QStringList({"b", "c", "a"}));
  QCOMPARE(model.rowOf(8), 1);
  QCOMPARE(model.rowOf(7), 0);
  QCOMPARE(model.rowOf(9), -1);
  QCOMPARE(model.rowOf(kNoNode), -1);
  QCOMPARE(model.index(2, SessionModel::Stored).data().toString(), QString("is b"));
  QCOMPARE(model.index(1, SessionModel::Needs).data().toString(), QString("numpy, shop.Order"));
  QCOMPARE(model.index(1, SessionModel::Share).data().toString(), QString("90.0 %"));
}

QTEST_MAIN(TestStaticModels)
#include "test_static_models.moc"
