// Why a program could not be examined, in a form that a window, a terminal and a test can use.
#pragma once

#include <QMetaType>
#include <QString>

namespace dill::gui {

enum class RunFailureKind {
  NoInterpreter,  // it does not exist, does not start, or is no Python that dill knows
  NoEngine,       // no engine for this version of Python was built; RunFailure::command builds it
  SyntaxError,    // the script or the expression is not Python; nothing was run
  ScriptRaised,   // the script or the expression ended with an exception; what exists so far is recorded all the same
  ScriptExited,   // the script called sys.exit with a status that means failure, or os._exit
  Crashed,        // a signal ended the process (not one sent by Debuggee::cancel)
  NoTrace,        // the script does not exist, nothing could be recorded, or the protocol was broken
};

struct RunFailure {
  RunFailureKind kind;
  QString message;  // one sentence for people
  QString details;  // traceback or what the child said; may be empty
  QString command;  // a shell command that would help; may be empty
};

}  // namespace dill::gui

Q_DECLARE_METATYPE(dill::gui::RunFailure)
