// Which engine (our Python package with its compiled part) belongs to which interpreter, and where it lies.
#pragma once

#include <QObject>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTimer>

#include <memory>

#include "debuggee/run_failure.h"

namespace dill::gui {

struct Interpreter {
  QString program;  // absolute path, as the user gave it (not resolved: a venv's link must stay one)
  QString version;  // "3.11.7"
  QString abi;      // "cp311"
};

struct Engine {
  Interpreter interpreter;
  QString folder;  // what goes on PYTHONPATH; it contains the package "dill"
};

// The folders whose subfolders cp3XX are looked at, in this order: those in $DILL_ENGINES (separated by ':'),
// ../engines and ../lib/dill/engines beside the application's own folder.
QStringList engineRoots();

// The folder of the engine for an ABI tag such as "cp311"; empty if none was built.
QString findEngine(const QString& abi);

// The source tree whose build folder the application lies in; empty if it is installed.
QString sourceFolder();

// A shell command that builds the engine for this interpreter. It can be pasted anywhere if the application lies in the
// build folder of a source tree, else it must be run in dill's source folder.
QString buildCommand(const QString& program);

// Absolute path of an interpreter: an empty name means $DILL_PYTHON, else "python3"; a name without '/' is looked up on
// PATH, a relative path is taken from workingDirectory. Empty if there is no such executable file.
QString resolveInterpreter(const QString& name, const QString& workingDirectory);

// Asks an interpreter what it is and finds its engine. The interpreter runs isolated (-I -S), no user code runs, and is
// killed if it does not answer within ten seconds.
class EngineFinder : public QObject {
  Q_OBJECT
 public:
  explicit EngineFinder(QObject* parent = nullptr);
  ~EngineFinder() override;

  // Exactly one of found() and failed() follows, not from inside the call, unless cancel() comes first. One at a time.
  void find(const QString& interpreter, const QString& workingDirectory);
  void cancel();

 signals:
  void found(const dill::gui::Engine& engine);
  void failed(const dill::gui::RunFailure& failure);  // NoInterpreter or NoEngine

 private:
  void finish();
  void judge(const QString& program, const QByteArray& answer, const QString& said);
  void fail(RunFailureKind kind, const QString& message, const QString& details = {}, const QString& command = {});

  std::unique_ptr<QProcess> probe_;
  QTimer limit_;
  QByteArray answer_;
  bool timedOut_ = false;
};

}  // namespace dill::gui
