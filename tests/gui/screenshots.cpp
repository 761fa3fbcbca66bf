// Takes pictures of the real window, to be looked at: screenshots DIRECTORY [light|dark [INPUT]].
// With INPUT (a file or SCRIPT[:EXPR], as dill-explorer takes it) pictures of that, also with the opcodes of a file, and
// with the first function and the first class selected (of a recording: whose source is known); else pictures of
// samples.
// Run it with QT_QPA_PLATFORM=offscreen, and with QT_SCALE_FACTOR=2 for a high-resolution screen.
#include <QAction>
#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <cstdio>

#include "app/docks.h"
#include "app/main_window.h"
#include "app/run_dialog.h"
#include "app/theme.h"
#include "canvas/graph_canvas.h"
#include "panels/find_bar.h"
#include "panels/message_bar.h"
#include "panels/opcodes_panel.h"
#include "panels/outline_panel.h"
#include "panels/output_panel.h"
#include "sample_graphs.h"

using namespace dill::gui;
namespace graph = dill::graph;

namespace {

void open(MainWindow& window, const QString& path) {
  bool done = false;
  const auto shown = QObject::connect(window.document(), &Document::snapshotChanged, [&done] { done = true; });
  const auto failed = QObject::connect(window.document(), &Document::openFailed, [&done] { done = true; });
  window.document()->openFile(path);
  if (!QTest::qWaitFor([&done] { return done; }, 30'000)) std::fprintf(stderr, "timeout\n");
  QObject::disconnect(shown);
  QObject::disconnect(failed);
  QTest::qWait(100);
}

}  // namespace

int main(int argc, char** argv) {
  QStandardPaths::setTestModeEnabled(true);
  QCoreApplication::setOrganizationName(QStringLiteral("dill-screenshots"));
  QCoreApplication::setApplicationName(QStringLiteral("dill-screenshots"));
  QTemporaryDir settings;
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, settings.path());
  QApplication application(argc, argv);
  const QStringList arguments = QApplication::arguments();
  if (arguments.size() < 2) {
    std::fprintf(stderr, "usage: screenshots DIRECTORY [light|dark [INPUT]]\n");
    return 2;
  }
  const QDir directory(arguments[1]);
  const bool dark = arguments.value(2) == QLatin1String("dark");
  const QString suffix = dark ? QStringLiteral("-dark.png") : QStringLiteral("-light.png");
  applyTheme(dark ? Theme::Dark : Theme::Light);

  QTemporaryDir files;
  const QString orders = samples::saveTrace(samples::orders(), files.filePath("orders.dtrace"));
  const QString fine = samples::saveTrace(samples::fine(), files.filePath("fine.dtrace"));
  const QString large = samples::saveTrace(samples::large(100'000), files.filePath("large.dtrace"));

  MainWindow window;
  window.resize(1440, 900);
  window.show();
  const auto shoot = [&](const QString& name) {
    QTest::qWait(150);
    const QString file = directory.filePath(name + suffix);
    if (!window.grab().save(file)) std::fprintf(stderr, "cannot write %s\n", qPrintable(file));
  };
  if (arguments.size() > 3) {
    Options options;
    options.input = arguments[3];
    window.start(options);
    if (!QTest::qWaitFor([&window] { return !window.document()->isBusy(); }, 60'000)) std::fprintf(stderr, "timeout\n");
    shoot(QStringLiteral("input"));
    const SnapshotPtr snapshot = window.document()->snapshot();
    if (!snapshot) return 0;
    if (auto* outline = window.findChild<QDockWidget*>(QStringLiteral("outlineDock"))) outline->raise();
    if (snapshot->origin == Origin::StaticRead) {
      auto* dock = window.findChild<QDockWidget*>(QStringLiteral("opcodesDock"));
      QSignalSpy ready(window.docks()->opcodes(), &OpcodesPanel::ready);
      dock->toggleViewAction()->trigger();
      if (ready.isEmpty()) ready.wait(10'000);
      shoot(QStringLiteral("input-opcodes"));
      dock->hide();
      for (const char* title : {"inspectorOpcodesTitle", "inspectorBytesTitle"}) {
        if (auto* button = window.findChild<QToolButton*>(QString::fromLatin1(title))) button->click();
      }
    }
    for (const char* type : {"function", "type"}) {
      const graph::ObjectGraph& graph = *snapshot->graph;
      graph::NodeId node = 0;
      const bool located = snapshot->origin == Origin::Recorded;
      while (node < graph.size() && (graph.type(node) != type || (located && !graph.location_of(node)))) ++node;
      if (node == graph.size()) continue;
      window.selection()->select(node, Selection::Reveal::Center);
      window.outline()->view()->expand(window.outline()->view()->currentIndex());
      shoot(QStringLiteral("input-") + QLatin1String(type));
    }
    const auto references = snapshot->graph->columns().references;
    if (!references.empty()) {
      window.selection()->select(references.back().from, Selection::Reveal::Center);
      window.outline()->view()->expand(window.outline()->view()->currentIndex());
      window.outline()->view()->scrollTo(window.outline()->view()->currentIndex(), QAbstractItemView::PositionAtTop);
      shoot(QStringLiteral("input-shared"));
    }
    return 0;
  }
  shoot(QStringLiteral("empty"));
  open(window, orders);
  shoot(QStringLiteral("orders"));
  window.canvas()->fit();
  shoot(QStringLiteral("orders-fit"));
  window.selection()->select(11, Selection::Reveal::Center);
  shoot(QStringLiteral("orders-shared"));
  window.selection()->select(samples::culprit(window.document()->snapshot(), 2), Selection::Reveal::Center);
  const QVector<VariableSummary> variables{
      {QStringLiteral("shop"), QStringLiteral("__main__.OrderService"), false, 2701234, 0},
      {QStringLiteral("rates"), QStringLiteral("dict"), true, 812, 5}};
  emit window.document()->variablesListed(variables);
  emit window.document()->debuggee()->output(QStringLiteral("processing 40 orders\n"), false);
  emit window.document()->debuggee()->output(QStringLiteral("warning: no gateway answered\n"), true);
  emit window.document()->runFailed({RunFailureKind::NoEngine,
                                     QStringLiteral("There is no engine for Python 3.12 (/usr/bin/python3.12) yet."),
                                     {},
                                     QStringLiteral("./dev build --python /usr/bin/python3.12")});
  window.findBar()->open();
  shoot(QStringLiteral("run"));
  window.findBar()->close();
  open(window, fine);
  shoot(QStringLiteral("fine"));
  open(window, files.filePath(QStringLiteral("missing.dtrace")));
  shoot(QStringLiteral("error"));
  open(window, large);
  shoot(QStringLiteral("large"));
  window.canvas()->expandAllBelow(0);
  window.canvas()->fit();
  shoot(QStringLiteral("large-fit"));
  std::printf("large-fit: %zu boxes, last frame %.1f ms\n", window.canvas()->scene().items().size(),
              window.canvas()->lastFrameMilliseconds());

  RunDialog dialog({}, &window);
  dialog.show();
  QTest::qWait(100);
  dialog.grab().save(directory.filePath(QStringLiteral("run-dialog") + suffix));
  return 0;
}
