// Item models, selection, texts.
#include <QAbstractItemModelTester>
#include <QFont>
#include <QtTest>

#include "models/node_match.h"
#include "models/node_status.h"
#include "models/node_text.h"
#include "models/outline_model.h"
#include "models/parts_model.h"
#include "models/problems_model.h"
#include "models/selection.h"
#include "models/variables_model.h"
#include "sample_graphs.h"

using namespace dill::gui;
using dill::graph::kNoNode;

class TestModels : public QObject {
  Q_OBJECT
 private slots:
  void outlineIsAConsistentModel();
  void outlineHasEveryNodeOnce();
  void outlineShowsReferences();
  void outlineOfAHundredThousandNodesIsLazy();
  void problemsHavePathAndError();
  void problemsTellTheirVariable();
  void culpritsHaveNoBytes();
  void matchFindsTheSamePlace();
  void variablesShowTheVerdict();
  void partsAreSortedBySize();
  void statusIsTheWorst();
  void colorsHaveContrast_data();
  void colorsHaveContrast();
  void selectionTellsOnce();
  void selectionHistory();
};

void TestModels::outlineIsAConsistentModel() {
  OutlineModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setSnapshot(samples::snapshotOf(samples::orders()));
  QCOMPARE(model.rowCount(), 1);
  const QModelIndex root = model.index(0, 0);
  QCOMPARE(model.rowCount(root), 7);
  model.setSnapshot(nullptr);
  QCOMPARE(model.rowCount(), 0);
}

void TestModels::outlineHasEveryNodeOnce() {
  const auto snapshot = samples::snapshotOf(samples::orders());
  OutlineModel model;
  model.setSnapshot(snapshot);
  std::vector<QModelIndex> waiting{QModelIndex()};
  std::uint32_t count = 0;
  std::size_t references = 0;
  while (!waiting.empty()) {
    const QModelIndex parent = waiting.back();
    waiting.pop_back();
    for (int row = 0; row < model.rowCount(parent); ++row) {
      const QModelIndex index = model.index(row, 0, parent);
      QCOMPARE(model.parent(index), parent);
      if (model.nodeAt(index) == kNoNode) {
        ++references;
        QVERIFY(!model.hasChildren(index));
        continue;
      }
      QCOMPARE(model.indexOf(model.nodeAt(index)), index);
      ++count;
      waiting.push_back(index);
    }
  }
  QCOMPARE(count, snapshot->graph->size());
  QCOMPARE(references, snapshot->graph->columns().references.size());
}

void TestModels::outlineShowsReferences() {
  const auto snapshot = samples::snapshotOf(samples::orders());
  OutlineModel model;
  model.setSnapshot(snapshot);
  const auto& reference = snapshot->graph->columns().references.back();  // gateway.config, which is shop.config
  const QModelIndex gateway = model.indexOf(reference.from);
  const QModelIndex row = model.index(model.rowCount(gateway) - 1, 0, gateway);
  QCOMPARE(row.data().toString(), QString(".config → shared: shop.config"));
  QCOMPARE(model.targetAt(row), reference.to);
  QCOMPARE(model.nodeAt(row), kNoNode);
  QVERIFY(row.data(Qt::FontRole).value<QFont>().italic());
  QVERIFY(!gateway.data(Qt::FontRole).value<QFont>().italic());
  QCOMPARE(model.targetAt(gateway), kNoNode);
  QVERIFY(!row.siblingAtColumn(OutlineModel::Bytes).data().isValid());
}

void TestModels::outlineOfAHundredThousandNodesIsLazy() {
  OutlineModel model;
  model.setSnapshot(samples::snapshotOf(samples::longList(100'000, 99'999)));
  QCOMPARE(model.rowCount(model.index(0, 0)), 100'000);
  QVERIFY(!model.canFetchMore(model.index(0, 0)));
  const QModelIndex last = model.index(99'999, OutlineModel::What, model.index(0, 0));
  QCOMPARE(model.data(last, OutlineModel::StatusRole).toInt(), static_cast<int>(NodeStatus::HoldsCulprit));
}

void TestModels::problemsHavePathAndError() {
  ProblemsModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  const auto snapshot = samples::snapshotOf(samples::orders());
  model.setSnapshot(snapshot);
  QCOMPARE(model.rowCount(), 4);
  QStringList paths;
  for (int row = 0; row < 4; ++row) {
    paths << model.index(row, ProblemsModel::Path).data().toString();
    QCOMPARE(model.rowOf(model.nodeAt(row)), row);
    QVERIFY(model.index(row, ProblemsModel::Error).data().toString().startsWith("TypeError: cannot pickle"));
  }
  QVERIFY(paths.contains("shop.config['storage']['connection']"));
  QVERIFY(paths.contains("shop.on_paid.__closure__[0].cell_contents"));
  QCOMPARE(model.rowOf(0), -1);
  QCOMPARE(model.nodeAt(4), kNoNode);
}

void TestModels::problemsTellTheirVariable() {
  ProblemsModel model;
  model.setSnapshot(samples::snapshotOf(samples::orders()));
  QVERIFY(model.index(0, ProblemsModel::Variable).data().toString().isEmpty());
  auto recording = samples::orders();
  recording.records[3].edge = dill::graph::EdgeKind::Variable;  // shop.config
  model.setSnapshot(samples::snapshotOf(std::move(recording)));
  QCOMPARE(model.index(0, ProblemsModel::Variable).data().toString(), QString("in a variable of 85 bytes"));
  QVERIFY(model.index(1, ProblemsModel::Variable).data().toString().isEmpty());
}

void TestModels::culpritsHaveNoBytes() {
  const auto snapshot = samples::snapshotOf(samples::orders());
  const auto culprit = samples::culprit(snapshot, 0);
  QCOMPARE(nodeBytesText(*snapshot->graph, culprit), QString("—"));
  QCOMPARE(nodeBytesText(*snapshot->graph, 1), QString("30 bytes"));
  QVERIFY(!toolTipText(*snapshot->graph, culprit).contains("bytes"));
  OutlineModel model;
  model.setSnapshot(snapshot);
  QCOMPARE(model.indexOf(culprit, OutlineModel::Bytes).data().toString(), QString("—"));
}

void TestModels::matchFindsTheSamePlace() {
  const auto before = samples::snapshotOf(samples::orders());
  const auto after = samples::snapshotOf(samples::fine());  // the same without the culprits: other numbers behind them
  NodeMatch match(before->graph, after->graph);
  std::uint32_t found = 0;
  for (dill::graph::NodeId node = 0; node < before->graph->size(); ++node) {
    const auto now = match.find(node);
    if (now == kNoNode) continue;
    ++found;
    QCOMPARE(edgePath(*after->graph, now), edgePath(*before->graph, node));
  }
  QCOMPARE(found, after->graph->size());
  QCOMPARE(match.find(samples::culprit(before, 0)), kNoNode);
  QCOMPARE(match.find(1'000'000), kNoNode);
}

void TestModels::variablesShowTheVerdict() {
  VariablesModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setVariables({{"shop", "__main__.Shop", false, 1024, 7}, {"rate", "float", true, 9, 8}});
  QCOMPARE(model.rowCount(), 2);
  QVERIFY(model.index(0, VariablesModel::Verdict).data().toString().contains("not"));
  QVERIFY(!model.index(1, VariablesModel::Verdict).data().toString().contains("not"));
  QCOMPARE(model.index(0, 0).data(VariablesModel::NodeRole).toUInt(), 7u);
  QCOMPARE(model.index(0, VariablesModel::Bytes).data().toString(), QString("1.0 KiB"));
}

void TestModels::partsAreSortedBySize() {
  PartsModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setSnapshot(samples::snapshotOf(samples::fine()));
  QVERIFY(model.rowCount() > 0);
  QVERIFY(model.index(0, PartsModel::What).data().toString().contains("samples"));
  double last = 1, sum = 0;
  for (int row = 0; row < model.rowCount(); ++row) {
    const double share = model.index(row, 0).data(PartsModel::ShareRole).toDouble();
    QVERIFY(share <= last);
    last = share;
    sum += share;
  }
  QVERIFY(sum <= 1.0001);
}

void TestModels::statusIsTheWorst() {
  const auto snapshot = samples::snapshotOf(samples::orders());
  QCOMPARE(statusOf(*snapshot->graph, 0), NodeStatus::HoldsCulprit);
  QCOMPARE(statusOf(*snapshot->graph, 1), NodeStatus::ByReference);
  QCOMPARE(statusOf(*snapshot->graph, samples::culprit(snapshot, 0)), NodeStatus::Culprit);
}

void TestModels::colorsHaveContrast_data() {
  QTest::addColumn<QColor>("base");
  QTest::addColumn<QColor>("text");
  QTest::addRow("light") << QColor(Qt::white) << QColor(0x1f2328);
  QTest::addRow("dark") << QColor(0x1b1e20) << QColor(0xeceff1);
}

void TestModels::colorsHaveContrast() {
  QFETCH(QColor, base);
  QFETCH(QColor, text);
  QPalette palette;
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::Text, text);
  const auto luminance = [](const QColor& color) {
    const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
  };
  const auto contrast = [&](const QColor& a, const QColor& b) {
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
  };
  for (int status = 0; status <= static_cast<int>(NodeStatus::Culprit); ++status) {
    const StatusColors colors = statusColors(palette, static_cast<NodeStatus>(status));
    QVERIFY2(contrast(colors.text, colors.fill) >= 4.5, qPrintable(QString("text %1").arg(status)));
    QVERIFY2(contrast(colors.muted, colors.fill) >= 4.5, qPrintable(QString("muted %1").arg(status)));
  }
  const StatusColors red = statusColors(palette, NodeStatus::Culprit);
  QVERIFY(contrast(red.border, base) >= 3);
  QVERIFY(red.border.hsvHue() < 15 || red.border.hsvHue() > 345);
}

void TestModels::selectionTellsOnce() {
  Selection selection;
  int count = 0;
  connect(&selection, &Selection::changed, this, [&](dill::graph::NodeId node) {
    ++count;
    selection.select(node);  // as a view does that follows
  });
  selection.select(5);
  QCOMPARE(count, 1);
  selection.select(5);
  QCOMPARE(count, 1);
}

void TestModels::selectionHistory() {
  Selection selection;
  QVERIFY(!selection.canGoBack());
  selection.select(1);
  selection.select(2);
  selection.select(3);
  selection.goBack();
  QCOMPARE(selection.node(), 2u);
  selection.goBack();
  QCOMPARE(selection.node(), 1u);
  QVERIFY(!selection.canGoBack());
  selection.goForward();
  QCOMPARE(selection.node(), 2u);
  selection.select(9);
  QVERIFY(!selection.canGoForward());
  selection.goBack();
  QCOMPARE(selection.node(), 2u);
  selection.reset();
  QCOMPARE(selection.node(), kNoNode);
  QVERIFY(!selection.canGoBack());
}

QTEST_MAIN(TestModels)
#include "test_models.moc"
