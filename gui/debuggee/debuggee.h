// Runs the user's Python program in a child process, the debuggee, and brings back what the engine recorded there.
//
// The Explorer itself never runs Python: the child is the interpreter the user picked, with our engine put first on its
// path (engines.h), so the user's packages are there and a crash costs nothing. Control messages are JSON lines over a
// local socket (protocol.h), the graph comes as a .dtrace file, the program's own output through pipes.
//
// One Debuggee runs one program at a time; start() after finished() runs the next. All signals come from the event loop
// of the thread that owns the object, never from inside start() or cancel(), so a slot may open a dialog or start the
// next run. Destroying a Debuggee ends the child and everything in its process group and removes the trace file.
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QVector>

#include <memory>

#include "debuggee/run_failure.h"

namespace dill::gui {

// What to run. Relative paths are taken from workingDirectory.
struct RunRequest {
  QString script;            // a Python file
  QString expression;        // evaluated in the script's namespace when the script has ended; empty: all its variables
  QString interpreter;       // path or name of a Python; empty: $DILL_PYTHON, else the "python3" on PATH
  QStringList arguments;     // sys.argv[1:]
  QString workingDirectory;  // empty: the Explorer's own
};

// One variable of the examined program, in the order in which they were recorded.
struct VariableSummary {
  QString name;
  QString type;  // "module.QualName", builtins without module
  bool picklable;
  quint64 bytes;  // written for it and everything first met below it
  quint32 node;   // its node in the trace
};

class Debuggee : public QObject {
  Q_OBJECT
 public:
  enum class State {
    Idle,
    Starting,   // looking for interpreter and engine, waiting for the child's hello
    Running,    // the script runs
    Recording,  // the engine walks its objects
  };
  Q_ENUM(State)

  explicit Debuggee(QObject* parent = nullptr);
  ~Debuggee() override;

  // Runs the request; ignored unless state() is Idle. Whatever happens, exactly one finished() follows.
  void start(const RunRequest& request);
  // Ends the child and its whole process group: SIGTERM, and SIGKILL after one second. Of the signals only
  // stateChanged() and finished() follow. Does nothing when Idle.
  void cancel();
  State state() const;

 signals:
  void stateChanged(State state);
  // What the program wrote, as it comes (decoded as UTF-8, never split inside a character).
  void output(const QString& text, bool isError);
  // Something the user should know which is no failure (an installed dill is shadowed, the output was cut off ...).
  void notice(const QString& text);
  // Only for requests without an expression. May come before failed(): a script that raised still has variables.
  void variablesListed(const QVector<VariableSummary>& variables);
  // The .dtrace file is complete. It is removed when the next run starts or the Debuggee is destroyed (an open mapping
  // stays valid).
  void traceWritten(const QString& path);
  // At most once a run, before finished().
  void failed(const RunFailure& failure);
  // The child and its group are gone and all its output has been delivered.
  void finished();

 private:
  class Run;
  std::unique_ptr<Run> run_;
  State state_ = State::Idle;

  void setState(State state);
};

}  // namespace dill::gui

Q_DECLARE_METATYPE(dill::gui::RunRequest)
Q_DECLARE_METATYPE(dill::gui::VariableSummary)
