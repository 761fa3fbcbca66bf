// dill-explorer: a window, or with --report (and without a display) the same findings as files.
#include <QApplication>
#include <QSettings>
#include <QTimer>

#include <cstdio>
#include <cstring>
#include <variant>

#include "app/headless.h"
#include "app/main_window.h"
#include "app/options.h"
#include "app/theme.h"
#include "debuggee/quit_signals.h"
#include "panels/theme_icon.h"

namespace {

bool hasDisplay(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "-platform") == 0) return true;
  }
  return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
         qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

void setNames() {
  QCoreApplication::setOrganizationName(QStringLiteral("dill"));
  QCoreApplication::setApplicationName(QStringLiteral("dill-explorer"));
  QCoreApplication::setApplicationVersion(QStringLiteral(DILL_VERSION));
}

int exitEarly(const dill::gui::EarlyExit& exit) {
  std::fputs(qPrintable(exit.text), exit.status == 0 ? stdout : stderr);
  return exit.status;
}

// A Qt application object needs a display (or none), so the arguments are read first, as Qt would give them.
QStringList readArguments(int argc, char** argv) {
  QStringList arguments;
  for (int i = 0; i < argc; ++i) arguments << QString::fromLocal8Bit(argv[i]);
  return arguments;
}

int runWindow(int argc, char** argv) {
  QApplication application(argc, argv);
  // Qt took out its own options (-platform, -style ...).
  const auto parsed = dill::gui::parseOptions(QApplication::arguments());
  if (const auto* exit = std::get_if<dill::gui::EarlyExit>(&parsed)) return exitEarly(*exit);
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/dill-explorer.svg")));
  QGuiApplication::setDesktopFileName(QStringLiteral("dill-explorer"));
  dill::gui::applyTheme(static_cast<dill::gui::Theme>(QSettings().value(QStringLiteral("theme"), 0).toInt()));
  dill::gui::QuitSignals signals_;
  dill::gui::MainWindow window;
  QObject::connect(&signals_, &dill::gui::QuitSignals::received, &window, &QWidget::close);
  window.show();
  window.start(std::get<dill::gui::Options>(parsed));
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  setNames();
  const QStringList arguments = readArguments(argc, argv);
  const auto parsed = dill::gui::parseOptions(arguments);
  const auto* exit = std::get_if<dill::gui::EarlyExit>(&parsed);
  const auto* options = std::get_if<dill::gui::Options>(&parsed);
  const bool display = hasDisplay(argc, argv);
  if (exit && (exit->status == 0 || !display)) return exitEarly(*exit);
  if (options && (!options->reports.isEmpty() || !display)) {
    QCoreApplication application(argc, argv);
    return dill::gui::runHeadless(*options);
  }
  return runWindow(argc, argv);
}
