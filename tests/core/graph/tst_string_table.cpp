#include <QTest>
#include <map>
#include <random>
#include <string>

#include "graph/string_table.h"
#include "graph/text.h"
#include "graph/utf8.h"

using namespace dill::graph;

class StringTableTest : public QObject {
  Q_OBJECT

 private slots:
  void empty_string_is_zero() {
    StringTable table;
    QCOMPARE(table.size(), std::size_t{1});
    QCOMPARE(table.intern(""), 0u);
    QCOMPARE(table.at(0), std::string_view());
    QCOMPARE(table.size(), std::size_t{1});
  }

  void equal_texts_share_an_id() {
    StringTable table;
    std::map<std::string, StringId> expected;
    std::mt19937 random(4);
    for (int i = 0; i < 50'000; ++i) {
      const std::string text = std::to_string(random() % 9'000) + std::string(random() % 3, '\0');
      const StringId id = table.intern(text);
      const auto [known, fresh] = expected.emplace(text, id);
      QCOMPARE(id, known->second);
      if (fresh) QCOMPARE(id, static_cast<StringId>(expected.size()));
    }
    QCOMPARE(table.size(), expected.size() + 1);
    for (const auto& [text, id] : expected) QCOMPARE(table.at(id), std::string_view(text));
    QCOMPARE(table.ends().back(), static_cast<std::uint32_t>(table.bytes().size()));
  }

  // A part of an interned string is a view into the table's own memory, which interning may move.
  void views_into_the_table_itself() {
    StringTable table;
    std::string expected(1'000, 'x');
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<char>('a' + i % 26);
    const StringId whole = table.intern(expected);
    for (std::size_t length = 1; length < expected.size(); ++length) {
      const StringId part = table.intern(table.at(whole).substr(0, length));
      QCOMPARE(table.at(part), std::string_view(expected).substr(0, length));
    }
  }

  void a_copy_is_independent() {
    StringTable table;
    table.intern("one");
    StringTable copy = table;
    QCOMPARE(copy.intern("two"), 2u);
    QCOMPARE(table.size(), std::size_t{2});
    QCOMPARE(copy.intern("one"), 1u);
  }

  void utf8_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("ascii") << QByteArray("plain text of some length") << true;
    QTest::newRow("two to four bytes") << QByteArray("\xC3\xAB\xE2\x82\xAC\xF0\x9F\x98\x80") << true;
    QTest::newRow("last code point") << QByteArray("\xF4\x8F\xBF\xBF") << true;
    QTest::newRow("behind a long ascii run") << QByteArray("0123456789abcdef\xC3\xAB") << true;
    QTest::newRow("lone continuation") << QByteArray("abc\x80") << false;
    QTest::newRow("cut") << QByteArray("0123456789\xE2\x82") << false;
    QTest::newRow("overlong") << QByteArray("\xC0\xAF") << false;
    QTest::newRow("overlong, three") << QByteArray("\xE0\x80\xAF") << false;
    QTest::newRow("overlong, four") << QByteArray("\xF0\x80\x80\xAF") << false;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << false;
    QTest::newRow("too large") << QByteArray("\xF4\x90\x80\x80") << false;
    QTest::newRow("0xFF") << QByteArray("12345678\xFF") << false;
  }

  void utf8() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    const std::string_view view(text.constData(), static_cast<std::size_t>(text.size()));
    QCOMPARE(is_utf8(view), valid);
    const std::string repaired = to_utf8(view);
    QVERIFY(is_utf8(repaired));
    QCOMPARE(repaired == view, valid);
  }

  void utf8_prefix_ends_between_characters() {
    const std::string text =
        "a\xE2\x82\xAC"
        "b";
    QCOMPARE(utf8_prefix(text, 0), std::string_view(""));
    QCOMPARE(utf8_prefix(text, 1), std::string_view("a"));
    QCOMPARE(utf8_prefix(text, 3), std::string_view("a"));
    QCOMPARE(utf8_prefix(text, 4), std::string_view("a\xE2\x82\xAC"));
    QCOMPARE(utf8_prefix(text, 9), std::string_view(text));
    QCOMPARE(utf8_length(text), std::size_t{3});
  }

  void numbers() {
    QCOMPARE(grouped_digits(0), std::string("0"));
    QCOMPARE(grouped_digits(999), std::string("999"));
    QCOMPARE(grouped_digits(1'000), std::string("1,000"));
    QCOMPARE(grouped_digits(12'345'678), std::string("12,345,678"));
    QCOMPARE(counted(1, "item"), std::string("1 item"));
    QCOMPARE(counted(0, "item"), std::string("0 items"));
    QCOMPARE(byte_size(1'023), std::string("1,023 bytes"));
    QCOMPARE(byte_size(1'024), std::string("1.0 KiB"));
    QCOMPARE(byte_size(1'024 * 1'024 - 1), std::string("1.0 MiB"));
    QCOMPARE(byte_size(~std::uint64_t{0}), std::string("16.0 EiB"));
  }

  void literals_as_repr_writes_them() {
    QCOMPARE(python_literal("it's"), std::string("\"it's\""));
    QCOMPARE(python_literal("a'b\"c"), std::string("'a\\'b\"c'"));
    QCOMPARE(python_literal("a\\b\n\x1b"), std::string("'a\\\\b\\n\\x1b'"));
    QCOMPARE(python_literal("n\xC3\xA4h"), std::string("'n\xC3\xA4h'"));
    QCOMPARE(python_literal("\xC2\x9B"), std::string("'\\x9b'"));
    QCOMPARE(python_literal(std::string_view("\x80\0a", 3), true), std::string("b'\\x80\\x00a'"));
    QCOMPARE(printable("a\x1b[31m\n\xFF"), std::string("a\\x1b[31m\\n\\xff"));
  }
};

QTEST_APPLESS_MAIN(StringTableTest)
#include "tst_string_table.moc"
