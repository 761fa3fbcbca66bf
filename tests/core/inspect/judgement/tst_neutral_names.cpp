// Names of files in reports: neutral() and oddity_of_name(), JSON texts, and the texts that constructors evaluate.
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "inspect/judgement/expression_text.h"
#include "inspect/judgement/json_writer.h"
#include "inspect/judgement/neutral_names.h"

using namespace dill::inspect;

namespace {

QString q(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<int>(text.size())); }

}  // namespace

class TestNeutralNames : public QObject {
  Q_OBJECT

 private slots:
  void terminal_data();
  void terminal();
  void html();
  void csv();
  void oddities_data();
  void oddities();
  void json();
  void expressions_data();
  void expressions();
};

void TestNeutralNames::terminal_data() {
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QString>("shown");
  QTest::newRow("plain") << QByteArray("os.system") << "os.system";
  QTest::newRow("letters of the world") << QByteArray("größe.модель") << "größe.модель";
  QTest::newRow("escape sequence") << QByteArray("\x1b[2J") << "\\x1b[2J";
  QTest::newRow("newline") << QByteArray("a\nb") << "a\\nb";
  QTest::newRow("C1 control") << QByteArray(
                                     "\xc2\x9b"
                                     "31m")
                              << "\\x9b31m";
  QTest::newRow("right to left override") << QByteArray(
                                                 "\xe2\x80\xae"
                                                 "abc")
                                          << "\\u202eabc";
  QTest::newRow("isolate") << QByteArray("\xe2\x81\xa6") << "\\u2066";
  QTest::newRow("zero width") << QByteArray("o\xe2\x80\x8bs") << "o\\u200bs";
  QTest::newRow("tag characters") << QByteArray("\xf3\xa0\x80\x81") << "\\U000e0001";
  QTest::newRow("lone byte") << QByteArray(
                                    "\xff"
                                    "a")
                             << "\\xffa";
  QTest::newRow("lone surrogate") << QByteArray("\xed\xa0\x80") << "\\xed\\xa0\\x80";
}

void TestNeutralNames::terminal() {
  QFETCH(QByteArray, text);
  QFETCH(QString, shown);
  QCOMPARE(q(neutral({text.data(), static_cast<std::size_t>(text.size())})), shown);
}

void TestNeutralNames::html() {
  QCOMPARE(q(neutral("<b a='1'>&\"", ReportFormat::Html)), QString("&lt;b a=&#39;1&#39;&gt;&amp;&quot;"));
}

void TestNeutralNames::csv() {
  QCOMPARE(q(neutral("=HYPERLINK(1)", ReportFormat::Csv)), QString("\"'=HYPERLINK(1)\""));
  QCOMPARE(q(neutral("@x", ReportFormat::Csv)), QString("\"'@x\""));
  QCOMPARE(q(neutral("a,\"b\"", ReportFormat::Csv)), QString("\"a,\"\"b\"\"\""));
  QCOMPARE(q(neutral("os.system", ReportFormat::Csv)), QString("os.system"));
}

void TestNeutralNames::oddities_data() {
  QTest::addColumn<QByteArray>("name");
  QTest::addColumn<QString>("oddity");
  QTest::newRow("plain") << QByteArray("os.path.join") << "";
  QTest::newRow("one other script") << QByteArray("модель.Заказ") << "";
  QTest::newRow("Latin with accents") << QByteArray("größe") << "";
  QTest::newRow("Cyrillic o in a Latin word") << QByteArray("\xd0\xbes.system") << "mixes letters of several scripts";
  QTest::newRow("Cyrillic os") << QByteArray("\xd0\xbe\xd1\x95.system") << "has letters that look like others";
  QTest::newRow("fullwidth") << QByteArray("\xef\xbd\x8f\xef\xbd\x93") << "has characters that look like others";
  QTest::newRow("mathematical") << QByteArray("\xf0\x9d\x90\xa8s") << "has characters that look like others";
  QTest::newRow("zero width") << QByteArray("o\xe2\x80\x8bs") << "has invisible characters";
  QTest::newRow("space") << QByteArray("os ") << "has invisible characters";
  QTest::newRow("no text") << QByteArray("\xff") << "is not valid text";
}

void TestNeutralNames::oddities() {
  QFETCH(QByteArray, name);
  QFETCH(QString, oddity);
  QCOMPARE(q(oddity_of_name({name.data(), static_cast<std::size_t>(name.size())})), oddity);
}

void TestNeutralNames::json() {
  JsonWriter writer;
  writer.begin_object();
  writer.field("text",
               "a\"\\\n\x7f"
               "ü\xf0\x9f\x98\x80\xff\xed\xa0\x80");
  writer.key("list");
  writer.begin_list();
  writer.number(18446744073709551615ULL);
  writer.boolean(true);
  writer.null();
  writer.begin_object();
  writer.end_object();
  writer.end_list();
  writer.end_object();
  const std::string text = writer.take();
  for (const char c : text) QVERIFY(static_cast<unsigned char>(c) < 0x7F);
  QVERIFY(text.find("\\ufffd\\ud800") != std::string::npos);
  QVERIFY(text.find("18446744073709551615") != std::string::npos);
  QJsonParseError error;
  const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &error);
  QCOMPARE(error.errorString(), QJsonParseError().errorString());
  QVERIFY(document.object()["text"].toString().startsWith(QString::fromUtf8("a\"\\\n\x7fü\xf0\x9f\x98\x80")));
}

void TestNeutralNames::expressions_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<bool>("plain");
  for (const char* text : {"range(0, 3)", "range(-5, 10, 2)", "Ellipsis", "NotImplemented", "slice(None, 3, None)",
                           "[1, 2.5, 'a']", "{'a': (1, b'x')}", "1e-5", "-3", "(1+2j)", "None"})
    QTest::newRow(text) << text << true;
  for (const char* text :
       {"exit()", "__import__('os')", "range(exit())", "().__class__", "range.__class__", "[x for x in (1,)]",
        "f'{exit()}'", "range(0)(1)", "'a'.join([])", "9**9**9", "lambda: 0", "(range)(3)(4)", "range", "a", "'unended",
        "1if exit()else 2", "b(1)", "\"%s\" % 3", "open"}) {
    // A bare name is harmless; range is on the list.
    QTest::newRow(text) << text << (QString(text) == "range");
  }
}

void TestNeutralNames::expressions() {
  QFETCH(QString, text);
  QFETCH(bool, plain);
  QCOMPARE(is_plain_expression(text.toStdString()), plain);
}

QTEST_GUILESS_MAIN(TestNeutralNames)
#include "tst_neutral_names.moc"
