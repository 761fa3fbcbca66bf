// Opens files in the real window, one after the other, and looks at each from all sides: open_files [--first] FILE...
// Prints how long it took until there was something to see of a file, and until all of it had been read. With --first
// the rest is not waited for. For tests that watch what the process does meanwhile, and for measuring.
#include <QAction>
#include <QApplication>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include <cstdio>
#include <functional>

#include "app/docks.h"
#include "app/main_window.h"
#include "canvas/graph_canvas.h"
#include "panels/opcodes_panel.h"

using namespace dill::gui;

namespace {

constexpr int kPatience = 300'000;

bool waitFor(const std::function<bool()>& done) { return QTest::qWaitFor(done, kPatience); }

void lookAround(MainWindow& window) {
  const SnapshotPtr snapshot = window.document()->snapshot();
  if (!snapshot || snapshot->graph->size() == 0) return;
  for (int i = 0; i < 3; ++i) window.docks()->goToProblem(1);
  window.selection()->select(0);
  window.canvas()->expandAllBelow(0);
  window.canvas()->fit();
  auto* dock = window.findChild<QDockWidget*>(QStringLiteral("opcodesDock"));
  QSignalSpy ready(window.docks()->opcodes(), &OpcodesPanel::ready);
  dock->show();
  if (snapshot->origin == Origin::StaticRead) waitFor([&] { return !ready.isEmpty(); });
  for (const char* title : {"inspectorOpcodesTitle", "inspectorBytesTitle"}) {
    if (auto* button = window.findChild<QToolButton*>(QString::fromLatin1(title)); !button->isChecked())
      button->click();
  }
  window.grab();
  dock->hide();
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication::setOrganizationName(QStringLiteral("dill-open-files"));
  QCoreApplication::setApplicationName(QStringLiteral("dill-open-files"));
  QApplication application(argc, argv);
  QStringList files = QApplication::arguments().mid(1);
  const bool first = files.removeAll(QStringLiteral("--first")) > 0;
  if (files.isEmpty()) {
    std::fprintf(stderr, "usage: open_files [--first] FILE...\n");
    return 2;
  }
  MainWindow window;
  window.show();
  QTest::qWait(0);
  bool patient = true;
  for (const QString& path : files) {
    bool shown = false;
    bool failed = false;
    QObject here;
    QObject::connect(window.document(), &Document::snapshotChanged, &here, [&] { shown = true; });
    QObject::connect(window.document(), &Document::openFailed, &here, [&] { failed = true; });
    QElapsedTimer timer;
    timer.start();
    window.document()->openFile(path);
    patient = waitFor([&] { return shown || failed; }) && patient;
    window.grab();
    std::printf("%s: %s after %lld ms", qPrintable(path), failed ? "refused" : "shown", timer.elapsed());
    if (first) {
      window.document()->cancel();
      std::printf("\n");
      continue;
    }
    patient = waitFor([&] { return !window.document()->isBusy(); }) && patient;
    std::printf(", read after %lld ms\n", timer.elapsed());
    lookAround(window);
  }
  return patient ? 0 : 1;
}
