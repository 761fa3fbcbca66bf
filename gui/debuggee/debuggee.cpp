#include "debuggee/debuggee.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QStringDecoder>
#include <QTimer>

#include <array>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "debuggee/channel.h"
#include "debuggee/engines.h"
#include "debuggee/process_group.h"

namespace dill::gui {
namespace {

constexpr int kProtocol = 1;
constexpr int kLostConnectionStatus = 121;  // LOST_CONNECTION in pymodule/dill/_debuggee.py
constexpr int kStartMilliseconds = 60'000;  // from the process to its hello: a cold network disk is slow
constexpr int kTermToKillMilliseconds = 1'000;
constexpr int kExitFunctionsMilliseconds = 2'000;  // for the program's atexit functions, behind "done"
constexpr int kHangUpMilliseconds = 1'000;         // for the rest of the socket once the process has ended
constexpr qint64 kOutputLimit = 64LL * 1024 * 1024;

// The current folder, which -c puts first, must be gone before the first import: a json.py there is the user's.
const QString kStarter = QStringLiteral(
    "import sys\n"
    "if sys.path[:1] == ['']: del sys.path[0]\n"
    "from dill._debuggee import main\n"
    "main()\n");

QString signalName(int number) {
  const char* name = ::sigabbrev_np(number);
  const QString text = QString::fromLocal8Bit(::strsignal(number));
  return name ? QStringLiteral("SIG%1 (%2)").arg(QLatin1String(name), text) : text;
}

QString text(const QJsonObject& event, const char* key) { return event.value(QLatin1String(key)).toString(); }

}  // namespace

// One program from the request to the end of its process.
class Debuggee::Run : public QObject {
 public:
  Run(Debuggee& owner, RunRequest request);
  ~Run() override;

  void begin();
  void cancel();

 private:
  struct Stream {
    QStringDecoder decoder{QStringDecoder::Utf8};
    bool isError;
  };

  void launch(const Engine& engine);
  void handle(const QJsonObject& event);
  void hello(const QJsonObject& event);
  void listVariables(const QJsonArray& rows);
  void scriptFailed(const QJsonObject& event, const QString& name);
  void forward(Stream& stream, const QByteArray& data);
  void processEnded();
  void explainEnd();
  void conclude();
  void endGroup(int signal);
  // Reports the first failure; later ones become notices. Nothing after cancel().
  void fail(const RunFailure& failure);
  void note(const QString& text);
  void enter(State state);
  // Every signal goes out through these two, in order, from the event loop: a slot may run a dialog, start the next run
  // or delete the owner while no function of this run is on the stack.
  template <typename Function>
  void post(Function function) {
    QMetaObject::invokeMethod(&owner_, std::move(function), Qt::QueuedConnection);
  }
  // Likewise, but not once the run is cancelled, even if it happened before.
  template <typename Function>
  void tell(Function function) {
    post([cancelled = cancelled_, function = std::move(function)] {
      if (!*cancelled) function();
    });
  }

  Debuggee& owner_;
  RunRequest request_;
  QString folder_;  // working directory, absolute
  EngineFinder finder_;
  Channel channel_;
  QProcess process_;
  qint64 pid_ = 0;
  std::array<Stream, 2> streams_{Stream{.isError = false}, Stream{.isError = true}};
  QTimer startLimit_, killTimer_, exitLimit_, hangUpLimit_;
  qint64 outputBytes_ = 0;
  std::shared_ptr<bool> cancelled_ = std::make_shared<bool>(false);
  bool greeted_ = false;  // the child said hello and got its command
  bool done_ = false;     // the child said that nothing of interest follows
  bool traced_ = false;
  bool failed_ = false;
  bool ended_ = false;  // the process has ended
  bool concluded_ = false;
};

Debuggee::Run::Run(Debuggee& owner, RunRequest request) : owner_(owner), request_(std::move(request)) {
  folder_ = QDir(request_.workingDirectory).absolutePath();
  connect(&finder_, &EngineFinder::found, this, &Run::launch);
  connect(&finder_, &EngineFinder::failed, this, [this](const RunFailure& failure) {
    fail(failure);
    conclude();
  });
  connect(&channel_, &Channel::received, this, &Run::handle);
  connect(&channel_, &Channel::closed, this, [this] {
    if (ended_) conclude();
  });
  connect(&channel_, &Channel::broken, this, [this](const QString& reason) {
    fail({RunFailureKind::NoTrace,
          tr("The program's process sent something that is no answer: %1").arg(reason),
          {},
          {}});
    endGroup(SIGKILL);
  });
  connect(&process_, &QProcess::started, this, [this] { pid_ = process_.processId(); });
  connect(&process_, &QProcess::readyReadStandardOutput, this,
          [this] { forward(streams_[0], process_.readAllStandardOutput()); });
  connect(&process_, &QProcess::readyReadStandardError, this,
          [this] { forward(streams_[1], process_.readAllStandardError()); });
  connect(&process_, &QProcess::finished, this, &Run::processEnded);
  connect(
      &process_, &QProcess::errorOccurred, this,
      [this](QProcess::ProcessError error) {
        if (error != QProcess::FailedToStart) return;
        fail({RunFailureKind::NoInterpreter,
              tr("%1 cannot be started: %2").arg(process_.program(), process_.errorString()),
              {},
              {}});
        conclude();
      },
      Qt::QueuedConnection);

  for (QTimer* timer : {&startLimit_, &killTimer_, &exitLimit_, &hangUpLimit_}) timer->setSingleShot(true);
  connect(&startLimit_, &QTimer::timeout, this, [this] {
    fail(
        {RunFailureKind::NoTrace, tr("%1 started, but dill's engine did not answer.").arg(process_.program()), {}, {}});
    endGroup(SIGKILL);
  });
  connect(&killTimer_, &QTimer::timeout, this, [this] { endGroup(SIGKILL); });
  connect(&exitLimit_, &QTimer::timeout, this, [this] { endGroup(SIGKILL); });
  connect(&hangUpLimit_, &QTimer::timeout, this, &Run::conclude);
}

Debuggee::Run::~Run() {
  process_.disconnect(this);
  channel_.disconnect(this);
  if (process_.state() != QProcess::NotRunning) {
    endGroup(SIGKILL);
    process_.waitForFinished();
  }
}

void Debuggee::Run::begin() {
  if (*cancelled_) {
    conclude();
    return;
  }
  const QFileInfo script(QDir(folder_), request_.script);
  QString obstacle;
  if (!QFileInfo(folder_).isDir()) {
    obstacle = tr("The working directory %1 does not exist.").arg(folder_);
  } else if (request_.script.isEmpty() || !script.exists()) {
    obstacle = tr("There is no script %1.").arg(request_.script.isEmpty() ? folder_ : script.absoluteFilePath());
  } else if (!script.isFile() || !script.isReadable()) {
    obstacle = tr("%1 is not a file that can be read.").arg(script.absoluteFilePath());
  } else {
    obstacle = channel_.listen();
    if (!obstacle.isEmpty()) obstacle = tr("A local socket cannot be made: %1").arg(obstacle);
  }
  if (obstacle.isEmpty()) {
    finder_.find(request_.interpreter, folder_);
    return;
  }
  fail({RunFailureKind::NoTrace, obstacle, {}, {}});
  conclude();
}

void Debuggee::Run::launch(const Engine& engine) {
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  QString pythonPath = engine.folder;
  if (environment.contains(QStringLiteral("PYTHONPATH"))) {
    const QString own = environment.value(QStringLiteral("PYTHONPATH"));
    environment.insert(QStringLiteral("DILL_DEBUGGEE_PYTHONPATH"), own);
    if (!own.isEmpty()) pythonPath += u':' + own;
  }
  environment.insert(QStringLiteral("PYTHONPATH"), pythonPath);
  environment.insert(QStringLiteral("DILL_DEBUGGEE_SOCKET"), channel_.socketPath());
  environment.insert(QStringLiteral("DILL_DEBUGGEE_TOKEN"), QString::fromLatin1(channel_.token()));
  process_.setProcessEnvironment(environment);
  process_.setWorkingDirectory(folder_);
  process_.setStandardInputFile(QProcess::nullDevice());
  leadOwnGroup(process_);
  startLimit_.start(kStartMilliseconds);
  process_.start(engine.interpreter.program, {QStringLiteral("-c"), kStarter});
}

void Debuggee::Run::handle(const QJsonObject& event) {
  if (*cancelled_) return;
  const QString name = text(event, "event");
  if (name == u"hello") {
    hello(event);
  } else if (name == u"started") {
    enter(State::Running);
  } else if (name == u"notice") {
    note(text(event, "text"));
  } else if (name == u"no_script") {
    fail({RunFailureKind::NoTrace, text(event, "message"), {}, {}});
  } else if (name == u"syntax_error" || name == u"raised" || name == u"interrupted") {
    scriptFailed(event, name);
  } else if (name == u"exited") {
    const int code = event.value(QLatin1String("code")).toInt();
    if (code != 0) {
      fail({RunFailureKind::ScriptExited,
            tr("The script ended itself with status %1.").arg(code),
            text(event, "message"),
            {}});
    }
  } else if (name == u"recording") {
    enter(State::Recording);
  } else if (name == u"variables") {
    listVariables(event.value(QLatin1String("variables")).toArray());
  } else if (name == u"trace") {
    traced_ = true;
    tell([owner = &owner_, path = text(event, "path")] { emit owner->traceWritten(path); });
  } else if (name == u"failed") {
    fail({RunFailureKind::NoTrace,
          tr("The objects could not be recorded: %1").arg(text(event, "message")),
          text(event, "traceback"),
          {}});
  } else if (name == u"done") {
    done_ = true;
    exitLimit_.start(kExitFunctionsMilliseconds);
  }
}

void Debuggee::Run::hello(const QJsonObject& event) {
  startLimit_.stop();
  const QString error = text(event, "error");
  if (!error.isEmpty() || event.value(QLatin1String("protocol")).toInt() != kProtocol || greeted_) {
    fail({RunFailureKind::NoEngine,
          error.isEmpty() ? tr("The engine for %1 belongs to another version of the Explorer.").arg(process_.program())
                          : tr("dill's engine for %1 cannot be loaded.").arg(process_.program()),
          error, buildCommand(process_.program())});
    endGroup(SIGKILL);
    return;
  }
  greeted_ = true;
  channel_.send({{QStringLiteral("command"), QStringLiteral("run")},
                 {QStringLiteral("script"), request_.script},
                 {QStringLiteral("expression"), request_.expression.trimmed()},
                 {QStringLiteral("arguments"), QJsonArray::fromStringList(request_.arguments)},
                 {QStringLiteral("trace"), channel_.folder() + QStringLiteral("/program.dtrace")}});
}

void Debuggee::Run::listVariables(const QJsonArray& rows) {
  QVector<VariableSummary> variables;
  variables.reserve(rows.size());
  for (const auto& value : rows) {
    const QJsonObject row = value.toObject();
    variables.push_back({text(row, "name"), text(row, "type"), row.value(QLatin1String("picklable")).toBool(),
                         static_cast<quint64>(row.value(QLatin1String("bytes")).toInteger()),
                         static_cast<quint32>(row.value(QLatin1String("node")).toInteger())});
  }
  tell([owner = &owner_, variables] { emit owner->variablesListed(variables); });
}

void Debuggee::Run::scriptFailed(const QJsonObject& event, const QString& name) {
  const QString message = text(event, "message");
  const QString type = text(event, "type");
  const QString what = message.isEmpty() ? type : type + QStringLiteral(": ") + message;
  const int line = event.value(QLatin1String("line")).toInt();
  const QString where = text(event, "where") == u"expression" ? tr("The expression “%1”").arg(request_.expression)
                        : line > 0                            ? tr("The script (line %1)").arg(line)
                                                              : tr("The script");
  if (name == u"syntax_error") {
    fail({RunFailureKind::SyntaxError,
          tr("%1 is not valid Python: %2").arg(where, message),
          text(event, "traceback"),
          {}});
  } else if (name == u"interrupted") {
    fail({RunFailureKind::ScriptRaised, tr("%1 was interrupted.").arg(where), text(event, "traceback"), {}});
  } else {
    fail({RunFailureKind::ScriptRaised, tr("%1 raised %2").arg(where, what), text(event, "traceback"), {}});
  }
}

void Debuggee::Run::forward(Stream& stream, const QByteArray& data) {
  if (data.isEmpty() || outputBytes_ > kOutputLimit) return;
  outputBytes_ += data.size();
  const QString decoded = stream.decoder.decode(data);
  if (!decoded.isEmpty()) {
    tell([owner = &owner_, decoded, isError = stream.isError] { emit owner->output(decoded, isError); });
  }
  if (outputBytes_ > kOutputLimit) {
    note(
        tr("The program wrote more than %1 MiB; its further output is not shown.").arg(kOutputLimit / (1024LL * 1024)));
  }
}

void Debuggee::Run::processEnded() {
  ended_ = true;
  startLimit_.stop();
  exitLimit_.stop();
  killTimer_.stop();
  endGroup(SIGKILL);  // what the program left running
  forward(streams_[0], process_.readAllStandardOutput());
  forward(streams_[1], process_.readAllStandardError());
  if (channel_.isOpen()) {
    hangUpLimit_.start(kHangUpMilliseconds);
  } else {
    conclude();
  }
}

void Debuggee::Run::explainEnd() {
  const int status = process_.exitCode();
  if (process_.exitStatus() == QProcess::CrashExit) {
    if (!done_) {
      fail({RunFailureKind::Crashed, tr("The program's process was ended by %1.").arg(signalName(status)), {}, {}});
    }
  } else if (!greeted_) {
    fail({RunFailureKind::NoEngine,
          tr("dill's engine for %1 ended with status %2 before it began.").arg(process_.program()).arg(status),
          {},
          buildCommand(process_.program())});
  } else if (!done_ && status == kLostConnectionStatus) {
    fail({RunFailureKind::NoTrace,
          tr("The program closed the connection to the Explorer (a file descriptor that it "
             "did not open)."),
          {},
          {}});
  } else if (!done_) {
    fail({RunFailureKind::ScriptExited,
          tr("The program's process ended with status %1 before anything could be recorded (os._exit or the like).")
              .arg(status),
          {},
          {}});
  } else if (!traced_ && !failed_) {
    fail({RunFailureKind::NoTrace, tr("The program ended well, but nothing was recorded."), {}, {}});
  }
}

void Debuggee::Run::conclude() {
  if (std::exchange(concluded_, true)) return;
  hangUpLimit_.stop();
  if (ended_ && !failed_ && !*cancelled_) explainEnd();
  enter(State::Idle);
  post([owner = &owner_] { emit owner->finished(); });
}

void Debuggee::Run::cancel() {
  if (std::exchange(*cancelled_, true)) return;
  finder_.cancel();
  if (process_.state() == QProcess::NotRunning) {
    // Nothing runs yet, or all that is left is to conclude; finished() must not come from inside cancel().
    QMetaObject::invokeMethod(this, &Run::conclude, Qt::QueuedConnection);
    return;
  }
  startLimit_.stop();
  killTimer_.start(kTermToKillMilliseconds);
  endGroup(SIGTERM);
}

void Debuggee::Run::endGroup(int signal) { signalGroup(ended_ ? pid_ : process_.processId(), signal); }

void Debuggee::Run::fail(const RunFailure& failure) {
  if (*cancelled_) return;
  if (std::exchange(failed_, true)) {
    note(failure.message);
    return;
  }
  tell([owner = &owner_, failure] { emit owner->failed(failure); });
}

void Debuggee::Run::note(const QString& text) {
  tell([owner = &owner_, text] { emit owner->notice(text); });
}

void Debuggee::Run::enter(State state) {
  post([owner = &owner_, state] { owner->setState(state); });
}

Debuggee::Debuggee(QObject* parent) : QObject(parent) {
  qRegisterMetaType<RunFailure>();
  qRegisterMetaType<QVector<VariableSummary>>();
}

Debuggee::~Debuggee() = default;

Debuggee::State Debuggee::state() const { return state_; }

void Debuggee::start(const RunRequest& request) {
  if (state_ != State::Idle) return;
  run_ = std::make_unique<Run>(*this, request);
  state_ = State::Starting;
  QMetaObject::invokeMethod(
      this, [this] { emit stateChanged(State::Starting); }, Qt::QueuedConnection);
  QMetaObject::invokeMethod(run_.get(), &Run::begin, Qt::QueuedConnection);
}

void Debuggee::cancel() {
  if (state_ != State::Idle) run_->cancel();
}

void Debuggee::setState(State state) {
  if (state_ == state) return;
  state_ = state;
  emit stateChanged(state);
}

}  // namespace dill::gui
