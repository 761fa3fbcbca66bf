// Damaged and hostile .dtrace files: open() gives an error or a graph whose every part can be read, never a crash.
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include "graph/utf8.h"
#include "sample_recording.h"
#include "trace/trace_file.h"

using namespace dill;
namespace fs = std::filesystem;

namespace {

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Reads everything of a graph through its public interface; "" if all of it holds together.
std::string visit(const graph::ObjectGraph& graph) {
  const graph::GraphColumns& c = graph.columns();
  std::size_t children = 0, from = 0, to = 0, roots = 0, places = 0;
  for (graph::NodeId node = 0; node < graph.size(); ++node) {
    if (c.parent[node] == graph::kNoNode) {
      ++roots;
    } else if (c.parent[node] >= node) {
      return "parent behind its child";
    }
    for (const graph::NodeId child : graph.children(node)) {
      if (c.parent[child] != node) return "a child with another parent";
      ++children;
    }
    for (const std::uint32_t i : graph.references_from(node)) from += c.references[i].from == node;
    for (const std::uint32_t i : graph.references_to(node)) to += c.references[i].to == node;
    if (c.edge[node] >= graph::EdgeKind::kCount || c.outcome[node] >= graph::Outcome::kCount ||
        c.reduction[node] >= graph::Reduction::kCount || c.detail_kind[node] >= graph::DetailKind::kCount) {
      return "an unknown number";
    }
    if (c.begin[node] > c.end[node] || c.count[node] == 0) return "an impossible range or count";
    if (graph.own_bytes(node) > graph.subtree_bytes(node)) return "more own bytes than bytes";
    const std::string text = graph.description(node) + graph.edge_text(node) + std::string(graph.type(node)) +
                             std::string(graph.string(c.reducer[node]));
    if (!graph::is_utf8(text)) return "text that is not UTF-8";
    if (graph.problem_of(node) != nullptr && graph.problems_below(node) == 0) return "a problem that is not counted";
    if (const graph::Location* place = graph.location_of(node)) {
      if (place->node != node || place->line == 0 || !graph::is_utf8(graph.string(place->file))) return "a bad place";
      ++places;
    }
    if (!c.start_ns.empty() && c.start_ns[node] > c.stop_ns[node]) return "an impossible time";
  }
  if (children + roots != graph.size()) return "children that do not add up";
  if (places != c.locations.size()) return "places in the source that do not add up";
  if (from != c.references.size() || to != from) return "references that do not add up";
  for (const graph::Reference& reference : c.references) {
    if (!graph::is_utf8(graph.edge_text(reference.kind, reference.label, reference.index))) return "text not UTF-8";
  }
  for (const graph::Problem& problem : graph.problems()) {
    std::string text;
    for (const auto id : {problem.exception, problem.message, problem.expression, problem.route, problem.advice}) {
      text += graph.string(id);
    }
    for (const graph::Cause& cause : problem.causes)
      text += std::string(graph.string(cause.type)) + std::string(graph.string(cause.message));
    if (problem.node >= graph.size() || !graph::is_utf8(text)) return "a bad problem";
  }
  return {};
}

}  // namespace

class TraceDamageTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::string small_, large_;
  int opened_ = 0, refused_ = 0;

  fs::path file(const char* name) const { return folder_.filePath(name).toStdString(); }

  std::string saved(const trace::Recording& recording) const {
    return trace::save(recording, file("good.dtrace")) ? read_all(file("good.dtrace")) : std::string();
  }

  // Opens a file of these bytes; false if it opens as a graph that does not hold together.
  bool survives(const std::string& bytes) {
    std::ofstream(file("damaged.dtrace"), std::ios::binary) << bytes;
    const auto trace = trace::open(file("damaged.dtrace"));
    if (!trace) {
      ++refused_;
      return !trace.error().message.empty();
    }
    ++opened_;
    const std::string wrong = visit(*(*trace)->graph);
    if (!wrong.empty()) qWarning("%s", wrong.c_str());
    return wrong.empty();
  }

 private slots:
  void initTestCase() {
    QVERIFY(folder_.isValid());
    small_ = saved(test::small_recording());
    large_ = saved(test::large_recording(800, 3));
    QVERIFY(!small_.empty() && !large_.empty());
  }

  void init() { opened_ = refused_ = 0; }

  void undamaged_files_open() {
    QVERIFY(survives(small_));
    QVERIFY(survives(large_));
    QCOMPARE(opened_, 2);
  }

  void truncated() {
    for (std::size_t length = 0; length < small_.size(); ++length) QVERIFY(survives(small_.substr(0, length)));
    for (std::size_t length = 0; length < large_.size(); length += 64) QVERIFY(survives(large_.substr(0, length)));
    QCOMPARE(opened_, 0);  // a cut file is always noticed
  }

  // As above, with a size in the header that fits: now the verifier has to notice.
  void truncated_with_a_matching_size() {
    for (std::size_t length = 12; length < small_.size(); ++length) {
      std::string bytes = small_.substr(0, length);
      const auto rest = static_cast<std::uint32_t>(length - 4);
      std::memcpy(bytes.data(), &rest, sizeof rest);
      QVERIFY(survives(bytes));
    }
  }

  void longer_than_it_says() {
    QVERIFY(survives(small_ + '\0'));
    QVERIFY(survives(small_ + small_));
    QCOMPARE(opened_, 0);
  }

  // Another program shortens the file while it is read, at whatever moment.
  void becomes_shorter_while_it_is_read() {
    int shortened = 0;
    for (int round = 0; round < 200; ++round) {
      std::ofstream(file("shrinking.dtrace"), std::ios::binary) << large_;
      std::atomic<bool> started = false;
      std::thread other([&] {
        started = true;
        std::this_thread::sleep_for(std::chrono::microseconds(2 * round));
        fs::resize_file(file("shrinking.dtrace"), large_.size() / 200 * round);
      });
      while (!started) std::this_thread::yield();
      const auto trace = trace::open(file("shrinking.dtrace"));
      if (!trace) {
        QVERIFY(!trace.error().message.empty());
        shortened += trace.error().kind == trace::Error::Kind::Truncated;
      }
      other.join();
      // What it says then means nothing, but asking is no crash.
      if (trace) visit(*(*trace)->graph);
    }
    qInfo("%d of 200 were found to be shorter", shortened);
  }

  void every_byte_set_to_extremes() {
    for (std::size_t at = 0; at < small_.size(); ++at) {
      for (const int value : {0x00, 0x80, 0xFF}) {
        std::string bytes = small_;
        bytes[at] = static_cast<char>(value);
        QVERIFY(survives(bytes));
      }
    }
    QVERIFY(refused_ > 0 && opened_ > 0);
  }

  void random_mutations_data() {
    QTest::addColumn<bool>("large");
    QTest::newRow("every section, few nodes") << false;
    QTest::newRow("many nodes") << true;
  }

  void random_mutations() {
    QFETCH(bool, large);
    const std::string& good = large ? large_ : small_;
    std::mt19937 random(20'240'501);
    for (int round = 0; round < 2'000; ++round) {
      std::string bytes = good;
      const unsigned changes = 1 + random() % 8;
      for (unsigned change = 0; change < changes; ++change) {
        const std::size_t at = random() % bytes.size();
        if (random() % 2 == 0) {
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        } else if (at + 4 <= bytes.size()) {
          const std::uint32_t values[] = {0,
                                          1,
                                          0x7FFF'FFFF,
                                          0xFFFF'FFFF,
                                          static_cast<std::uint32_t>(random()),
                                          static_cast<std::uint32_t>(random() % bytes.size())};
          std::memcpy(bytes.data() + at, &values[random() % std::size(values)], 4);
        }
      }
      QVERIFY2(survives(bytes), qPrintable(QString("round %1").arg(round)));
    }
    QVERIFY(refused_ > 100);
    QVERIFY(opened_ > 0);
  }
};

QTEST_APPLESS_MAIN(TraceDamageTest)
#include "tst_trace_damage.moc"
