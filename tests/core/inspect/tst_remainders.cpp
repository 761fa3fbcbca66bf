// Large graphs: what is folded into remainders, that what is shown is right all the same, and that remainders open.
#include <QTest>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "graph_walk.h"
#include "inspect/static_graph.h"
#include "pickle_samples.h"

using namespace dill;
using graph::NodeId;
using graph::ObjectGraph;
using graph::Outcome;

namespace {

using Data = std::vector<unsigned char>;

inspect::StaticPickle read(const Data& data, const inspect::Limits& limits = {}) {
  auto result = inspect::read_pickle(data, limits);
  if (!result) qFatal("not a pickle: %s", result.error().message.c_str());
  return std::move(*result);
}

bool is_remainder(const ObjectGraph& g, NodeId node) { return g.columns().outcome[node] == Outcome::Folded; }

std::vector<NodeId> remainders(const ObjectGraph& g) {
  std::vector<NodeId> found;
  for (NodeId node = 0; node < g.size(); ++node) {
    if (is_remainder(g, node)) found.push_back(node);
  }
  return found;
}

// Random pickles of nested containers, instances, memo hits and late fills, as picklers write them and as they do not.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}

  Data pickle() {
    data_ = {0x80, 4};
    container(0, 100);
    data_.push_back('.');
    return data_;
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  void byte(unsigned value) { data_.push_back(static_cast<unsigned char>(value)); }
  void text(std::string_view bytes) { data_.insert(data_.end(), bytes.begin(), bytes.end()); }

  void memoize() {
    byte(0x94);
    ++memo_;
  }

  void get(unsigned key) {
    if (key < 256) {
      byte('h');
      byte(key);
    } else {
      byte('j');
      for (int i = 0; i < 4; ++i) byte(key >> (8 * i) & 255);
    }
  }

  void key() {
    if (below(8) == 0) {
      byte(')');
    } else {
      const std::string name = "k" + std::to_string(below(1000));
      byte(0x8c);
      byte(static_cast<unsigned>(name.size()));
      text(name);
      if (below(2) == 0) memoize();
    }
  }

  void value(int depth) {
    const unsigned kind = below(depth > 4 ? 4 : 12);
    if (kind == 0) {
      byte('N');
    } else if (kind == 1) {
      byte('K');
      byte(below(256));
    } else if (kind == 2) {
      key();
    } else if (kind == 3 && memo_ > 0) {
      get(below(memo_));
    } else if (kind <= 7) {
      container(depth, 1 + below(12));
    } else if (kind <= 10) {
      instance(depth);
    } else {
      reduced(depth);
    }
  }

  void container(int depth, unsigned items) {
    const unsigned kind = below(6);
    if (kind == 0 && items < 4) {
      for (unsigned i = 0; i < items; ++i) value(depth + 1);
      byte(items == 0 ? ')' : 0x84 + items);
    } else if (kind == 0) {
      byte('(');
      for (unsigned i = 0; i < items; ++i) value(depth + 1);
      byte('t');
    } else if (kind == 1) {
      byte('}');
      if (below(2) == 0) memoize();
      byte('(');
      for (unsigned i = 0; i < items; ++i) {
        key();
        value(depth + 1);
      }
      byte('u');
    } else if (kind == 2) {  // one by one, as protocol 0
      byte(']');
      memoize();
      for (unsigned i = 0; i < items; ++i) {
        value(depth + 1);
        byte('a');
      }
    } else if (kind == 3) {
      byte('(');
      for (unsigned i = 0; i < items; ++i) value(depth + 1);
      byte('l');
    } else {  // in batches
      byte(']');
      const unsigned own = memo_;
      memoize();
      for (unsigned i = 0; i < items; ++i) {
        if (i % 5 == 0) byte('(');
        if (below(20) == 0) {
          get(own);  // holds itself
        } else {
          value(depth + 1);
        }
        if (i % 5 == 4 || i + 1 == items) byte('e');
      }
    }
    if (below(2) == 0) memoize();
  }

  void global() {
    if (class_ != 0 && below(4) != 0) {
      get(class_ - 1);
      return;
    }
    text("capp\nPoint\n");
    class_ = memo_ + 1;
    memoize();
  }

  void instance(int depth) {
    global();
    byte(')');
    byte(0x81);
    const unsigned own = memo_;
    memoize();
    byte('}');
    byte('(');
    for (unsigned i = 0; i < 3; ++i) {
      key();
      value(depth + 1);
    }
    byte('u');
    byte('b');
    if (below(4) == 0) {  // filled again through the memo: the state goes to an object from before
      get(below(2) == 0 ? own : below(memo_));
      byte('0');
    }
  }

  void reduced(int depth) {
    global();
    value(depth + 1);
    value(depth + 1);
    byte(0x86);
    byte('R');
    if (below(2) == 0) memoize();
    if (below(3) == 0) {  // a call for its side effect, thrown away
      text("c__builtin__\nsetattr\n");
      get(below(memo_));
      byte(0x8c);
      byte(1);
      byte('x');
      value(depth + 1);
      byte(0x87);
      byte('R');
      byte('0');
    }
  }

  std::mt19937 random_;
  Data data_;
  unsigned memo_ = 0;
  unsigned class_ = 0;  // memo number of the class, from 1
};

// First byte and type. A global that was forgotten stands for all of its name.
using Place = std::pair<std::uint64_t, std::string>;
Place place(const ObjectGraph& g, NodeId node) {
  const bool global = g.columns().reduction[node] == graph::Reduction::Global;
  return {global ? 0 : g.columns().begin[node], std::string(g.type(node))};
}

// All holds of a graph, in the tree or by reference, but those of remainders.
std::set<std::pair<Place, Place>> holds(const ObjectGraph& g) {
  std::set<std::pair<Place, Place>> found;
  for (NodeId node = 0; node < g.size(); ++node) {
    const NodeId parent = g.parent(node);
    if (parent != graph::kNoNode && !is_remainder(g, node) && !is_remainder(g, parent))
      found.emplace(place(g, parent), place(g, node));
  }
  for (const graph::Reference& r : g.columns().references) {
    if (!is_remainder(g, r.from)) found.emplace(place(g, r.from), place(g, r.to));
  }
  return found;
}

std::set<std::string> globals(const ObjectGraph& g) {
  std::set<std::string> found;
  for (NodeId node = 0; node < g.size(); ++node) {
    if (g.columns().reduction[node] == graph::Reduction::Global) found.emplace(g.type(node));
  }
  return found;
}

}  // namespace

class TstRemainders : public QObject {
  Q_OBJECT

  // 3,000 tuples (i, i, 'x') in batches of 1,000, memoized; then the first and the last but one again.
  static Data tuples() {
    Data data{0x80, 4, ']', 0x94};
    for (unsigned i = 0; i < 3000; ++i) {
      if (i % 1000 == 0) data.push_back('(');
      const auto low = static_cast<unsigned char>(i & 255), high = static_cast<unsigned char>(i >> 8);
      data.insert(data.end(), {'M', low, high, 'M', low, high, 0x8c, 1, 'x', 0x94, 0x87, 0x94});
      if (i % 1000 == 999) data.push_back('e');
    }
    const unsigned last = 2 * 2999;  // memo number of the last tuple but one
    data.insert(data.end(), {'h', 2, 'a', 'j', static_cast<unsigned char>(last & 255),
                             static_cast<unsigned char>(last >> 8), 0, 0, 'a', '.'});
    return data;
  }

 private slots:
  void rest_of_a_list() {
    const Data data = tuples();
    const inspect::StaticPickle whole = read(data);
    QCOMPARE(whole.folded, std::uint64_t{0});
    QVERIFY(remainders(*whole.graph).empty());

    const inspect::StaticPickle cut = read(data, {.shown_objects = 4200});
    const ObjectGraph& g = *cut.graph;
    QVERIFY(!cut.fault);
    QCOMPARE(cut.objects, whole.objects);
    const auto found = remainders(g);
    QCOMPARE(found.size(), std::size_t{1});
    const NodeId rest = found[0];
    QCOMPARE(g.parent(rest), NodeId{0});
    // The first batch is shown; from the second on the list has more than enough.
    QCOMPARE(g.columns().index[rest], 1000u);
    QCOMPARE(g.columns().count[rest], 8000u);
    QCOMPARE(cut.folded, std::uint64_t{8000});
    QCOMPARE(QString::fromStdString(g.description(rest)),
             QString("2,000 more items (8,000 objects), bytes 12,007 to 36,010"));
    QCOMPARE(QString::fromStdString(g.description(0)), QString("3,002 items"));
    // What follows is there: the reference to the first, and the forgotten one by its type.
    const auto children = g.children(0);
    QCOMPARE(QString::fromStdString(g.edge_text(children.back())), QString("[3001]"));
    QCOMPARE(QString::fromStdString(std::string(g.type(children.back()))), QString("tuple"));
    QCOMPARE(g.columns().memo[children.back()], 5998u);
    const auto references = g.references_from(0);
    QCOMPARE(references.size(), std::size_t{1});
    QCOMPARE(g.columns().references[references[0]].index, 3000u);
    QCOMPARE(QString::fromStdString(g.edge_text(g.columns().references[references[0]].to)), QString("[0]"));
  }

  void remainders_open() {
    const Data data = tuples();
    const inspect::StaticPickle whole = read(data);
    const inspect::StaticPickle cut = read(data, {.shown_objects = 4200});
    const NodeId rest = remainders(*cut.graph).at(0);
    const std::uint64_t begin = cut.graph->columns().begin[rest], end = cut.graph->columns().end[rest];
    const inspect::StaticPickle open = read(data, {.shown_begin = begin, .shown_end = end});
    QVERIFY(open.folded > 0);
    const auto in = [&](const ObjectGraph& g) {
      std::set<Place> places;
      for (NodeId node = 0; node < g.size(); ++node) {
        if (g.columns().begin[node] >= begin && g.columns().end[node] <= end && !is_remainder(g, node)) {
          places.insert(place(g, node));
        }
      }
      return places;
    };
    QCOMPARE(in(*open.graph).size(), std::size_t{8000});
    QVERIFY(in(*open.graph) == in(*whole.graph));
    // A part of it, twice: what is before and behind it is folded.
    const inspect::StaticPickle part = read(data, {.shown_begin = begin + 12'005, .shown_end = end - 3000});
    QCOMPARE(remainders(*part.graph).size(), std::size_t{2});
    for (const NodeId node : remainders(*part.graph)) QCOMPARE(part.graph->parent(node), NodeId{0});
  }

  // Small limits do not change what is shown, only how much.
  void shown_is_right_data() {
    QTest::addColumn<int>("shown");
    QTest::addColumn<bool>("window");
    for (const int shown : {1, 20, 200}) {
      QTest::addRow("%d objects", shown) << shown << false;
      QTest::addRow("%d objects, window", shown) << shown << true;
    }
    QTest::addRow("window") << 1'000'000 << true;
  }
  void shown_is_right() {
    QFETCH(int, shown);
    QFETCH(bool, window);
    std::size_t folds = 0, holds_checked = 0;
    for (unsigned seed = 0; seed < 30; ++seed) {
      const Data data = Writer(seed).pickle();
      const inspect::StaticPickle whole = read(data);
      inspect::Limits limits{.shown_objects = static_cast<std::uint32_t>(shown)};
      if (window) {
        limits.shown_begin = data.size() / 3;
        limits.shown_end = data.size() / 2;
      }
      const inspect::StaticPickle cut = read(data, limits);
      const std::string wrong = graph::inconsistency(*cut.graph);
      QVERIFY2(wrong.empty(), wrong.c_str());
      QCOMPARE(cut.fault.has_value(), whole.fault.has_value());
      if (cut.fault) QCOMPARE(cut.fault->offset, whole.fault->offset);
      QCOMPARE(cut.objects, whole.objects);
      folds += remainders(*cut.graph).size();
      QCOMPARE(globals(*cut.graph), globals(*whole.graph));
      const auto expected = holds(*whole.graph);
      for (const auto& hold : holds(*cut.graph)) {
        ++holds_checked;
        const QString text = QString("seed %1: %2 at %3 holds %4 at %5")
                                 .arg(seed)
                                 .arg(QString::fromStdString(hold.first.second))
                                 .arg(hold.first.first)
                                 .arg(QString::fromStdString(hold.second.second))
                                 .arg(hold.second.first);
        QVERIFY2(expected.contains(hold), qPrintable(text));
      }
    }
    qInfo("%zu remainders, %zu holds", folds, holds_checked);
    QVERIFY(folds > 20);
    QVERIFY(holds_checked > 1000);
  }

  void many_pickles() {
    Data data;
    for (unsigned i = 0; i < 5000; ++i) data.insert(data.end(), {0x80, 4, 'K', 1, 'K', 2, 0x86, '.'});
    const inspect::StaticPickle cut = read(data, {.shown_objects = 600});
    QVERIFY(!cut.fault);
    QCOMPARE(cut.pickles, 5000u);
    QCOMPARE(cut.end, std::uint64_t{data.size()});
    const auto found = remainders(*cut.graph);
    QCOMPARE(found.size(), std::size_t{1});
    QCOMPARE(cut.graph->columns().count[found[0]], 4801u * 3);
    QCOMPARE(cut.graph->columns().begin[found[0]], std::uint64_t{199 * 8});
    const inspect::StaticPickle open = read(data, {.shown_begin = 8000, .shown_end = 8080});
    QCOMPARE(remainders(*open.graph).size(), std::size_t{2});
  }

  // Trees of small containers have no long list that could be cut.
  void trees() {
    Data data{0x80, 4};
    const auto tree = [&](auto&& self, int depth) -> void {
      if (depth == 0) {
        data.insert(data.end(), {'K', 1});
        return;
      }
      self(self, depth - 1);
      self(self, depth - 1);
      data.push_back(0x86);
    };
    tree(tree, 15);
    data.push_back('.');
    const inspect::StaticPickle cut = read(data, {.max_objects = 5000, .shown_objects = 1000});
    QVERIFY(!cut.fault);
    QVERIFY(cut.graph->size() < 5000);
    QVERIFY(cut.folded > 50'000);
  }

  void start_behind_other_data() {
    Data data{'n', 'o', ' ', 'p', 'i', 'c', 'k', 'l', 'e', '!'};
    data.insert(data.end(), {0x80, 4, ']', 'K', 1, 'a', '.'});
    const inspect::StaticPickle found = read(data, {.start = 10});
    QVERIFY(!found.fault);
    QCOMPARE(found.graph->columns().begin[0], std::uint64_t{12});
    QCOMPARE(found.end, std::uint64_t{17});
    QVERIFY(!inspect::read_pickle(data, {.start = 17}));
  }
};

QTEST_APPLESS_MAIN(TstRemainders)
#include "tst_remainders.moc"
