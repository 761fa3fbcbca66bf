// The command line.
#include <QtTest>

#include "app/options.h"

using namespace dill::gui;

class TestOptions : public QObject {
  Q_OBJECT
 private slots:
  void everythingAtOnce();
  void nothing();
  void errorsEndWithStatusTwo_data();
  void errorsEndWithStatusTwo();
  void helpAndVersion();
  void inputs_data();
  void inputs();
};

void TestOptions::everythingAtOnce() {
  const auto parsed = parseOptions({"dill-explorer", "--python", "python3.11", "--cwd", QDir::tempPath(), "--report",
                                    "a.txt", "--report", "b.svg", "shop.py:shop", "--", "--verbose", "7"});
  const auto* options = std::get_if<Options>(&parsed);
  QVERIFY(options);
  QCOMPARE(options->python, QString("python3.11"));
  QCOMPARE(options->workingDirectory, QDir::tempPath());
  QCOMPARE(options->reports, QStringList({"a.txt", "b.svg"}));
  QCOMPARE(options->input, QString("shop.py:shop"));
  QCOMPARE(options->arguments, QStringList({"--verbose", "7"}));
}

void TestOptions::nothing() {
  const auto parsed = parseOptions({"dill-explorer"});
  QVERIFY(std::get<Options>(parsed).input.isEmpty());
}

void TestOptions::errorsEndWithStatusTwo_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addRow("unknown option") << QStringList{"dill-explorer", "--no-such-thing"};
  QTest::addRow("report of nothing") << QStringList{"dill-explorer", "--report", "a.txt"};
  QTest::addRow("report format") << QStringList{"dill-explorer", "--report", "a.docx", "x.pkl"};
  QTest::addRow("directory") << QStringList{"dill-explorer", "--cwd", "/no/such/directory", "x.py"};
}

void TestOptions::errorsEndWithStatusTwo() {
  QFETCH(QStringList, arguments);
  const auto parsed = parseOptions(arguments);
  const auto* exit = std::get_if<EarlyExit>(&parsed);
  QVERIFY(exit);
  QCOMPARE(exit->status, 2);
  QVERIFY(exit->text.startsWith("dill-explorer: "));
}

void TestOptions::helpAndVersion() {
  const auto help = parseOptions({"dill-explorer", "--help"});
  QCOMPARE(std::get<EarlyExit>(help).status, 0);
  QVERIFY(std::get<EarlyExit>(help).text.contains("--python"));
  QVERIFY(std::get<EarlyExit>(help).text.startsWith("Usage: dill-explorer [options]"));
  QCoreApplication::setApplicationVersion("1.2.3");
  const auto version = parseOptions({"dill-explorer", "--version"});
  QCOMPARE(std::get<EarlyExit>(version).text, QString("dill-explorer 1.2.3\n"));
}

void TestOptions::inputs_data() {
  QTest::addColumn<QString>("input");
  QTest::addColumn<int>("kind");
  QTest::addColumn<QString>("path");
  QTest::addColumn<QString>("expression");
  const int file = static_cast<int>(Input::Kind::File), script = static_cast<int>(Input::Kind::Script);
  QTest::addRow("nothing") << "" << static_cast<int>(Input::Kind::Nothing) << ""
                           << "";
  QTest::addRow("trace") << "a.dtrace" << file << "a.dtrace"
                         << "";
  QTest::addRow("pickle") << "dir.py/a.pkl" << file << "dir.py/a.pkl"
                          << "";
  QTest::addRow("script") << "shop.py" << script << "shop.py"
                          << "";
  QTest::addRow("expression") << "shop.py:shop.x[':']" << script << "shop.py"
                              << "shop.x[':']";
  QTest::addRow("expression that ends like a script") << "shop.py:x.py" << script << "shop.py"
                                                      << "x.py";
}

void TestOptions::inputs() {
  QFETCH(QString, input);
  const Input result = classifyInput(input);
  QTEST(static_cast<int>(result.kind), "kind");
  QTEST(result.path, "path");
  QTEST(result.expression, "expression");
}

QTEST_GUILESS_MAIN(TestOptions)
#include "test_options.moc"
