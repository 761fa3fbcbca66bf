// Tidy layout, what is expanded, box index.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "layout/box_index.h"
#include "layout/expanded_tree.h"
#include "layout/tidy_tree.h"
#include "sample_graphs.h"

using namespace dill::gui;
using dill::graph::kNoNode;
using dill::graph::NodeId;

namespace {

struct Forest {
  std::vector<std::int32_t> parents;
  std::vector<TidySize> sizes;
};

double randomUpTo(std::mt19937& random, unsigned limit) { return static_cast<double>(random() % limit); }

// A random tree in pre-order.
Forest randomTree(unsigned seed, int count) {
  std::mt19937 random(seed);
  Forest forest;
  std::vector<std::int32_t> path;
  for (int i = 0; i < count; ++i) {
    if (!path.empty()) path.resize(1 + random() % path.size());
    forest.parents.push_back(path.empty() ? -1 : path.back());
    forest.sizes.push_back({40 + randomUpTo(random, 260), 20 + randomUpTo(random, 40)});
    path.push_back(i);
  }
  return forest;
}

bool overlap(const TidyPoint& a, const TidySize& sa, const TidyPoint& b, const TidySize& sb) {
  return a.x < b.x + sb.width && b.x < a.x + sa.width && a.y < b.y + sb.height && b.y < a.y + sa.height;
}

std::vector<VisibleItem> shown(const SnapshotPtr& snapshot) {
  ExpandedTree tree(snapshot->graph);
  tree.expandDefault();
  return tree.collect();
}

}  // namespace

class TestLayout : public QObject {
  Q_OBJECT
 private slots:
  void nothingOverlaps_data();
  void nothingOverlaps();
  void parentIsLevelWithItsFirstChild();
  void shortBranchFillsTheRoomBesideALongOne();
  void deepChainAndWideStarAreFast();
  void everyCulpritIsShownByDefault();
  void childrenComeInChunks();
  void aCulpritIsNeverBehindMore();
  void revealShowsAHiddenNode();
  void collapseHidesTheSubtree();
  void expandSubtreeStopsAtTheLimit();
  void indexFindsWhatAScanFinds();
  void blocksKeepTheWorstStatus();
};

void TestLayout::nothingOverlaps_data() {
  QTest::addColumn<unsigned>("seed");
  for (unsigned seed = 1; seed <= 8; ++seed) QTest::addRow("%u", seed) << seed;
}

void TestLayout::nothingOverlaps() {
  QFETCH(unsigned, seed);
  const Forest forest = randomTree(seed, 400);
  const auto places = tidyTree(forest.parents, forest.sizes);
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      QVERIFY2(!overlap(places[i], forest.sizes[i], places[j], forest.sizes[j]),
               qPrintable(QString("%1 %2").arg(i).arg(j)));
    }
    if (forest.parents[i] < 0) continue;
    const auto parent = static_cast<std::size_t>(forest.parents[i]);
    QCOMPARE(places[i].x, places[parent].x + forest.sizes[parent].width + TidySpacing{}.column);
    QVERIFY(places[i].y >= places[parent].y);
    // The line from the parent down to this child meets no box.
    const TidyPoint trunk{places[i].x - 18, places[parent].y + forest.sizes[parent].height};
    const TidySize line{0.5, places[i].y - trunk.y};
    for (std::size_t j = 0; j < places.size() && line.height > 0; ++j) {
      QVERIFY2(!overlap(trunk, line, places[j], forest.sizes[j]),
               qPrintable(QString("line to %1 meets %2").arg(i).arg(j)));
    }
  }
}

void TestLayout::parentIsLevelWithItsFirstChild() {
  const Forest forest = randomTree(99, 300);
  const auto places = tidyTree(forest.parents, forest.sizes);
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (forest.parents[i] == static_cast<std::int32_t>(i) - 1) QCOMPARE(places[i].y, places[i - 1].y);
  }
}

void TestLayout::shortBranchFillsTheRoomBesideALongOne() {
  // Root with two children; the first one has three: the second child lies directly below the first, not below its
  // children.
  const std::vector<std::int32_t> parents{-1, 0, 1, 1, 1, 0};
  const std::vector<TidySize> sizes(6, TidySize{100, 30});
  const auto places = tidyTree(parents, sizes);
  QCOMPARE(places[5].y, 40.0);
  QCOMPARE(places[4].y, 80.0);
}

void TestLayout::deepChainAndWideStarAreFast() {
  constexpr int kCount = 100'000;
  std::vector<std::int32_t> chain(kCount), star(kCount, 0);
  for (int i = 0; i < kCount; ++i) chain[static_cast<std::size_t>(i)] = i - 1;
  star[0] = -1;
  const std::vector<TidySize> sizes(kCount, TidySize{100, 30});
  QElapsedTimer timer;
  timer.start();
  QCOMPARE(tidyTree(chain, sizes).back().y, 0.0);
  qInfo("chain of 100,000: %lld ms", timer.restart());
  QCOMPARE(tidyTree(star, sizes).back().y, (kCount - 2) * 40.0);
  qInfo("star of 100,000: %lld ms", timer.elapsed());
}

void TestLayout::everyCulpritIsShownByDefault() {
  const auto snapshot = samples::snapshotOf(samples::orders());
  const auto items = shown(snapshot);
  for (const auto& problem : snapshot->graph->problems()) {
    QVERIFY(std::any_of(items.begin(), items.end(), [&](const VisibleItem& item) {
      return item.kind == VisibleItem::Kind::Node && item.node == problem.node;
    }));
  }
  for (std::size_t i = 0; i < items.size(); ++i) QVERIFY(items[i].parent < static_cast<int>(i));
}

void TestLayout::childrenComeInChunks() {
  const auto snapshot = samples::snapshotOf(samples::longList(1'000, 2'000));
  ExpandedTree tree(snapshot->graph);
  tree.expandDefault();
  auto items = tree.collect();
  QCOMPARE(items.size(), 1u + 25u + 1u);
  QCOMPARE(items.back().kind, VisibleItem::Kind::More);
  QCOMPARE(items.back().children, 975u);
  tree.showMore(0);
  items = tree.collect();
  QCOMPARE(items.size(), 1u + 50u + 1u);
  QCOMPARE(items.back().children, 950u);
  for (int i = 0; i < 60; ++i) tree.showMore(0);
  QCOMPARE(tree.collect().size(), 1'001u);
}

void TestLayout::aCulpritIsNeverBehindMore() {
  const auto snapshot = samples::snapshotOf(samples::longList(1'000, 500));
  const auto items = shown(snapshot);
  const NodeId culprit = samples::culprit(snapshot, 0);
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const VisibleItem& item) { return item.node == culprit; });
  QVERIFY(found != items.end());
  QCOMPARE(items.back().kind, VisibleItem::Kind::More);
  QCOMPARE(items.back().children, 974u);
  QCOMPARE(items.back().problems, 0u);
}

void TestLayout::revealShowsAHiddenNode() {
  const auto snapshot = samples::snapshotOf(samples::longList(1'000, 2'000));
  ExpandedTree tree(snapshot->graph);
  tree.expandDefault();
  tree.reveal(700);
  const auto items = tree.collect();
  QVERIFY(std::any_of(items.begin(), items.end(), [](const VisibleItem& item) { return item.node == 700; }));
  QCOMPARE(items.back().children, 974u);
}

void TestLayout::collapseHidesTheSubtree() {
  const auto snapshot = samples::snapshotOf(samples::orders());
  ExpandedTree tree(snapshot->graph);
  tree.expandDefault();
  tree.collapse(0);
  QCOMPARE(tree.collect().size(), 1u);
  QVERIFY(!tree.collect().front().expanded);
  QCOMPARE(tree.collect().front().problems, 4u);
}

void TestLayout::expandSubtreeStopsAtTheLimit() {
  const auto snapshot = samples::snapshotOf(samples::large(10'000, false));
  ExpandedTree tree(snapshot->graph);
  QVERIFY(!tree.expandSubtree(0, 500));
  QVERIFY(tree.collect().size() <= 550);
  QVERIFY(tree.collect().size() >= 450);
  ExpandedTree all(snapshot->graph);
  QVERIFY(all.expandSubtree(0, 20'000));
  QCOMPARE(all.collect().size(), 10'000u);
}

void TestLayout::indexFindsWhatAScanFinds() {
  std::mt19937 random(7);
  std::vector<Box> boxes;
  std::vector<std::uint8_t> status;
  for (int i = 0; i < 3'000; ++i) {
    const double x = randomUpTo(random, 5'000), y = i * 3.0;
    boxes.push_back({x, y, x + randomUpTo(random, 300), y + randomUpTo(random, 60)});
    status.push_back(0);
  }
  const BoxIndex index(boxes, status);
  for (int i = 0; i < 50; ++i) {
    const double x = randomUpTo(random, 5'000), y = randomUpTo(random, 9'000);
    const Box area{x, y, x + 800, y + 500};
    std::vector<std::size_t> expected, found;
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      if (boxes[b].intersects(area)) expected.push_back(b);
    }
    index.visit(
        area, 0, [&](std::size_t b) { found.push_back(b); }, [](const Box&, std::uint8_t) { QFAIL("block"); });
    QCOMPARE(found, expected);
  }
}

void TestLayout::blocksKeepTheWorstStatus() {
  std::vector<Box> boxes;
  std::vector<std::uint8_t> status;
  for (int i = 0; i < 5'000; ++i) {
    boxes.push_back({0, i * 1.0, 1, i + 0.5});
    status.push_back(i == 4'321 ? 4 : 0);
  }
  const BoxIndex index(boxes, status);
  int worst = 0, blocks = 0;
  index.visit(
      index.bounds(), 1'000, [](std::size_t) {},
      [&](const Box& box, std::uint8_t s) {
        ++blocks;
        if (s == 4) {
          ++worst;
          QVERIFY(box.top <= 4'321 && box.bottom >= 4'321);
        }
      });
  QCOMPARE(worst, 1);
  QVERIFY(blocks < 50);
}

QTEST_GUILESS_MAIN(TestLayout)
#include "test_layout.moc"
