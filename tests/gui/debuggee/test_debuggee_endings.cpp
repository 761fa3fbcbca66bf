// Every way in which a program can end other than well.
#include <memory>

#include "run_watcher.h"

using namespace dill::gui;

class TestDebuggeeEndings : public QObject {
  Q_OBJECT
 private slots:
  void reportsOneFailure_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<RunFailureKind>("kind");
    QTest::addColumn<QString>("words");
    QTest::addColumn<QStringList>("variables");
    using Kind = RunFailureKind;
    QTest::newRow("syntax error") << QStringLiteral("x = 1\nprint('ran')\ndef f(:\n") << Kind::SyntaxError
                                  << QStringLiteral("line 3") << QStringList();
    QTest::newRow("null bytes") << QString(QStringLiteral("x = 1\n") + QChar(0)) << Kind::SyntaxError
                                << QStringLiteral("null bytes") << QStringList();
    QTest::newRow("raises") << QStringLiteral("x = 1\ny = 2\nraise ValueError('no good')\nz = 3\n")
                            << Kind::ScriptRaised << QStringLiteral("(line 3) raised ValueError: no good")
                            << QStringList({"x", "y"});
    QTest::newRow("raises when it imports")
        << QStringLiteral("x = 1\nimport module_that_nobody_has\n") << Kind::ScriptRaised
        << QStringLiteral("ModuleNotFoundError") << QStringList({"x"});
    QTest::newRow("an exception that cannot be shown")
        << QStringLiteral("class E(Exception):\n  def __str__(self): raise self\nraise E\n") << Kind::ScriptRaised
        << QStringLiteral("raised E") << QStringList({"E"});
    QTest::newRow("recurses") << QStringLiteral("def f(): f()\nf()\n") << Kind::ScriptRaised
                              << QStringLiteral("RecursionError") << QStringList({"f"});
    QTest::newRow("interrupted") << QStringLiteral("x = 1\nraise KeyboardInterrupt\n") << Kind::ScriptRaised
                                 << QStringLiteral("interrupted") << QStringList({"x"});
    QTest::newRow("exits") << QStringLiteral("import sys\nx = 1\nsys.exit(3)\n") << Kind::ScriptExited
                           << QStringLiteral("status 3") << QStringList({"x"});
    QTest::newRow("exits with a message") << QStringLiteral("x = 1\nraise SystemExit('give up')\n")
                                          << Kind::ScriptExited << QStringLiteral("status 1") << QStringList({"x"});
    QTest::newRow("leaves at once") << QStringLiteral("import os\nx = 1\nos._exit(4)\n") << Kind::ScriptExited
                                    << QStringLiteral("status 4") << QStringList();
    QTest::newRow("becomes another program")
        << QStringLiteral("import os\nos.execv('/bin/sh', ['sh', '-c', 'exit 5'])\n") << Kind::ScriptExited
        << QStringLiteral("status 5") << QStringList();
    QTest::newRow("aborts") << QStringLiteral("import os\nos.abort()\n") << Kind::Crashed << QStringLiteral("SIGABRT")
                            << QStringList();
    QTest::newRow("segmentation fault") << QStringLiteral("import ctypes\nctypes.string_at(0)\n") << Kind::Crashed
                                        << QStringLiteral("SIGSEGV") << QStringList();
    QTest::newRow("closes what is not its own")
        << QStringLiteral("import os\nos.closerange(3, 1000)\n") << Kind::NoTrace
        << QStringLiteral("closed the connection") << QStringList();
    QTest::newRow("exits while it is pickled")
        << QStringLiteral("import os\nclass A:\n  def __reduce__(self): os._exit(6)\na = A()\n") << Kind::ScriptExited
        << QStringLiteral("status 6") << QStringList();
  }
  void reportsOneFailure() {
    QFETCH(QString, source);
    QFETCH(RunFailureKind, kind);
    QFETCH(QString, words);
    QFETCH(QStringList, variables);
    RunWatcher watcher;
    QVERIFY(watcher.run(source));
    QCOMPARE(watcher.failures.size(), size_t(1));
    const RunFailure& failure = watcher.failures[0];
    QVERIFY2(failure.kind == kind, qPrintable(failure.message));
    QVERIFY2(failure.message.contains(words), qPrintable(failure.message));
    QCOMPARE(watcher.variableNames(), variables);
    QCOMPARE(watcher.trace.isEmpty(), variables.isEmpty());
    QCOMPARE(watcher.finishedCount, 1);
    QCOMPARE(watcher.debuggee.state(), Debuggee::State::Idle);
    QVERIFY(!watcher.output.contains(QStringLiteral("ran")));
  }

  void tracebackIsPythonsOwn() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral("def f():\n    1 / 0\nf()\n")));
    const QString details = watcher.failures.at(0).details;
    QCOMPARE(details, watcher.errors);
    QVERIFY(details.startsWith(QStringLiteral("Traceback (most recent call last):\n  File \"%1/script.py\", line 3, in "
                                              "<module>")
                                   .arg(watcher.folder())));
    QVERIFY(!details.contains(QStringLiteral("_program.py")));
    QVERIFY(details.endsWith(QStringLiteral("ZeroDivisionError: division by zero\n")));
  }

  void expressions_data() {
    QTest::addColumn<QString>("expression");
    QTest::addColumn<RunFailureKind>("kind");
    QTest::addColumn<bool>("ran");
    QTest::newRow("no Python") << QStringLiteral("x[") << RunFailureKind::SyntaxError << false;
    QTest::newRow("a statement") << QStringLiteral("y = 1") << RunFailureKind::SyntaxError << false;
    QTest::newRow("raises") << QStringLiteral("missing.name") << RunFailureKind::ScriptRaised << true;
    QTest::newRow("exits") << QStringLiteral("exit(2)") << RunFailureKind::ScriptExited << true;
  }
  void expressions() {
    QFETCH(QString, expression);
    QFETCH(RunFailureKind, kind);
    QFETCH(bool, ran);
    RunWatcher watcher;
    watcher.request.expression = expression;
    QVERIFY(watcher.run(QStringLiteral("x = [1]\nprint('ran')\n")));
    QCOMPARE(watcher.failures.size(), size_t(1));
    QCOMPARE(watcher.failures[0].kind, kind);
    QCOMPARE(watcher.output.contains(QStringLiteral("ran")), ran);
    QVERIFY(watcher.trace.isEmpty());
  }

  void scriptsThatAreNone_data() {
    QTest::addColumn<QString>("script");
    QTest::newRow("missing") << QStringLiteral("missing.py");
    QTest::newRow("folder") << QStringLiteral(".");
    QTest::newRow("no name") << QString();
  }
  void scriptsThatAreNone() {
    QFETCH(QString, script);
    RunWatcher watcher;
    watcher.request.script = script;
    watcher.startRequest();
    QCOMPARE(watcher.failures.size(), size_t(0));  // nothing from inside start()
    QVERIFY(watcher.wait());
    QCOMPARE(watcher.failures.size(), size_t(1));
    QCOMPARE(watcher.failures[0].kind, RunFailureKind::NoTrace);
  }

  void workingDirectoryThatIsNone() {
    RunWatcher watcher;
    watcher.request.workingDirectory = QStringLiteral("/nowhere/at/all");
    QVERIFY(watcher.run(QStringLiteral("x = 1")));
    QCOMPARE(watcher.failures.at(0).kind, RunFailureKind::NoTrace);
  }

  void interpreterThatIsNone() {
    RunWatcher watcher;
    watcher.request.interpreter = QStringLiteral("/nowhere/python3");
    QVERIFY(watcher.run(QStringLiteral("x = 1")));
    QCOMPARE(watcher.failures.size(), size_t(1));
    QCOMPARE(watcher.failures[0].kind, RunFailureKind::NoInterpreter);
  }

  void engineThatDoesNotLoad() {
    RunWatcher watcher;
    const QString abi = QStringLiteral("cp3%1");
    for (int minor = 9; minor <= 13; ++minor) {
      const QString package = abi.arg(minor) + QStringLiteral("/dill/");
      QVERIFY(QDir(watcher.folder()).mkpath(package));
      watcher.write(package + QStringLiteral("__init__.py"), QStringLiteral("raise ImportError('damaged')\n"));
      watcher.write(package + QStringLiteral("_debuggee.py"), {});
      watcher.write(package + QStringLiteral("_engine.so"), {});
    }
    const QByteArray before = qgetenv("DILL_ENGINES");
    qputenv("DILL_ENGINES", watcher.folder().toLocal8Bit());
    const bool finished = watcher.run(QStringLiteral("x = 1"));
    before.isNull() ? qunsetenv("DILL_ENGINES") : qputenv("DILL_ENGINES", before);
    QVERIFY(finished);
    QCOMPARE(watcher.failures.size(), size_t(1));
    QCOMPARE(watcher.failures[0].kind, RunFailureKind::NoEngine);
    QVERIFY(watcher.failures[0].command.contains(QStringLiteral("./dev --python ")));
    QVERIFY(watcher.errors.contains(QStringLiteral("damaged")));
  }

  void cancelEndsWhatNeverEnds_data() {
    QTest::addColumn<QString>("source");
    QTest::newRow("loop") << QStringLiteral("import os\nprint(os.getpid())\nwhile True: pass\n");
    QTest::newRow("deaf") << QStringLiteral(
        "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(os.getpid())\nwhile True: pass\n");
    QTest::newRow("chatty") << QStringLiteral("import os\nprint(os.getpid())\nwhile True: print('x' * 1000)\n");
    QTest::newRow("while it is pickled") << QStringLiteral(
        "import os\nclass A:\n  def __reduce__(self):\n    print(os.getpid())\n    while True: pass\n"
        "a = A()\n");
  }
  void cancelEndsWhatNeverEnds() {
    QFETCH(QString, source);
    RunWatcher watcher;
    watcher.start(source);
    QTRY_VERIFY_WITH_TIMEOUT(watcher.output.contains(u'\n'), 20'000);
    const qint64 pid = watcher.output.section(u'\n', 0, 0).toLongLong();
    QVERIFY(isRunning(pid));
    QElapsedTimer clock;
    clock.start();
    watcher.debuggee.cancel();
    watcher.debuggee.cancel();
    QCOMPARE(watcher.finishedCount, 0);  // not from inside cancel()
    const auto written = watcher.output.size();
    QVERIFY(watcher.wait(5'000));
    QVERIFY(clock.elapsed() < 3'000);
    QVERIFY(!isRunning(pid));
    QCOMPARE(watcher.output.size(), written);
    QVERIFY(watcher.failures.empty());
    QCOMPARE(watcher.debuggee.state(), Debuggee::State::Idle);
  }

  void cancelBeforeItBegan() {
    RunWatcher watcher;
    watcher.start(QStringLiteral("print('ran')"));
    watcher.debuggee.cancel();
    QVERIFY(watcher.wait(5'000));
    QVERIFY(watcher.failures.empty());
    QVERIFY(watcher.output.isEmpty());
    QCOMPARE(watcher.finishedCount, 1);
  }

  void childrenEndWithTheProgram() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral(R"(
import subprocess
child = subprocess.Popen(['sleep', '600']).pid
)") + QStringLiteral("print(child)\n")));
    QVERIFY(watcher.failures.empty());
    QTRY_VERIFY(!isRunning(watcher.output.trimmed().toLongLong()));
  }

  void aForkThatRunsOutOfTheScriptSaysNothing() {
    RunWatcher watcher;
    QVERIFY(watcher.run(QStringLiteral("import os, time\nx = os.fork()\nif x: os.wait()\nprint('end')\n")));
    QVERIFY2(watcher.failures.empty(), watcher.failures.empty() ? "" : qPrintable(watcher.failures[0].message));
    QCOMPARE(watcher.output, QStringLiteral("end\nend\n"));
    QCOMPARE(watcher.variableNames(), QStringList({"x"}));
  }

  void threadsDoNotKeepItAlive() {
    RunWatcher watcher;
    QVERIFY(watcher.run(
        QStringLiteral("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\nx = 1\n")));
    QVERIFY(watcher.failures.empty());
    QCOMPARE(watcher.variableNames(), QStringList({"x"}));
  }

  void exitFunctionsRunButNotForEver() {
    RunWatcher watcher;
    QElapsedTimer clock;
    clock.start();
    QVERIFY(
        watcher.run(QStringLiteral("import atexit, time\natexit.register(time.sleep, 600)\n"
                                   "atexit.register(print, 'goodbye')\nx = 1\n")));
    QVERIFY(clock.elapsed() < 15'000);
    QVERIFY(watcher.failures.empty());
    QCOMPARE(watcher.output, QStringLiteral("goodbye\n"));
    QVERIFY(!watcher.trace.isEmpty());
  }

  void destroyingItEndsTheProgram() {
    auto watcher = std::make_unique<RunWatcher>();
    watcher->start(
        QStringLiteral("import os, subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
                       "print(os.getpid(), child.pid)\nwhile True: pass\n"));
    QTRY_VERIFY_WITH_TIMEOUT(watcher->output.endsWith(u'\n'), 20'000);
    const QStringList pids = watcher->output.trimmed().split(u' ');
    QVERIFY(isRunning(pids[0].toLongLong()));
    QVERIFY(isRunning(pids[1].toLongLong()));
    watcher.reset();
    QVERIFY(!isRunning(pids[0].toLongLong()));
    QTRY_VERIFY(!isRunning(pids[1].toLongLong()));
  }

  void anUnpicklableObjectIsNoFailure() {
    RunWatcher watcher;
    watcher.request.expression = QStringLiteral("lazy");
    QVERIFY(watcher.run(QStringLiteral("lazy = (n for n in 'abc')")));
    QVERIFY(watcher.failures.empty());
    QVERIFY(!watcher.trace.isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestDebuggeeEndings)
#include "test_debuggee_endings.moc"
