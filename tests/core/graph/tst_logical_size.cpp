// How many objects a value would be if nothing were shared.
#include <QTest>
#include <cmath>
#include <limits>

#include "graph/graph_builder.h"
#include "graph/logical_size.h"

using namespace dill::graph;

namespace {

// A list of `width` times the list below it, and so on `depth` times.
double laughs(unsigned depth, unsigned width) {
  GraphBuilder builder;
  for (NodeId node = 0; node <= depth; ++node) {
    builder.add_node(node == 0 ? kNoNode : node - 1, node == 0 ? EdgeKind::Root : EdgeKind::Item, "", 0, "list");
  }
  for (NodeId node = 0; node < depth; ++node) {
    for (unsigned i = 1; i < width; ++i) builder.add_reference(node, node + 1, EdgeKind::Item, "", i);
  }
  return logical_size(*builder.finish());
}

}  // namespace

class LogicalSizeTest : public QObject {
  Q_OBJECT

 private slots:
  void nothing_shared() {
    GraphBuilder builder;
    QCOMPARE(logical_size(*GraphBuilder().finish()), 0.0);
    builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "list");
    builder.add_node(0, EdgeKind::Item, "", 0, "int");
    builder.set_count(1, 7);
    builder.add_node(kNoNode, EdgeKind::Root, "pickle 2", kNoIndex, "list");
    QCOMPARE(logical_size(*builder.finish()), 9.0);
  }

  void laughs_are_counted_one_by_one() {
    QCOMPARE(laughs(3, 10), 1'111.0);
    const double many = laughs(60, 10);
    QVERIFY(std::abs(many / 1.111111e60 - 1) < 1e-5);
    QCOMPARE(logical_size_text(many), std::string("about 1.1e+60 objects"));
    QVERIFY(is_larger_unshared(many, 600));
    QVERIFY(!is_larger_unshared(1'111, 1'111));
    QCOMPARE(logical_size_text(1'111), std::string("1,111 objects"));
  }

  void the_largest_double_is_the_end() {
    QCOMPARE(laughs(100'000, 10), std::numeric_limits<double>::max());  // deep, too
  }

  void cycles_are_cut() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "list");
    builder.add_node(0, EdgeKind::Item, "", 0, "list");
    builder.add_reference(1, 0, EdgeKind::Item, "", 0);
    builder.add_reference(0, 0, EdgeKind::Item, "", 1);
    QCOMPARE(logical_size(*builder.finish()), 4.0);
  }

  void what_is_put_in_later_counts_where_it_is() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "function");
    builder.add_node(0, EdgeKind::FunctionState, "__globals__", kNoIndex, "dict");
    builder.add_node(0, EdgeKind::Global, "x", kNoIndex, "list");
    builder.add_reference(1, 2, EdgeKind::DictValue, "'x'", 0);
    builder.add_node(0, EdgeKind::Global, "y", kNoIndex, "list");
    QCOMPARE(logical_size(*builder.finish()), 4.0);
  }
};

QTEST_APPLESS_MAIN(LogicalSizeTest)
#include "tst_logical_size.moc"
