#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "debuggee/engines.h"

using namespace dill::gui;

class TestEngines : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir folder_;

  // An executable file, for what no real interpreter at hand would say.
  QString program(const QString& name, const QByteArray& text) {
    QFile file(folder_.filePath(name));
    if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
    file.write(text);
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return file.fileName();
  }

  static RunFailure failure(const QString& interpreter) {
    EngineFinder finder;
    QSignalSpy failed(&finder, &EngineFinder::failed);
    QSignalSpy found(&finder, &EngineFinder::found);
    finder.find(interpreter, QDir::currentPath());
    if (!QTest::qWaitFor([&] { return failed.count() + found.count() > 0; }, 15'000) || failed.isEmpty()) {
      return {RunFailureKind::Crashed, QStringLiteral("no failure"), {}, {}};
    }
    return failed[0][0].value<RunFailure>();
  }

 private slots:
  void findsTheEngineOfThisPython() {
    EngineFinder finder;
    QSignalSpy found(&finder, &EngineFinder::found);
    QSignalSpy failed(&finder, &EngineFinder::failed);
    finder.find({}, QDir::currentPath());
    QCOMPARE(found.count() + failed.count(), 0);  // not from inside the call
    QTRY_COMPARE(found.count() + failed.count(), 1);
    QVERIFY2(failed.isEmpty(), failed.isEmpty() ? "" : qPrintable(failed[0][0].value<RunFailure>().message));
    const auto engine = found[0][0].value<Engine>();
    QVERIFY(engine.interpreter.abi.startsWith(QStringLiteral("cp3")));
    QVERIFY(engine.interpreter.version.startsWith(QStringLiteral("3.")));
    QVERIFY(QFile::exists(engine.folder + QStringLiteral("/dill/__init__.py")));
  }

  void notThere_data() {
    QTest::addColumn<QString>("name");
    QTest::newRow("name") << QStringLiteral("python-that-nobody-has");
    QTest::newRow("path") << QStringLiteral("/nowhere/bin/python3");
    QTest::newRow("folder") << QStringLiteral("/usr/bin");
    QTest::newRow("not executable") << QStringLiteral("/etc/passwd");
  }
  void notThere() {
    QFETCH(QString, name);
    const RunFailure answer = failure(name);
    QCOMPARE(answer.kind, RunFailureKind::NoInterpreter);
    QVERIFY(answer.message.contains(name));
    QVERIFY(answer.command.isEmpty());
  }

  void noPython_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("says nothing") << QByteArray("#!/bin/sh\n");
    QTest::newRow("fails") << QByteArray("#!/bin/sh\necho oh no >&2; exit 3\n");
    QTest::newRow("never stops talking") << QByteArray("#!/bin/sh\nexec yes dill cpython 3 11 7 -\n");
    QTest::newRow("bad format") << QByteArray(
        "\x7f"
        "ELF nonsense");
    QTest::newRow("interpreter of the script missing") << QByteArray("#!/nowhere/sh\n");
    QTest::newRow("old") << QByteArray("#!/bin/sh\necho dill cpython 3 8 18 -\n");
    QTest::newRow("new") << QByteArray("#!/bin/sh\necho dill cpython 3 99 0 -\n");
    QTest::newRow("another implementation") << QByteArray("#!/bin/sh\necho dill pypy 3 11 7 -\n");
    QTest::newRow("without the GIL") << QByteArray("#!/bin/sh\necho dill cpython 3 13 0 t\n");
  }
  void noPython() {
    QFETCH(QByteArray, text);
    const RunFailure answer = failure(program(QStringLiteral("other python"), text));
    QCOMPARE(answer.kind, RunFailureKind::NoInterpreter);
    QVERIFY(answer.message.contains(QStringLiteral("other python")));
  }

  void neverAnswers() {
    QElapsedTimer clock;
    clock.start();
    const RunFailure answer = failure(program(QStringLiteral("slow"), "#!/bin/sh\nsleep 60\n"));
    QCOMPARE(answer.kind, RunFailureKind::NoInterpreter);
    QVERIFY(clock.elapsed() < 13'000);
  }

  void cancelledWhileAsking() {
    EngineFinder finder;
    QSignalSpy failed(&finder, &EngineFinder::failed);
    finder.find(program(QStringLiteral("slow"), "#!/bin/sh\nsleep 60\n"), {});
    QTest::qWait(50);
    QElapsedTimer clock;
    clock.start();
    finder.cancel();
    QVERIFY(clock.elapsed() < 2'000);
    QTest::qWait(50);
    QCOMPARE(failed.count(), 0);
  }

  void withoutEngineOffersTheCommand() {
    int minor = 9;
    while (minor <= 13 && !findEngine(QStringLiteral("cp3%1").arg(minor)).isEmpty()) ++minor;
    if (minor > 13) QSKIP("an engine is built for every Python");
    // A real one if this machine has it, else a program that answers as one.
    QString python = QStandardPaths::findExecutable(QStringLiteral("python3.%1").arg(minor));
    if (python.isEmpty() || failure(python).kind == RunFailureKind::NoInterpreter) {
      python = program(QStringLiteral("it's python"),
                       QByteArray("#!/bin/sh\necho dill cpython 3 ") + QByteArray::number(minor) + " 0 -\n");
    }
    const RunFailure answer = failure(python);
    QCOMPARE(answer.kind, RunFailureKind::NoEngine);
    QVERIFY(answer.message.contains(QStringLiteral("3.%1").arg(minor)));
    const QString quoted =
        python.contains(u'\'') ? u'\'' + QString(python).replace(u'\'', QStringLiteral("'\\''")) + u'\'' : python;
    QVERIFY2(answer.command.endsWith(QStringLiteral("./dev --python %1 build").arg(quoted)),
             qPrintable(answer.command));
  }

  void enginesInTheEnvironmentComeFirst() {
    const QDir root(folder_.path());
    QVERIFY(root.mkpath(QStringLiteral("cp39/dill")));
    const QByteArray before = qgetenv("DILL_ENGINES");
    qputenv("DILL_ENGINES", (folder_.path() + QStringLiteral(":/elsewhere")).toLocal8Bit());
    for (const char* name : {"__init__.py", "_debuggee.py"}) {
      QVERIFY(findEngine(QStringLiteral("cp39")) != root.filePath(QStringLiteral("cp39")));  // not complete yet
      QFile file(root.filePath(QStringLiteral("cp39/dill/") + QLatin1String(name)));
      QVERIFY(file.open(QIODevice::WriteOnly));
    }
    QVERIFY(findEngine(QStringLiteral("cp39")) != root.filePath(QStringLiteral("cp39")));
    QFile file(root.filePath(QStringLiteral("cp39/dill/_engine.cpython-39-x86_64-linux-gnu.so")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(findEngine(QStringLiteral("cp39")), root.filePath(QStringLiteral("cp39")));
    QCOMPARE(engineRoots().mid(0, 2), QStringList({folder_.path(), QStringLiteral("/elsewhere")}));
    before.isNull() ? qunsetenv("DILL_ENGINES") : qputenv("DILL_ENGINES", before);
  }
};

QTEST_GUILESS_MAIN(TestEngines)
#include "test_engines.moc"
