// What a program gets and gives when nothing goes wrong.
#include <QFileInfo>

#include "run_watcher.h"
#include "trace/trace_file.h"

using namespace dill::gui;

class TestDebuggee : public QObject {
  Q_OBJECT
 private slots:
  void listsVariablesAndWritesATrace() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral(R"(
import os, sys
from collections import OrderedDict
def helper(): pass
class Thing: pass
numbers = list(range(1000))
lazy = (n for n in numbers)
thing = Thing()
)")));
    QVERIFY2(watcher.failures.empty(), watcher.failures.empty() ? "" : qPrintable(watcher.failures[0].message));
    QCOMPARE(watcher.variableNames(), QStringList({"numbers", "lazy", "thing", "helper", "Thing"}));
    QCOMPARE(watcher.variables[0].type, QStringLiteral("list"));
    QCOMPARE(watcher.variables[1].type, QStringLiteral("generator"));
    QCOMPARE(watcher.variables[2].type, QStringLiteral("__main__.Thing"));
    QVERIFY(watcher.variables[0].picklable);
    QVERIFY(!watcher.variables[1].picklable);
    QVERIFY(watcher.variables[2].picklable);
    QVERIFY(watcher.variables[0].bytes > 1000);
    const auto trace = dill::trace::open(watcher.trace.toStdString());
    QVERIFY2(trace.has_value(), trace ? "" : trace.error().message.c_str());
    QCOMPARE(watcher.finishedCount, 1);
    using State = Debuggee::State;
    const std::vector<State> expected{State::Starting, State::Running, State::Recording, State::Idle};
    QCOMPARE(watcher.states, expected);
  }

  void examinesAnExpression_data() {
    QTest::addColumn<QString>("expression");
    QTest::newRow("name") << QStringLiteral("config");
    QTest::newRow("item") << QStringLiteral(" config['db'][0] ");
    QTest::newRow("operator") << QStringLiteral("config | {'x': 1}");
  }
  void examinesAnExpression() {
    QFETCH(QString, expression);
    RunWatcher watcher;
    watcher.request.expression = expression;
    QVERIFY(watcher.run(QStringLiteral("config = {'db': [[1, 2]]}")));
    QVERIFY(watcher.failures.empty());
    QVERIFY(watcher.variables.isEmpty());
    QVERIFY(QFile::exists(watcher.trace));
  }

  void runsTheScriptAsPythonWould() {
    RunWatcher watcher;
    watcher.write(QStringLiteral("neighbour.py"), QStringLiteral("value = 'found'\n"));
    watcher.write(QStringLiteral("json.py"), QStringLiteral("raise SystemExit('the wrong json')\n"));
    watcher.request.arguments = {QStringLiteral("--flag"), QStringLiteral("two words"), QStringLiteral("ü")};
    QVERIFY(watcher.run(QStringLiteral(R"(
import os, sys, neighbour
class Here: pass
print(sys.argv)
print(__name__, __file__, os.getcwd() == os.path.dirname(__file__), sys.path[0] == os.path.dirname(__file__))
print(Here.__module__, sys.modules['__main__'].Here is Here, neighbour.value)
print([name for name in os.environ if name.startswith('DILL_DEBUGGEE')], os.environ.get('PYTHONPATH'))
)")));
    QVERIFY2(watcher.failures.empty(), watcher.failures.empty() ? "" : qPrintable(watcher.failures[0].message));
    const QString path = QFileInfo(watcher.folder()).canonicalFilePath();
    QStringList lines = watcher.output.split(u'\n');
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines[0], QStringLiteral("['script.py', '--flag', 'two words', 'ü']"));
    QCOMPARE(lines[1], QStringLiteral("__main__ %1/script.py True True").arg(path));
    QCOMPARE(lines[2], QStringLiteral("__main__ True found"));
    const QString own = qEnvironmentVariable("PYTHONPATH");
    QCOMPARE(lines[3],
             QStringLiteral("[] ") + (qEnvironmentVariableIsSet("PYTHONPATH") ? own : QStringLiteral("None")));
  }

  void sideEffectsOfMainGuardHappen() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral("if __name__ == '__main__':\n    result = [1]\n    raise SystemExit(0)\n")));
    QVERIFY(watcher.failures.empty());
    QCOMPARE(watcher.variableNames(), QStringList({"result"}));
  }

  void deliversAllOutput() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral(R"(
import sys
for number in range(20000):
    print('€' * 17, number)
sys.stderr.write('é' * 100000)
)")));
    QVERIFY(watcher.failures.empty());
    QCOMPARE(watcher.output.count(u'€'), 20000 * 17);  // more than 1 MB of UTF-8
    QVERIFY(watcher.output.endsWith(QStringLiteral(" 19999\n")));
    QVERIFY(!watcher.output.contains(QChar::ReplacementCharacter));
    QCOMPARE(watcher.errors, QString(100000, QChar(0xE9)));
  }

  void cutsOffEndlessOutput() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral("for _ in range(70):\n    print('x' * (1 << 20))\nend = 1\n")));
    QVERIFY(watcher.failures.empty());
    QVERIFY(watcher.output.size() < 66 * 1024 * 1024);
    QCOMPARE(watcher.notices.filter(QStringLiteral("further output")).size(), 1);
    QCOMPARE(watcher.variableNames(), QStringList({"_", "end"}));
  }

  void showsLinesWhileTheProgramRuns() {
    RunWatcher watcher;
    watcher.start(QStringLiteral("print('working')\nimport time\ntime.sleep(60)\n"));
    QTRY_COMPARE(watcher.output, QStringLiteral("working\n"));
    QCOMPARE(watcher.debuggee.state(), Debuggee::State::Running);
    watcher.debuggee.cancel();
    QVERIFY(watcher.wait());
  }

  void saysThatAnInstalledDillIsShadowed() {
    RunWatcher watcher;
    QVERIFY(QDir(watcher.folder()).mkpath(QStringLiteral("site/dill")));
    watcher.write(QStringLiteral("site/dill/__init__.py"), QStringLiteral("raise ImportError('upstream')\n"));
    const QByteArray before = qgetenv("PYTHONPATH");
    qputenv("PYTHONPATH", (watcher.folder() + QStringLiteral("/site")).toLocal8Bit());
    const bool finished =
        watcher.run(QStringLiteral("import dill, os\nprint(dill.dumps(1), os.environ['PYTHONPATH'])\n"));
    before.isNull() ? qunsetenv("PYTHONPATH") : qputenv("PYTHONPATH", before);
    QVERIFY(finished);
    QVERIFY(watcher.failures.empty());
    QCOMPARE(watcher.notices.filter(watcher.folder() + QStringLiteral("/site/dill/__init__.py")).size(), 1);
    QVERIFY(watcher.output.endsWith(u' ' + watcher.folder() + QStringLiteral("/site\n")));
  }

  void ignoresStartWhileRunningAndRunsAgainAfterwards() {
    RunWatcher watcher;
    watcher.start(QStringLiteral("first = 1"));
    watcher.debuggee.start({QStringLiteral("/nowhere.py"), {}, {}, {}, {}});
    QVERIFY(watcher.wait());
    QVERIFY(watcher.failures.empty());
    const QString first = watcher.trace;
    QVERIFY(QFile::exists(first));
    watcher.finishedCount = 0;
    QVERIFY(watcher.run(QStringLiteral("second = 2")));
    QCOMPARE(watcher.variableNames(), QStringList({"second"}));
    QVERIFY(watcher.trace != first);
    QVERIFY(!QFile::exists(first));
  }

  void startsAgainFromFinished() {
    RunWatcher watcher;
    connect(&watcher.debuggee, &Debuggee::finished, &watcher, [&] {
      if (watcher.finishedCount == 1) watcher.startRequest();
    });
    watcher.start(QStringLiteral("x = 1"));
    QTRY_COMPARE_WITH_TIMEOUT(watcher.finishedCount, 2, 20'000);
    QVERIFY(watcher.failures.empty());
  }

  void removesItsFilesAtTheEnd() {
    QString trace;
    {
      RunWatcher watcher;
      QVERIFY(watcher.run(QStringLiteral("x = 1")));
      trace = watcher.trace;
      QVERIFY(QFile::exists(trace));
    }
    QVERIFY(!QFileInfo(trace).dir().exists());
  }
};

QTEST_GUILESS_MAIN(TestDebuggee)
#include "test_debuggee.moc"
