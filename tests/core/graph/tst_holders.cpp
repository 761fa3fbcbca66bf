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

  void cycles_end() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "a", kNoIndex, "list");
    builder.add_node(0, EdgeKind::Item, "", 0, "list");
    builder.add_reference(1, 0, EdgeKind::Item, "", 0);
    const auto graph = builder.finish();
    const std::vector<NodeId> target{0};
    QCOMPARE(holders_of(*graph, target), (std::vector<bool>{true, true}));
  }
};

QTEST_APPLESS_MAIN(HoldersTest)
#include "tst_holders.moc"
