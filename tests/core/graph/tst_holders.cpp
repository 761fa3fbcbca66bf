#include <QTest>

#include "graph/graph_builder.h"
#include "graph/holders.h"

using namespace dill::graph;

class HoldersTest : public QObject {
  Q_OBJECT

 private slots:
  void tree_and_memo_hits() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "all", kNoIndex, "list");  // 0
    builder.add_node(0, EdgeKind::Item, "", 0, "dict");                  // 1 holds the target
    builder.add_node(1, EdgeKind::DictValue, "'a'", 0, "generator");     // 2 the target
    builder.add_node(0, EdgeKind::Item, "", 1, "list");                  // 3 holds it by a memo hit
    builder.add_node(3, EdgeKind::Item, "", 0, "int");                   // 4
    builder.add_node(0, EdgeKind::Item, "", 2, "list");                  // 5 holds who holds it
    builder.add_node(0, EdgeKind::Item, "", 3, "str");                   // 6
    builder.add_reference(3, 2, EdgeKind::Item, "", 1);
    builder.add_reference(5, 3, EdgeKind::Item, "", 0);
    const auto graph = builder.finish();
    const std::vector<NodeId> target{2};
    QCOMPARE(holders_of(*graph, target), (std::vector<bool>{true, true, true, true, false, true, false}));
    QCOMPARE(holders_of(*graph, target, EdgeKind::Item),
             (std::vector<bool>{false, true, true, false, false, false, false}));
    QCOMPARE(holders_of(*graph, {}), std::vector<bool>(7, false));
  }

  void ways_are_the_shortest() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "module");  // 0
    builder.add_node(0, EdgeKind::Variable, "a", 0, "list");            // 1
    builder.add_node(1, EdgeKind::Item, "", 0, "list");                 // 2
    builder.add_node(2, EdgeKind::Item, "", 0, "generator");            // 3 a target
    builder.add_node(0, EdgeKind::Variable, "b", 1, "dict");            // 4 holds it by way of a ...
    builder.add_node(4, EdgeKind::DictValue, "'c'", 1, "list");         // 5 ... and by a shorter one
    builder.add_node(0, EdgeKind::Variable, "n", 2, "int");             // 6
    builder.add_reference(4, 1, EdgeKind::DictValue, "'a'", 0);
    builder.add_reference(5, 3, EdgeKind::Item, "", 7);
    builder.add_reference(2, 4, EdgeKind::Item, "", 1);  // a cycle
    const auto graph = builder.finish();
    const std::vector<NodeId> target{3};
    const WaysTo ways(*graph, target);
    const auto path = [&](NodeId node) { return access_path(*graph, ways.from(node)); };
    QCOMPARE(path(1).expression, std::string("a[0][0]"));
    QCOMPARE(path(4).expression, std::string("b['c'][7]"));
    QCOMPARE(path(4).route, std::string("b -> key 'c' -> item 7"));
    QCOMPARE(ways.from(3), (std::vector<Step>{{3, EdgeKind::Item, 0, 0}}));
    QVERIFY(!ways.exists(6));
    QVERIFY(ways.from(6).empty());
  }

  void cycles_end() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "a", kNoIndex, "list");
    builder.add_node(0, EdgeKind::Item, "", 0, "list");
    builder.add_reference(1, 0, EdgeKind::Item, "", 0);
    const auto graph = builder.finish();
    const std::vector<NodeId> target{0};
    QCOMPARE(holders_of(*graph, target), (std::vector<bool>{true, true}));
    QCOMPARE(WaysTo(*graph, target).from(1).size(), std::size_t{2});
  }
};

QTEST_APPLESS_MAIN(HoldersTest)
#include "tst_holders.moc"
