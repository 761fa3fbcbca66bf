// The raw bytes of arrays between opcodes: dtype texts, and where the bytes lie.
#include <QTest>
#include <array>
#include <limits>
#include <vector>

#include "inspect/raw_array.h"

using namespace dill::inspect;

class TestRawArray : public QObject {
  Q_OBJECT

 private slots:
  void dtypes_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QChar>("kind");  // '-': none
    QTest::addColumn<qulonglong>("size");
    QTest::newRow("double") << "f8" << QChar('f') << qulonglong{8};
    QTest::newRow("byte order") << ">i4" << QChar('i') << qulonglong{4};
    QTest::newRow("text") << "<U10" << QChar('U') << qulonglong{40};
    QTest::newRow("bytes") << "S3" << QChar('S') << qulonglong{3};
    QTest::newRow("old bytes") << "a3" << QChar('S') << qulonglong{3};
    QTest::newRow("record") << "V16" << QChar('V') << qulonglong{16};
    QTest::newRow("bool") << "b1" << QChar('b') << qulonglong{1};
    QTest::newRow("question mark") << "?" << QChar('?') << qulonglong{1};
    QTest::newRow("time") << "M8[ns]" << QChar('M') << qulonglong{8};
    QTest::newRow("empty") << "" << QChar('-') << qulonglong{0};
    QTest::newRow("order only") << "<" << QChar('-') << qulonglong{0};
    QTest::newRow("no size") << "f" << QChar('-') << qulonglong{0};
    QTest::newRow("negative") << "f-8" << QChar('-') << qulonglong{0};
    QTest::newRow("rest") << "f8x" << QChar('-') << qulonglong{0};
    QTest::newRow("huge") << "f99999999999999999999" << QChar('-') << qulonglong{0};
    QTest::newRow("large text") << "U9999999999999999999" << QChar('U') << std::numeric_limits<qulonglong>::max();
  }
  void dtypes() {
    QFETCH(QString, text);
    QFETCH(QChar, kind);
    QFETCH(qulonglong, size);
    const auto type = item_type(text.toStdString());
    QCOMPARE(type.has_value(), kind != QChar('-'));
    if (!type) return;
    QCOMPARE(QChar(type->kind), kind);
    QCOMPARE(qulonglong{type->size}, size);
  }

  void counts() {
    QCOMPARE(item_count({}), std::uint64_t{1});
    QCOMPARE(item_count(std::array<std::uint64_t, 2>{3, 4}), std::uint64_t{12});
    const std::array<std::uint64_t, 4> large{1ull << 40, 1ull << 40, 1ull << 40, 2};
    QCOMPARE(item_count(large), std::numeric_limits<std::uint64_t>::max());
    QCOMPARE(item_count(std::array<std::uint64_t, 3>{1ull << 63, 1ull << 63, 0}), std::uint64_t{0});
  }

  void places() {
    const std::vector<unsigned char> input{0xAA, 2, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, '.'};
    const auto plain = raw_bytes(input, 4, {.items = 2, .item_size = 4});
    QVERIFY(plain && plain->begin == 4 && plain->end == 12);
    const auto padded = raw_bytes(input, 1, {.items = 1, .item_size = 8, .aligned = true});
    QVERIFY(padded && padded->begin == 4 && padded->end == 12);
    QVERIFY(raw_bytes(input, 13, {.items = 0, .item_size = 8}));
    QVERIFY(!raw_bytes(input, 4, {.items = 10, .item_size = 1}));
    QVERIFY(!raw_bytes(input, 14, {}));
    QVERIFY(!raw_bytes(input, 13, {.aligned = true}));
    QVERIFY(!raw_bytes(input, 0, {.aligned = true}));  // a padding of 170 bytes
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    QVERIFY(!raw_bytes(input, 4, {.items = most, .item_size = most}));
  }
};

QTEST_APPLESS_MAIN(TestRawArray)
#include "tst_raw_array.moc"
