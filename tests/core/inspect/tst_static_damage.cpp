// Hostile and damaged pickles: never a crash or a hang; time and size stay linear; a fault names its offset.
#include <QTest>
#include <ctime>
#include <limits>
#include <random>

#include "inspect/static_graph.h"
#include "pickle/opcodes.h"
#include "pickle_samples.h"

using namespace dill;
using graph::kNoNode;
using graph::NodeId;

namespace {

using Data = std::vector<unsigned char>;

// "" if every part of the graph can be read and fits together.
QString visit(const graph::ObjectGraph& g, std::uint64_t size) {
  const graph::GraphColumns& c = g.columns();
  for (NodeId node = 0; node < g.size(); ++node) {
    if (c.parent[node] != kNoNode && c.parent[node] >= node) return "a parent behind its child";
    if (c.begin[node] > c.end[node] || c.end[node] > size) return "bytes outside of the data";
    if (c.count[node] == 0) return "a node for no object";
    (void)g.description(node);
    (void)g.edge_text(node);
  }
  for (const graph::Reference& r : c.references) {
    if (r.from >= g.size() || r.to >= g.size()) return "a reference to nowhere";
  }
  return {};
}

// Reads from a buffer of exactly this size, so that a sanitizer sees every read beyond it.
QString check(const Data& data) {
  const auto result = inspect::read_pickle(data);
  if (!result) {
    if (result.error().message.empty() || result.error().offset > data.size()) return "an error without place";
    return {};
  }
  if (result->fault && (result->fault->message.empty() || result->fault->offset > data.size()))
    return "a fault without place";
  if (!result->fault && result->pickles == 0) return "neither a pickle nor a fault";
  return visit(*result->graph, data.size());
}

Data repeated(std::string_view head, std::string_view body, std::size_t times, std::string_view tail) {
  Data data(head.begin(), head.end());
  data.reserve(head.size() + body.size() * times + tail.size());
  for (std::size_t i = 0; i < times; ++i) data.insert(data.end(), body.begin(), body.end());
  data.insert(data.end(), tail.begin(), tail.end());
  return data;
}

}  // namespace

class TestStaticDamage : public QObject {
  Q_OBJECT

 private slots:
  void cut_at_every_byte() {
    for (const QString& name : samples::names()) {
      const Data whole = samples::pickle(name);
      // The long lists at the end of the stdlib samples add nothing.
      for (std::size_t length = 0; length < whole.size(); length += length < 1500 ? 1 : 97) {
        const Data cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        const QString wrong = check(cut);
        QVERIFY2(wrong.isEmpty(), qPrintable(name + " cut at " + QString::number(length) + ": " + wrong));
        const auto result = inspect::read_pickle(cut);
        QVERIFY(!result || result->fault);
      }
    }
  }

  void mutations() {
    std::mt19937 random(20240229);
    const QStringList names = samples::names();
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    for (int round = 0; round < 5000; ++round) {
      const QString name = names[static_cast<qsizetype>(below(static_cast<std::size_t>(names.size())))];
      Data data = samples::pickle(name);
      for (std::size_t changes = 1 + below(8); changes > 0 && !data.empty(); --changes) {
        const auto at = data.begin() + static_cast<std::ptrdiff_t>(below(data.size()));
        switch (below(4)) {
          case 0:
            *at = static_cast<unsigned char>(below(256));
            break;
          case 1:  // an opcode somewhere
            *at = static_cast<unsigned char>(pickle::kOpcodes[below(pickle::kOpcodeCount)].opcode);
            break;
          case 2:
            data.erase(at);
            break;
          default:
            data.insert(at, static_cast<unsigned char>(pickle::kOpcodes[below(pickle::kOpcodeCount)].opcode));
        }
      }
      const QString wrong = check(data);
      QVERIFY2(wrong.isEmpty(), qPrintable(QString("round %1, %2: %3").arg(round).arg(name, wrong)));
    }
  }

  // Streams of valid opcodes in any order reach states that mutations of real pickles do not.
  void random_opcodes() {
    constexpr std::string_view kPieces[] = {"(",
                                            "0",
                                            "1",
                                            "2",
                                            "N",
                                            "K\x01",
                                            "]",
                                            "}",
                                            ")",
                                            "\x8f",
                                            "a",
                                            "e",
                                            "s",
                                            "u",
                                            "t",
                                            "l",
                                            "d",
                                            "\x85",
                                            "\x86",
                                            "\x87",
                                            "\x90",
                                            "\x91",
                                            "R",
                                            "b",
                                            "o",
                                            "\x81",
                                            "\x92",
                                            "\x94",
                                            "h\x00",
                                            "h\x01",
                                            "h\x02",
                                            "q\x01",
                                            "ca\nB\n",
                                            "Q",
                                            "ia\nB\n",
                                            "S'x'\n",
                                            ".",
                                            "cdill._dill\n_create_function\n",
                                            "cdill._dill\n_create_type\n",
                                            "cdill._dill\n_create_cell\n",
                                            "c__builtin__\nsetattr\n"};
    std::mt19937 random(7);
    for (int round = 0; round < 5000; ++round) {
      Data data{']', 0x94, 'c', 'a', '\n', 'B', '\n', ')', 0x81, 0x94};
      for (int i = 0; i < 60; ++i) {
        std::string_view piece = kPieces[random() % std::size(kPieces)];
        if (piece == std::string_view("h")) piece = std::string_view("h\0", 2);
        data.insert(data.end(), piece.begin(), piece.end());
        // Keep the stack filled, so that the stream does not end at once.
        if (random() % 3 == 0) data.insert(data.end(), {'h', static_cast<unsigned char>(random() % 3)});
      }
      const QString wrong = check(data);
      QVERIFY2(wrong.isEmpty(), qPrintable(QString("round %1: %2").arg(round).arg(wrong)));
    }
  }

  void deep_nesting_data() {
    QTest::addColumn<QByteArray>("open");
    QTest::addColumn<QByteArray>("close");
    QTest::newRow("list") << QByteArray("]") << QByteArray("a");
    QTest::newRow("marked list") << QByteArray("](") << QByteArray("e");
    QTest::newRow("tuple") << QByteArray("(") << QByteArray("t");
    QTest::newRow("dict") << QByteArray("}N") << QByteArray("s");
    QTest::newRow("set") << QByteArray("\x8f(") << QByteArray("\x90");
    QTest::newRow("call") << QByteArray("ca\nf\n(") << QByteArray("tR");
    QTest::newRow("state") << QByteArray("ca\nB\n)\x81}N") << QByteArray("sb");
  }
  void deep_nesting() {
    QFETCH(QByteArray, open);
    QFETCH(QByteArray, close);
    constexpr std::size_t kDepth = 300'000;
    Data data = repeated("", open.toStdString(), kDepth, "N");
    const Data half = data;
    const Data tail = repeated("", close.toStdString(), kDepth, ".");
    data.insert(data.end(), tail.begin(), tail.end());
    const auto whole = inspect::read_pickle(data);
    QVERIFY(whole && !whole->fault);
    QVERIFY(whole->graph->size() > kDepth);
    // Cut in the middle: the nesting is still there.
    const auto cut = inspect::read_pickle(half);
    QVERIFY(cut && cut->fault && cut->fault->offset == half.size());
    QVERIFY(cut->graph->size() > kDepth);
    QCOMPARE(cut->graph->columns().parent[1], NodeId{0});
  }

  void million_deep_list() {
    Data data = repeated("\x80\x04", "]\x94", 1'000'000, "N");
    const Data tail = repeated("", "a", 1'000'000, ".");
    data.insert(data.end(), tail.begin(), tail.end());
    const auto result = inspect::read_pickle(data);
    QVERIFY(result && !result->fault);
    QCOMPARE(result->graph->size(), 1'000'001u);
    QCOMPARE(result->graph->columns().parent[1'000'000], 999'999u);
  }

  // 2^60 objects when loaded naively; a few nodes here.
  void billion_laughs() {
    Data data = samples::bytes("\x80\x04]\x94");
    for (unsigned char i = 0; i < 60; ++i) data.insert(data.end(), {'h', i, 'h', i, 0x86, 0x94});
    data.push_back('.');
    const auto result = inspect::read_pickle(data);
    QVERIFY(result && !result->fault);
    QVERIFY(result->graph->size() <= 61);
    QVERIFY(result->graph->columns().references.size() <= 120);
  }

  void limits() {
    const Data data = repeated("", "N", 100'000, ".");
    const auto result = inspect::read_pickle(data, {.max_objects = 1000});
    QVERIFY(result && result->fault);
    QVERIFY(result->graph->size() <= 1001);
    // Duplicates, marks and memo entries are bounded as well.
    for (const std::string& flood : {std::string("2"), std::string("("), std::string("\x94"), std::string("h\0", 2)}) {
      const auto flooded = inspect::read_pickle(repeated("N\x94", flood, 100'000, "."), {.max_objects = 1000});
      QVERIFY(flooded && flooded->fault);
      QVERIFY(flooded->fault->offset < 10'000);
    }
  }

  void stops_when_told() {
    const Data data = repeated("\x80\x04](", "K\x01", 600'000, "e.");
    std::vector<std::uint64_t> told;
    inspect::Limits limits;
    limits.proceed = [&](std::uint64_t done) {
      told.push_back(done);
      return true;
    };
    const auto whole = inspect::read_pickle(data, limits);
    QVERIFY(whole && !whole->fault);
    QVERIFY(told.size() >= 2);
    QVERIFY(std::ranges::is_sorted(told));
    QVERIFY(told.front() > 0 && told.back() <= data.size());

    told.clear();
    limits.proceed = [&](std::uint64_t done) {
      told.push_back(done);
      return false;
    };
    const auto stopped = inspect::read_pickle(data, limits);
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().message, std::string("reading was stopped before the end"));
    QCOMPARE(told, std::vector<std::uint64_t>{stopped.error().offset});
  }

  // Four times the data must not take much more than four times as long.
  void linear_data() {
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("tail");
    QTest::newRow("ints") << QByteArray("](") << QByteArray("K\x01") << QByteArray("e.");
    QTest::newRow("appends") << QByteArray("]") << QByteArray("Na") << QByteArray(".");
    QTest::newRow("entries") << QByteArray("}") << QByteArray("K\x01Ns") << QByteArray(".");
    QTest::newRow("states") << QByteArray("ca\nB\n)\x81") << QByteArray("}N)sb") << QByteArray(".");
    QTest::newRow("empty states") << QByteArray("ca\nB\n)\x81") << QByteArray("}b") << QByteArray(".");
    QTest::newRow("state of a list") << QByteArray("]") << QByteArray("}b") << QByteArray(".");
    QTest::newRow("late entries") << QByteArray(
                                         "}q\x01"
                                         "0ca\nB\n)\x81")
                                  << QByteArray("h\x01N)s0") << QByteArray(".");
    QTest::newRow("later calls") << QByteArray("ca\nB\n)\x81") << QByteArray("ca\nf\n)R0") << QByteArray(".");
    QTest::newRow("cell fills") << QByteArray("ca\nB\n)\x81(cdill._dill\n_create_cell\nN\x85Rq\x01tR")
                                << QByteArray("c__builtin__\nsetattr\n(h\x01Vcell_contents\n]tR0") << QByteArray(".");
    QTest::newRow("long names") << QByteArray("V" + QByteArray(20'000, 'x') + "\nq\x01")
                                << QByteArray(
                                       "h\x01h\x01\x93"
                                       "0")
                                << QByteArray(".");
    QTest::newRow("long keys") << QByteArray("V" + QByteArray(20'000, 'x') +
                                             "\nq\x01"
                                             "0}")
                               << QByteArray("h\x01Ns") << QByteArray(".");
    QTest::newRow("functions of one code")
        << QByteArray("cdill._dill\n_create_code\nq\x02(K\1K\1K\1K\1K\1K\1NNNNNNNNNNNNtRq\x01")
        << QByteArray("cdill._dill\n_create_function\n(h\x01}VnameNNtR0") << QByteArray(".");
    QTest::newRow("marks") << QByteArray("N") << QByteArray("((11") << QByteArray(".");
    QTest::newRow("discarded") << QByteArray("N") << QByteArray("]0") << QByteArray(".");
    QTest::newRow("pickles") << QByteArray("") << QByteArray("]q\x05.") << QByteArray("");
    QTest::newRow("cut tuples") << QByteArray("") << QByteArray("(N") << QByteArray("");
    QTest::newRow("cut siblings") << QByteArray("](") << QByteArray(")") << QByteArray("");
  }
  void linear() {
    QFETCH(QByteArray, head);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, tail);
    const auto time = [&](std::size_t times) {
      const Data data = repeated(head.toStdString(), body.toStdString(), times, tail.toStdString());
      double best = std::numeric_limits<double>::max();  // processor time, so that other programs do not matter
      for (int i = 0; i < 3; ++i) {
        const std::clock_t begin = std::clock();
        const auto result = inspect::read_pickle(data);
        best = std::min(best, 1e6 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
        if (!result) qFatal("no pickle: %s", result.error().message.c_str());
      }
      return best;
    };
    const double small = std::max(time(2'000), 200.0);  // below that the clock says little
    const double large = time(8'000);
    QVERIFY2(large < small * 10, qPrintable(QString("%1 us, then %2 us").arg(small).arg(large)));
  }
};

QTEST_APPLESS_MAIN(TestStaticDamage)
#include "tst_static_damage.moc"
