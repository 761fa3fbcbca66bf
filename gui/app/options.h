// The command line of dill-explorer.
#pragma once

#include <QString>
#include <QStringList>

#include <variant>

namespace dill::gui {

struct Options {
  QString python;            // --python: interpreter for scripts; empty: the default one
  QString workingDirectory;  // --cwd; empty: the current one
  QStringList reports;       // --report, one entry each: FILE.txt, FILE.json or FILE.svg
  QString input;             // a .dtrace, a pickle, a script or SCRIPT:EXPRESSION; empty: nothing yet
  QStringList arguments;     // for the script
};

// The program ends without a window: what to print and the exit status (0: help or version, 2: a usage error).
struct EarlyExit {
  QString text;
  int status = 0;
};

// `arguments[0]` is the program's name. Never ends the program itself.
std::variant<Options, EarlyExit> parseOptions(const QStringList& arguments);

// What an input is.
struct Input {
  enum class Kind {
    Nothing,  // no input
    File,     // a trace or a pickle: which of them, its content tells
    Script,   // a program to run
  };
  Kind kind = Kind::Nothing;
  QString path;
  QString expression;  // Script: what to look at; empty: all its variables
};

// "orders.py" and "orders.py:shop.cfg" are scripts, anything else is a file; so is an existing file with a name like
// "a.py:b".
Input classifyInput(const QString& input);

}  // namespace dill::gui
