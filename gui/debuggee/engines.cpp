#include "debuggee/engines.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include <array>
#include <csignal>

#include "debuggee/process_group.h"

namespace dill::gui {
namespace {

constexpr int kProbeMilliseconds = 10'000;
constexpr qsizetype kProbeBytes = 64LL * 1024;
constexpr int kOldestMinor = 9;
constexpr int kNewestMinor = 13;

const QString kProbe = QStringLiteral(
    "import sys\n"
    "print('dill', sys.implementation.name, *sys.version_info[:3], sys.abiflags or '-')\n");

QString shellQuoted(const QString& text) {
  static const QString plain = QStringLiteral("/._-+,@%=:");
  const bool harmless = !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
    return (c.unicode() < 128 && c.isLetterOrNumber()) || plain.contains(c);
  });
  return harmless ? text : u'\'' + QString(text).replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

bool isEngine(const QString& folder) {
  const QDir package(folder + QStringLiteral("/dill"));
  return package.exists(QStringLiteral("__init__.py")) && package.exists(QStringLiteral("_debuggee.py")) &&
         !package.entryList({QStringLiteral("_engine*.so")}, QDir::Files).isEmpty();
}

}  // namespace

QStringList engineRoots() {
  QStringList roots = qEnvironmentVariable("DILL_ENGINES").split(u':', Qt::SkipEmptyParts);
  const QDir application(QCoreApplication::applicationDirPath());
  for (const char* place : {"../engines", "../lib/dill/engines"}) {
    roots << QDir::cleanPath(application.filePath(QLatin1String(place)));
  }
  return roots;
}

QString findEngine(const QString& abi) {
  for (const QString& root : engineRoots()) {
    QString folder = QDir(root).absoluteFilePath(abi);
    if (isEngine(folder)) return folder;
  }
  return {};
}

QString sourceFolder() {
  QDir folder(QCoreApplication::applicationDirPath());
  // <source>/build/bin, or deeper for a build of another kind
  for (int level = 0; level < 4 && folder.cdUp(); ++level) {
    if (QFileInfo(folder.filePath(QStringLiteral("dev"))).isExecutable() &&
        folder.exists(QStringLiteral("CMakeLists.txt"))) {
      return folder.path();
    }
  }
  return {};
}

QString buildCommand(const QString& program) {
  QString build = QStringLiteral("./dev --python %1 build").arg(shellQuoted(program));
  const QString source = sourceFolder();
  return source.isEmpty() ? build : QStringLiteral("cd %1 && %2").arg(shellQuoted(source), build);
}

QString resolveInterpreter(const QString& name, const QString& workingDirectory) {
  QString wanted = name;
  if (wanted.isEmpty()) wanted = qEnvironmentVariable("DILL_PYTHON", QStringLiteral("python3"));
  if (!wanted.contains(u'/')) return QStandardPaths::findExecutable(wanted);
  const QString path = QDir::cleanPath(QDir(workingDirectory).absoluteFilePath(wanted));
  const QFileInfo file(path);
  return file.isFile() && file.isExecutable() ? path : QString();
}

EngineFinder::EngineFinder(QObject* parent) : QObject(parent) {
  limit_.setSingleShot(true);
  connect(&limit_, &QTimer::timeout, this, [this] {
    timedOut_ = true;
    signalGroup(probe_->processId(), SIGKILL);
  });
}

EngineFinder::~EngineFinder() { cancel(); }

void EngineFinder::find(const QString& interpreter, const QString& workingDirectory) {
  const QString program = resolveInterpreter(interpreter, workingDirectory);
  if (program.isEmpty()) {
    const QString name =
        interpreter.isEmpty() ? qEnvironmentVariable("DILL_PYTHON", QStringLiteral("python3")) : interpreter;
    QMetaObject::invokeMethod(
        this,
        [this, name] { fail(RunFailureKind::NoInterpreter, tr("There is no Python interpreter “%1”.").arg(name)); },
        Qt::QueuedConnection);
    return;
  }
  timedOut_ = false;
  answer_.clear();
  probe_ = std::make_unique<QProcess>();
  leadOwnGroup(*probe_);
  probe_->setStandardInputFile(QProcess::nullDevice());
  connect(probe_.get(), &QProcess::readyReadStandardOutput, this, [this] {
    answer_ += probe_->readAllStandardOutput();
    if (answer_.size() > kProbeBytes) signalGroup(probe_->processId(), SIGKILL);  // no Python: it has too much to say
  });
  connect(probe_.get(), &QProcess::finished, this, &EngineFinder::finish);
  connect(
      probe_.get(), &QProcess::errorOccurred, this,
      [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) finish();
      },
      Qt::QueuedConnection);
  limit_.start(kProbeMilliseconds);
  probe_->start(program, {QStringLiteral("-I"), QStringLiteral("-S"), QStringLiteral("-c"), kProbe});
}

void EngineFinder::cancel() {
  limit_.stop();
  if (!probe_) return;
  probe_->disconnect(this);
  const qint64 leader = probe_->processId();
  if (probe_->state() != QProcess::NotRunning) {
    signalGroup(leader, SIGKILL);
    probe_->waitForFinished();
  }
  probe_.reset();
}

void EngineFinder::finish() {
  if (!probe_) return;  // cancelled meanwhile
  limit_.stop();
  const auto probe = std::shared_ptr<QProcess>(probe_.release(), [](QProcess* process) { process->deleteLater(); });
  probe->disconnect(this);
  const QString program = probe->program();
  const QString said = QString::fromUtf8(probe->readAllStandardError().left(kProbeBytes));
  if (timedOut_) {
    fail(RunFailureKind::NoInterpreter,
         tr("%1 did not answer within %n second(s).", nullptr, kProbeMilliseconds / 1000).arg(program), said);
  } else if (probe->error() == QProcess::FailedToStart) {
    fail(RunFailureKind::NoInterpreter, tr("%1 cannot be started: %2").arg(program, probe->errorString()));
  } else {
    judge(program, answer_ + probe->readAllStandardOutput(), said);
  }
}

void EngineFinder::judge(const QString& program, const QByteArray& answer, const QString& said) {
  const QList<QByteArray> words = answer.simplified().split(' ');
  if (words.size() != 6 || words[0] != "dill") {
    fail(RunFailureKind::NoInterpreter, tr("%1 is no Python 3.9 to 3.13.").arg(program), said);
    return;
  }
  const QString version = QString::fromLatin1(words[2] + '.' + words[3] + '.' + words[4]);
  const int minor = words[3].toInt();
  const bool freeThreaded = words[5].contains('t');
  if (words[1] != "cpython" || words[2] != "3" || minor < kOldestMinor || minor > kNewestMinor || freeThreaded) {
    const QString kind = QString::fromLatin1(words[1]) + (freeThreaded ? tr(", without the GIL") : QString());
    fail(RunFailureKind::NoInterpreter,
         tr("%1 is Python %2 (%3); dill needs CPython 3.9 to 3.13 with the GIL.").arg(program, version, kind));
    return;
  }
  Engine engine{{program, version, QStringLiteral("cp3%1").arg(minor)}, {}};
  engine.folder = findEngine(engine.interpreter.abi);
  if (engine.folder.isEmpty()) {
    fail(RunFailureKind::NoEngine, tr("dill's engine was not built for Python 3.%1 (%2) yet.").arg(minor).arg(program),
         tr("Looked for %1 in: %2").arg(engine.interpreter.abi, engineRoots().join(QStringLiteral(", "))),
         buildCommand(program));
    return;
  }
  emit found(engine);
}

void EngineFinder::fail(RunFailureKind kind, const QString& message, const QString& details, const QString& command) {
  emit failed({kind, message, details, command});
}

}  // namespace dill::gui
