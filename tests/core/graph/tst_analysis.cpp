// Shortest paths, dominators and retained bytes against slow, obvious computations on random graphs.
#include <QTest>
#include <algorithm>
#include <random>

#include "graph/analysis.h"
#include "graph/graph_builder.h"

using namespace dill::graph;

namespace {

// `wild`: memo hits to any node, also to one that comes later, as a hostile file may have; else only to earlier ones.
std::shared_ptr<const ObjectGraph> random_graph(std::mt19937& random, std::uint32_t nodes, unsigned percent_references,
                                                bool wild) {
  GraphBuilder builder;
  for (NodeId node = 0; node < nodes; ++node) {
    const bool root = node == 0 || random() % 12 == 0;
    const NodeId parent = root ? kNoNode : static_cast<NodeId>(random() % 2 == 0 ? node - 1 : random() % node);
    builder.add_node(parent, root ? EdgeKind::Root : EdgeKind::Item, "", node, "x");
    const std::uint64_t begin = random() % 100;
    builder.set_begin(node, begin);
    builder.set_end(node, begin + random() % 100);
  }
  for (std::uint32_t i = 0; i < nodes * percent_references / 100; ++i) {
    auto from = static_cast<NodeId>(random() % nodes), to = static_cast<NodeId>(random() % nodes);
    if (!wild && to > from) std::swap(from, to);
    builder.add_reference(from, to, EdgeKind::DictKey, "", i);
  }
  return builder.finish();
}

std::vector<std::vector<NodeId>> successors(const ObjectGraph& graph) {
  std::vector<std::vector<NodeId>> next(graph.size());
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (graph.parent(node) != kNoNode) next[graph.parent(node)].push_back(node);
  }
  for (const Reference& reference : graph.columns().references) next[reference.from].push_back(reference.to);
  return next;
}

// Distance of every node from the roots, without going through `blocked`; -1 where there is no way.
std::vector<int> distances(const ObjectGraph& graph, const std::vector<std::vector<NodeId>>& next, NodeId blocked) {
  std::vector<int> distance(graph.size(), -1);
  std::vector<NodeId> queue;
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (graph.parent(node) == kNoNode && node != blocked) {
      distance[node] = 0;
      queue.push_back(node);
    }
  }
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const NodeId to : next[queue[i]]) {
      if (to == blocked || distance[to] != -1) continue;
      distance[to] = distance[queue[i]] + 1;
      queue.push_back(to);
    }
  }
  return distance;
}

bool is_edge(const ObjectGraph& graph, NodeId from, const Step& step) {
  const GraphColumns& c = graph.columns();
  if (c.parent[step.node] == from &&
      Step{step.node, c.edge[step.node], c.label[step.node], c.index[step.node]} == step) {
    return true;
  }
  return std::any_of(c.references.begin(), c.references.end(), [&](const Reference& reference) {
    return reference == Reference{from, step.node, step.label, step.index, step.kind};
  });
}

}  // namespace

class AnalysisTest : public QObject {
  Q_OBJECT

 private slots:
  void against_brute_force_data() {
    QTest::addColumn<unsigned>("percent_references");
    QTest::addColumn<bool>("wild");
    QTest::newRow("tree") << 0u << false;
    QTest::newRow("few memo hits") << 10u << false;
    QTest::newRow("many memo hits") << 100u << false;
    QTest::newRow("any direction") << 40u << true;
    QTest::newRow("dense, any direction") << 250u << true;
  }

  void against_brute_force() {
    QFETCH(unsigned, percent_references);
    QFETCH(bool, wild);
    std::mt19937 random(99);
    for (int round = 0; round < 60; ++round) {
      const auto graph = random_graph(random, static_cast<std::uint32_t>(1 + random() % 70), percent_references, wild);
      const Analysis analysis(graph);
      const auto next = successors(*graph);
      const std::uint32_t nodes = graph->size();

      const std::vector<int> shortest = distances(*graph, next, kNoNode);
      std::vector<std::vector<bool>> dominates(nodes, std::vector<bool>(nodes));
      for (NodeId by = 0; by < nodes; ++by) {
        const std::vector<int> without = distances(*graph, next, by);
        for (NodeId node = 0; node < nodes; ++node) dominates[by][node] = without[node] == -1;
      }

      for (NodeId node = 0; node < nodes; ++node) {
        QCOMPARE(static_cast<int>(analysis.distance(node)), shortest[node]);
        const std::vector<Step> path = analysis.shortest_path(node);
        QCOMPARE(path.size(), std::size_t(shortest[node]) + 1);
        QCOMPARE(graph->parent(path.front().node), kNoNode);
        QCOMPARE(path.back().node, node);
        for (std::size_t i = 1; i < path.size(); ++i) QVERIFY(is_edge(*graph, path[i - 1].node, path[i]));

        // The closest dominator is dominated by all the others.
        NodeId closest = kNoNode;
        std::uint64_t retained = 0;
        for (NodeId other = 0; other < nodes; ++other) {
          if (dominates[node][other]) retained += graph->own_bytes(other);
          if (other == node || !dominates[other][node]) continue;
          if (closest == kNoNode || dominates[closest][other]) closest = other;
        }
        QCOMPARE(analysis.dominator(node), closest);
        QCOMPARE(analysis.retained_bytes(node), retained);
      }
    }
  }

  void tree_edges_win_over_memo_hits() {
    GraphBuilder builder;
    const NodeId root = builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "x");
    const NodeId a = builder.add_node(root, EdgeKind::Attribute, "a", kNoIndex, "x");
    builder.add_reference(root, a, EdgeKind::Attribute, "alias", kNoIndex);
    const Analysis analysis(builder.finish());
    QCOMPARE(analysis.shortest_path(a).back().kind, EdgeKind::Attribute);
    QCOMPARE(analysis.graph().string(analysis.shortest_path(a).back().label), std::string_view("a"));
  }

  void empty_graph() { QVERIFY(Analysis(GraphBuilder().finish()).graph().problems().empty()); }

  // No recursion, no quadratic step: a chain, a star and a ladder of memo hits with 300,000 nodes each.
  void large_shapes_data() {
    QTest::addColumn<int>("shape");
    QTest::newRow("chain") << 0;
    QTest::newRow("star") << 1;
    QTest::newRow("chain, each node referred to from the end") << 2;
    QTest::newRow("chain, each node refers to one far ahead") << 3;
  }

  void large_shapes() {
    QFETCH(int, shape);
    constexpr std::uint32_t kNodes = 300'000;
    GraphBuilder builder;
    for (NodeId node = 0; node < kNodes; ++node) {
      const NodeId parent = node == 0 ? kNoNode : shape == 1 ? 0 : node - 1;
      builder.add_node(parent, node == 0 ? EdgeKind::Root : EdgeKind::Item, "", 0, "x");
      builder.set_end(node, 0);
    }
    for (NodeId node = 0; node + 1 < kNodes; ++node) {
      if (shape == 2) builder.add_reference(kNodes - 1, node, EdgeKind::Item, "", 0);
      if (shape == 3) builder.add_reference(node, node + (kNodes - node) / 2, EdgeKind::Item, "", 0);
    }
    QElapsedTimer timer;
    timer.start();
    const Analysis analysis(builder.finish());
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString("%1 ms").arg(timer.elapsed())));
    if (shape == 0 || shape == 2) {
      QCOMPARE(analysis.distance(kNodes - 1), kNodes - 1);
      QCOMPARE(analysis.dominator(kNodes - 1), kNodes - 2);
    }
    if (shape == 1) QCOMPARE(analysis.dominator(kNodes - 1), 0u);
    if (shape == 3) QVERIFY(analysis.distance(kNodes - 1) < 40);
  }
};

QTEST_APPLESS_MAIN(AnalysisTest)
#include "tst_analysis.moc"
