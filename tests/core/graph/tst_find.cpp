#include <QTest>

#include "graph/find.h"
#include "graph/graph_builder.h"

using namespace dill::graph;

class FindTest : public QObject {
  Q_OBJECT

  std::shared_ptr<const ObjectGraph> graph_;
  const std::atomic<bool> go_on_{false};

 private slots:
  void initTestCase() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "svc", kNoIndex, "app.Service");
    builder.add_node(0, EdgeKind::Attribute, "config", kNoIndex, "dict");
    builder.add_node(1, EdgeKind::DictValue, "'db'", 0, "sqlite3.Connection");
    builder.add_node(1, EdgeKind::DictValue, "'name'", 1, "str");
    builder.set_str(3, "Service of the day", 18);
    builder.add_node(1, EdgeKind::DictValue, "'limit'", 2, "int");
    builder.set_int(4, 4711);
    graph_ = builder.finish();
  }

  void finds_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QList<NodeId>>("expected");
    QTest::newRow("type and description") << "SERVICE" << QList<NodeId>{0, 3};
    QTest::newRow("edge") << ".Conf" << QList<NodeId>{1};
    QTest::newRow("key") << "['db']" << QList<NodeId>{2};
    QTest::newRow("number") << "471" << QList<NodeId>{4};
    QTest::newRow("type only") << "sqlite3" << QList<NodeId>{2};
    QTest::newRow("nothing") << "nowhere" << QList<NodeId>{};
    QTest::newRow("empty") << "" << QList<NodeId>{};
  }

  void finds() {
    QFETCH(QString, text);
    QFETCH(QList<NodeId>, expected);
    const Found found = find(*graph_, text.toStdString(), go_on_);
    QVERIFY(found.complete);
    QCOMPARE(QList<NodeId>(found.nodes.begin(), found.nodes.end()), expected);
  }

  void limit() {
    const Found some = find(*graph_, "service", go_on_, 1);
    QCOMPARE(some.nodes, std::vector<NodeId>{0});
    QVERIFY(!some.complete);
    QVERIFY(find(*graph_, "service", go_on_, 2).complete);
  }

  void stops() {
    const std::atomic<bool> stop{true};
    const Found found = find(*graph_, "service", stop);
    QVERIFY(found.nodes.empty());
    QVERIFY(!found.complete);
  }
};

QTEST_APPLESS_MAIN(FindTest)
#include "tst_find.moc"
