// Damaged and hostile .dtrace files: open() gives an error or a graph whose every part can be read, never a crash.
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include "graph_walk.h"
#include "sample_recording.h"
#include "trace/trace_file.h"

using namespace dill;
namespace fs = std::filesystem;

namespace {

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
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
    const std::string wrong = graph::inconsistency(*(*trace)->graph);
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
      if (trace) graph::inconsistency(*(*trace)->graph);
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
