// Runs one program in a Debuggee and keeps everything it said, for the tests.
#pragma once

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <vector>

#include "debuggee/debuggee.h"

namespace dill::gui {

class RunWatcher : public QObject {
 public:
  RunWatcher() {
    connect(&debuggee, &Debuggee::stateChanged, this, [this](Debuggee::State state) { states.push_back(state); });
    connect(&debuggee, &Debuggee::output, this,
            [this](const QString& text, bool isError) { (isError ? errors : output) += text; });
    connect(&debuggee, &Debuggee::notice, this, [this](const QString& text) { notices << text; });
    connect(&debuggee, &Debuggee::variablesListed, this,
            [this](const QVector<VariableSummary>& list) { variables = list; });
    connect(&debuggee, &Debuggee::traceWritten, this, [this](const QString& path) { trace = path; });
    connect(&debuggee, &Debuggee::failed, this, [this](const RunFailure& failure) { failures.push_back(failure); });
    connect(&debuggee, &Debuggee::finished, this, [this] { ++finishedCount; });
  }

  // Writes `source` as script.py into folder(), makes it the request's script and starts it.
  void start(const QString& source) {
    write(QStringLiteral("script.py"), source);
    request.script = QStringLiteral("script.py");
    startRequest();
  }
  void startRequest() {
    if (request.workingDirectory.isEmpty()) request.workingDirectory = folder();
    debuggee.start(request);
  }
  // Waits for finished(); false after `milliseconds`.
  bool wait(int milliseconds = 30'000) {
    return finishedCount > 0 || QSignalSpy(&debuggee, &Debuggee::finished).wait(milliseconds);
  }
  bool run(const QString& source) {
    start(source);
    return wait();
  }

  QString folder() const { return folder_.path(); }
  void write(const QString& name, const QString& text) const {
    QFile file(QDir(folder()).filePath(name));
    const QByteArray bytes = text.toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
      qFatal("cannot write %s", qPrintable(name));
  }
  QStringList variableNames() const {
    QStringList names;
    for (const VariableSummary& variable : variables) names << variable.name;
    return names;
  }

  Debuggee debuggee;
  RunRequest request;
  std::vector<Debuggee::State> states;
  QString output, errors, trace;
  QStringList notices;
  QVector<VariableSummary> variables;
  std::vector<RunFailure> failures;
  int finishedCount = 0;

 private:
  QTemporaryDir folder_;
};

// Whether a process runs (a zombie that nobody has collected yet does not).
inline bool isRunning(qint64 pid) {
  QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
  if (pid <= 0 || !file.open(QIODevice::ReadOnly)) return false;
  const QByteArray stat = file.readAll();
  const char state = stat.mid(stat.lastIndexOf(')') + 2, 1)[0];
  return state != 'Z' && state != 'X';
}

}  // namespace dill::gui
