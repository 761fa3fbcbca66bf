#include "app/options.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>

namespace dill::gui {

namespace {
QString tr(const char* text) { return QCoreApplication::translate("Options", text); }

// Options are read before there is an application object, without which Qt does not know what the program is called.
QString helpText(const QCommandLineParser& parser) {
  static const QRegularExpression usage(QStringLiteral("^Usage: .*? \\[options\\]"));
  return parser.helpText().replace(usage, QStringLiteral("Usage: dill-explorer [options]"));
}
}  // namespace

std::variant<Options, EarlyExit> parseOptions(const QStringList& arguments) {
  QCommandLineParser parser;
  parser.setApplicationDescription(
      tr("Shows what is in a file and what loading it would do, and why an object cannot be pickled: the graph of the\n"
         "objects, findings about what is imported and called, every culprit with its path and error. Opening a file\n"
         "executes nothing; a script is run in a process of its own."));
  const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")}, tr("Show this text and end."));
  const QCommandLineOption version({QStringLiteral("v"), QStringLiteral("version")}, tr("Show the version and end."));
  const QCommandLineOption python(QStringLiteral("python"), tr("Interpreter that runs the script."), tr("PYTHON"));
  const QCommandLineOption cwd(QStringLiteral("cwd"), tr("Working directory of the script."), tr("DIRECTORY"));
  const QCommandLineOption report(
      QStringLiteral("report"),
      tr("Write the findings to FILE (.txt, .json or .svg) and end, without a window. Can be given several times."),
      tr("FILE"));
  parser.addOptions({help, version, python, cwd, report});
  parser.addPositionalArgument(
      QStringLiteral("input"),
      tr("Any file (a pickle, a session, a model, an archive, a trace), a script, or script.py:EXPRESSION to look at\n"
         "one value."),
      QStringLiteral("[FILE | SCRIPT[:EXPR]]"));
  parser.addPositionalArgument(QStringLiteral("args"), tr("Arguments for the script, after \"--\"."),
                               QStringLiteral("[-- ARGS]"));
  if (!parser.parse(arguments)) {
    return EarlyExit{tr("dill-explorer: %1\nTry \"dill-explorer --help\".\n").arg(parser.errorText()), 2};
  }
  if (parser.isSet(help)) return EarlyExit{helpText(parser), 0};
  if (parser.isSet(version)) {
    return EarlyExit{QStringLiteral("dill-explorer %1\n").arg(QCoreApplication::applicationVersion()), 0};
  }
  Options options;
  options.python = parser.value(python);
  options.workingDirectory = parser.value(cwd);
  options.reports = parser.values(report);
  options.arguments = parser.positionalArguments();
  if (!options.arguments.isEmpty()) options.input = options.arguments.takeFirst();
  if (!options.workingDirectory.isEmpty() && !QFileInfo(options.workingDirectory).isDir()) {
    return EarlyExit{tr("dill-explorer: %1 is not a directory.\n").arg(options.workingDirectory), 2};
  }
  for (const QString& file : options.reports) {
    const QString suffix = QFileInfo(file).suffix().toLower();
    if (suffix != QLatin1String("txt") && suffix != QLatin1String("json") && suffix != QLatin1String("svg")) {
      return EarlyExit{tr("dill-explorer: a report is a .txt, .json or .svg file, not %1.\n").arg(file), 2};
    }
  }
  if (!options.reports.isEmpty() && options.input.isEmpty()) {
    return EarlyExit{tr("dill-explorer: --report needs a file or a script to report on.\n"), 2};
  }
  return options;
}

Input classifyInput(const QString& input) {
  if (input.isEmpty()) return {};
  const QString suffix = QStringLiteral(".py");
  const qsizetype colon = input.indexOf(suffix + QLatin1Char(':'));
  if (colon < 0 || QFileInfo(input).isFile()) {
    return {input.endsWith(suffix) ? Input::Kind::Script : Input::Kind::File, input, {}};
  }
  const qsizetype end = colon + suffix.size();
  return {Input::Kind::Script, input.first(end), input.sliced(end + 1)};
}

}  // namespace dill::gui
