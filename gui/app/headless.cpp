#include "app/headless.h"

#include <QCoreApplication>
#include <QDir>
#include <QEventLoop>
#include <QFileInfo>
#include <QProcess>
#include <QSaveFile>
#include <QTimer>

#include <tl/expected.hpp>

#include <csignal>
#include <cstdio>
#include <optional>

#include "app/load_snapshot.h"
#include "debuggee/debuggee.h"
#include "debuggee/engines.h"
#include "debuggee/process_group.h"
#include "debuggee/quit_signals.h"
#include "graph/report.h"
#include "inspect/judgement/reports.h"
#include "trace/report_facts.h"

namespace dill::gui {
namespace {

constexpr int kDotMilliseconds = 30'000;
constexpr int kProblems = 1;
constexpr int kNotExamined = 2;

QString tr(const char* text) { return QCoreApplication::translate("Headless", text); }

void print(std::FILE* stream, const QString& text) {
  const QByteArray bytes = text.toUtf8();
  std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stream);
  std::fflush(stream);
}

void complain(const QString& text) { print(stderr, QStringLiteral("dill-explorer: ") + text + u'\n'); }

// What the run of a script came to.
struct Examined {
  SnapshotPtr snapshot;   // null if nothing was recorded
  bool complete = false;  // no failure
  int signal = 0;         // the signal that ended it, or 0
};

Examined runScript(const Options& options, const Input& input) {
  Examined result;
  QEventLoop loop;
  Debuggee debuggee;
  QuitSignals quit;
  bool failed = false;
  QObject::connect(&quit, &QuitSignals::received, &loop, [&](int signal) {
    result.signal = signal;
    debuggee.cancel();
  });
  QObject::connect(&debuggee, &Debuggee::output, &loop,
                   [](const QString& text, bool isError) { print(isError ? stderr : stdout, text); });
  QObject::connect(&debuggee, &Debuggee::notice, &loop, [](const QString& text) { complain(text); });
  QObject::connect(&debuggee, &Debuggee::failed, &loop, [&](const RunFailure& failure) {
    failed = true;
    complain(failure.message);
    // A traceback was already printed: by the script's own process.
    if (failure.kind == RunFailureKind::NoInterpreter || failure.kind == RunFailureKind::NoEngine ||
        failure.kind == RunFailureKind::NoTrace) {
      if (!failure.details.isEmpty()) print(stderr, failure.details + u'\n');
    }
    if (!failure.command.isEmpty()) print(stderr, tr("To build it: %1").arg(failure.command) + u'\n');
  });
  QObject::connect(&debuggee, &Debuggee::traceWritten, &loop, [&](const QString& path) {
    const auto loaded = loadSnapshot(path, QFileInfo(input.path).fileName());
    if (loaded) {
      result.snapshot = *loaded;
    } else {
      complain(loaded.error().message);
    }
  });
  QObject::connect(&debuggee, &Debuggee::finished, &loop, &QEventLoop::quit);
  debuggee.start({input.path, input.expression, options.python, options.arguments, options.workingDirectory});
  loop.exec();
  result.complete = !failed && result.snapshot;
  return result;
}

Examined openFile(const QString& path) {
  const auto loaded = loadSnapshot(path);
  if (!loaded) {
    complain(loaded.error().message);
    if (!loaded.error().details.isEmpty()) print(stderr, loaded.error().details + u'\n');
    return {};
  }
  for (const QString& note : (*loaded)->notes) complain(note);
  return {*loaded, (*loaded)->notes.isEmpty(), 0};
}

QStringList defaultReports(const Input& input) {
  QDir folder = QDir::current();
  const QString source = QFileInfo(sourceFolder()).canonicalFilePath();
  if (!source.isEmpty() && (folder.canonicalPath() + u'/').startsWith(source + u'/')) {
    const QDir reports(QCoreApplication::applicationDirPath() + QStringLiteral("/../report"));
    if (reports.mkpath(QStringLiteral("."))) folder = QDir(QDir::cleanPath(reports.path()));
  }
  QStringList files;
  for (const char* suffix : {"txt", "json", "svg"}) {
    files << folder.filePath(QFileInfo(input.path).completeBaseName() + QStringLiteral(".report.") +
                             QLatin1String(suffix));
  }
  return files;
}

tl::expected<QByteArray, QString> drawByDot(const QByteArray& dot) {
  QProcess process;
  leadOwnGroup(process);
  process.start(QStringLiteral("dot"), {QStringLiteral("-Tsvg")});
  if (!process.waitForStarted()) {
    return tl::unexpected(tr("Graphviz's program dot is not there (package graphviz)."));
  }
  process.write(dot);
  process.closeWriteChannel();
  if (!process.waitForFinished(kDotMilliseconds)) {
    signalGroup(process.processId(), SIGKILL);
    process.waitForFinished();
    return tl::unexpected(tr("dot did not finish within %1 seconds.").arg(kDotMilliseconds / 1000));
  }
  if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
    return tl::unexpected(tr("dot failed: %1").arg(QString::fromLocal8Bit(process.readAllStandardError()).trimmed()));
  }
  return process.readAllStandardOutput();
}

// What loading a file would do comes first, then what is in it.
QByteArray textReport(const Snapshot& snapshot, const graph::ReportFacts& facts) {
  std::string text;
  if (snapshot.report) {
    text = inspect::text_report(snapshot.report->inspection, snapshot.path.toStdString());
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  if (snapshot.graph->size() > 0) {
    if (!text.empty()) text += '\n';
    text += graph::text_report(*snapshot.analysis, facts);
  }
  return QByteArray::fromStdString(text);
}

// The report of the graph; for a file with the one of the inspection under "inspection".
QByteArray jsonReport(const Snapshot& snapshot, const graph::ReportFacts& facts) {
  std::string text = graph::json_report(*snapshot.analysis, facts);
  const std::size_t end = text.find_last_of('}');
  if (!snapshot.report || end == std::string::npos) return QByteArray::fromStdString(text);
  text.erase(end);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  text += ",\n  \"inspection\": " + inspect::json_report(snapshot.report->inspection, snapshot.path.toStdString());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return QByteArray::fromStdString(text + "\n}\n");
}

tl::expected<QByteArray, QString> reportFor(const QString& suffix, const Snapshot& snapshot,
                                            const graph::ReportFacts& facts) {
  if (suffix == u"txt") return textReport(snapshot, facts);
  if (suffix == u"json") return jsonReport(snapshot, facts);
  if (suffix == u"svg" && snapshot.graph->size() == 0) return tl::unexpected(tr("there is no pickle to draw."));
  if (suffix == u"svg") return drawByDot(QByteArray::fromStdString(graph::dot_report(*snapshot.analysis, facts)));
  return tl::unexpected(tr("a report is a .txt, .json or .svg file."));
}

// An empty string, or why the file was not written.
QString writeReport(const QString& path, const Snapshot& snapshot, const graph::ReportFacts& facts) {
  const auto content = reportFor(QFileInfo(path).suffix().toLower(), snapshot, facts);
  if (!content) return content.error();
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(*content) != content->size() || !file.commit()) {
    return file.errorString();
  }
  return {};
}

}  // namespace

int runHeadless(const Options& options) {
  const Input input = classifyInput(options.input);
  if (input.kind == Input::Kind::Nothing) {
    complain(tr("There is no display for a window, and nothing to report on: name a script, a trace or a pickle."));
    return kNotExamined;
  }
  const Examined examined = input.kind == Input::Kind::Script ? runScript(options, input) : openFile(input.path);
  if (examined.signal != 0) return 128 + examined.signal;
  if (!examined.snapshot) return kNotExamined;

  const Snapshot& snapshot = *examined.snapshot;
  graph::ReportFacts facts = trace::report_facts(snapshot.meta);
  facts.recorded = snapshot.origin == Origin::Recorded;
  print(stdout, QString::fromUtf8(textReport(snapshot, facts)));

  bool allWritten = true;
  for (const QString& path : options.reports.isEmpty() ? defaultReports(input) : options.reports) {
    const QString obstacle = writeReport(path, snapshot, facts);
    if (obstacle.isEmpty()) {
      print(stdout, tr("Wrote %1").arg(QDir::toNativeSeparators(QFileInfo(path).absoluteFilePath())) + u'\n');
    } else {
      complain(tr("%1 was not written: %2").arg(path, obstacle));
      allWritten = false;
    }
  }
  if (!examined.complete || !allWritten) return kNotExamined;
  const bool suspected = snapshot.report && (snapshot.report->inspection.verdict == inspect::Verdict::Suspicious ||
                                             snapshot.report->inspection.verdict == inspect::Verdict::Dangerous);
  return snapshot.graph->problems().empty() && !suspected ? 0 : kProblems;
}

}  // namespace dill::gui
