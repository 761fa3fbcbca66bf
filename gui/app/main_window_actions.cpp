// Menus, tool bar and keyboard shortcuts of the window.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDockWidget>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QStackedWidget>
#include <QToolBar>

#include "app/docks.h"
#include "app/main_window.h"
#include "app/recent_files.h"
#include "app/welcome_page.h"
#include "canvas/graph_canvas.h"
#include "canvas/legend.h"
#include "models/node_status.h"
#include "panels/find_bar.h"
#include "panels/theme_icon.h"

namespace dill::gui {

QAction* MainWindow::makeAction(const QString& text, const QString& icon, const QKeySequence& key,
                                const QString& toolTip, const QString& objectName, const std::function<void()>& run) {
  auto* action = new QAction(text, this);
  action->setObjectName(objectName);
  if (!icon.isEmpty()) action->setIcon(themeIcon(icon));
  action->setShortcut(key);
  action->setToolTip(key.isEmpty() ? toolTip
                                   : QStringLiteral("%1 (%2)").arg(toolTip, key.toString(QKeySequence::NativeText)));
  connect(action, &QAction::triggered, this, [run] { run(); });
  return action;
}

void MainWindow::makeActions() {
  open_ = makeAction(tr("&Open…"), QStringLiteral("open"), QKeySequence::Open,
                     tr("Open any file: a pickle, a session, a model, an archive, a recording or a script"),
                     QStringLiteral("actionOpen"), [this] { chooseFile(); });
  run_ = makeAction(tr("&Run script…"), QStringLiteral("run"), QKeySequence(tr("Ctrl+R")),
                    tr("Run a Python script and look at its objects"), QStringLiteral("actionRun"),
                    [this] { chooseScript(); });
  reload_ = makeAction(tr("Re&load"), QStringLiteral("reload"), QKeySequence(Qt::Key_F5),
                       tr("Read the file or run the script again"), QStringLiteral("actionReload"),
                       [this] { document_.reload(); });
  export_ = makeAction(tr("&Export report…"), QStringLiteral("export"), QKeySequence(tr("Ctrl+E")),
                       tr("Write the findings to a file"), QStringLiteral("actionExport"), [this] { chooseReport(); });
  QAction* quit =
      makeAction(tr("&Quit"), {}, QKeySequence::Quit, tr("Quit"), QStringLiteral("actionQuit"), [this] { close(); });

  fit_ = makeAction(tr("&Fit"), QStringLiteral("fit"), QKeySequence(tr("Ctrl+0")),
                    tr("Show everything that is expanded"), QStringLiteral("actionFit"), [this] { canvas_->fit(); });
  zoomIn_ = makeAction(tr("Zoom &in"), QStringLiteral("zoom-in"), QKeySequence::ZoomIn, tr("Zoom in"),
                       QStringLiteral("actionZoomIn"), [this] { canvas_->zoomIn(); });
  zoomOut_ = makeAction(tr("Zoom &out"), QStringLiteral("zoom-out"), QKeySequence::ZoomOut, tr("Zoom out"),
                        QStringLiteral("actionZoomOut"), [this] { canvas_->zoomOut(); });
  QAction* natural = makeAction(tr("&Natural size"), {}, QKeySequence(tr("Ctrl+1")), tr("Zoom to 100 %"),
                                QStringLiteral("actionNaturalSize"), [this] { canvas_->resetZoom(); });
  QAction* zoomTo =
      makeAction(tr("&Zoom to selected object"), {}, QKeySequence(tr("Ctrl+2")), tr("Zoom to the selected object"),
                 QStringLiteral("actionZoomTo"), [this] { canvas_->zoomTo(selection_.node()); });
  QAction* expand = makeAction(tr("&Expand or collapse"), {}, {}, tr("Show or hide what the selected object holds"),
                               QStringLiteral("actionToggle"), [this] { canvas_->toggle(selection_.node()); });
  QAction* expandAll = makeAction(tr("Expand &all below"), {}, QKeySequence(tr("Ctrl+Shift+E")),
                                  tr("Expand everything below the selected object"), QStringLiteral("actionExpandAll"),
                                  [this] { canvas_->expandAllBelow(selection_.node()); });
  openFolded_ = makeAction(tr("Open folded &part"), {}, QKeySequence(tr("Ctrl+Return")),
                           tr("Show the objects that the selected part of a large graph stands for"),
                           QStringLiteral("actionOpenFolded"), [this] { document_.showFolded(selection_.node()); });
  QAction* collapseAll =
      makeAction(tr("&Collapse all"), {}, QKeySequence(tr("Ctrl+Shift+C")), tr("Collapse everything"),
                 QStringLiteral("actionCollapseAll"), [this] { canvas_->collapseAll(); });

  nextProblem_ = makeAction(tr("&Next problem"), QStringLiteral("next-problem"), QKeySequence(Qt::Key_F8),
                            tr("Go to the next problem or finding"), QStringLiteral("actionNextProblem"),
                            [this] { docks_->goToProblem(1); });
  previousProblem_ = makeAction(tr("&Previous problem"), QStringLiteral("previous-problem"),
                                QKeySequence(Qt::SHIFT | Qt::Key_F8), tr("Go to the previous problem or finding"),
                                QStringLiteral("actionPreviousProblem"), [this] { docks_->goToProblem(-1); });
  back_ =
      makeAction(tr("&Back"), QStringLiteral("back"), QKeySequence(Qt::ALT | Qt::Key_Left),
                 tr("Back to what was selected before"), QStringLiteral("actionBack"), [this] { selection_.goBack(); });
  forward_ = makeAction(tr("&Forward"), QStringLiteral("forward"), QKeySequence(Qt::ALT | Qt::Key_Right),
                        tr("Forward again"), QStringLiteral("actionForward"), [this] { selection_.goForward(); });
  find_ = makeAction(tr("Fin&d…"), QStringLiteral("find"), QKeySequence::Find, tr("Find a type, name or value"),
                     QStringLiteral("actionFind"), [this] { findBar_->open(); });
  QAction* findNext = makeAction(tr("Find ne&xt"), {}, QKeySequence(Qt::Key_F3), tr("Next hit"),
                                 QStringLiteral("actionFindNext"), [this] { findBar_->go(1); });
  QAction* findPrevious = makeAction(tr("Find pre&vious"), {}, QKeySequence(Qt::SHIFT | Qt::Key_F3), tr("Previous hit"),
                                     QStringLiteral("actionFindPrevious"), [this] { findBar_->go(-1); });

  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addActions({open_});
  recentMenu_ = file->addMenu(tr("Open re&cent"));
  file->addActions({run_, reload_});
  file->addSeparator();
  file->addAction(export_);
  file->addSeparator();
  file->addAction(quit);

  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addActions({fit_, zoomIn_, zoomOut_, natural, zoomTo});
  view->addSeparator();
  view->addActions({expand, expandAll, collapseAll, openFolded_});
  view->addSeparator();
  showLegend_ = view->addAction(tr("&Legend"));
  showLegend_->setObjectName(QStringLiteral("actionLegend"));
  showLegend_->setToolTip(tr("Say what the boxes and lines of the picture mean"));
  showLegend_->setShortcut(QKeySequence(tr("Ctrl+L")));
  showLegend_->setCheckable(true);
  showLegend_->setChecked(QSettings().value(QStringLiteral("view/legend"), true).toBool());
  connect(showLegend_, &QAction::toggled, this, [this](bool shown) {
    QSettings().setValue(QStringLiteral("view/legend"), shown);
    updateLegend();
  });
  QMenu* panels = view->addMenu(tr("&Panels"));
  for (QDockWidget* dock : docks_->all()) panels->addAction(dock->toggleViewAction());
  QMenu* colors = view->addMenu(tr("Co&lours"));
  auto* group = new QActionGroup(this);
  const int stored = QSettings().value(QStringLiteral("theme"), 0).toInt();
  const std::pair<Theme, QString> themes[] = {
      {Theme::System, tr("As the &system")}, {Theme::Light, tr("&Light")}, {Theme::Dark, tr("&Dark")}};
  for (const auto& [theme, name] : themes) {
    QAction* action = colors->addAction(name);
    action->setObjectName(QStringLiteral("actionTheme%1").arg(static_cast<int>(theme)));
    action->setCheckable(true);
    action->setChecked(stored == static_cast<int>(theme));
    group->addAction(action);
    connect(action, &QAction::triggered, this, [this, chosen = theme] { setTheme(chosen); });
  }

  QMenu* go = menuBar()->addMenu(tr("&Go"));
  go->addActions({nextProblem_, previousProblem_});
  go->addSeparator();
  go->addActions({back_, forward_});
  go->addSeparator();
  go->addActions({find_, findNext, findPrevious});

  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(makeAction(tr("&Keyboard and mouse"), {}, QKeySequence(Qt::Key_F1), tr("What keys and mouse do"),
                             QStringLiteral("actionShortcuts"), [this] { showShortcuts(); }));
  help->addAction(makeAction(tr("&About"), {}, {}, tr("About this program"), QStringLiteral("actionAbout"),
                             [this] { showAbout(); }));

  needGraph_ = {export_,   fit_,        zoomIn_,      zoomOut_,         natural, zoomTo,   expand,
                expandAll, collapseAll, nextProblem_, previousProblem_, find_,   findNext, findPrevious};
}

void MainWindow::makeToolBar() {
  QToolBar* bar = addToolBar(tr("Tools"));
  bar->setObjectName(QStringLiteral("toolBar"));
  bar->setMovable(false);
  bar->setIconSize({20, 20});
  bar->addActions({open_, run_, reload_});
  bar->addSeparator();
  bar->addActions({back_, forward_});
  bar->addSeparator();
  bar->addActions({previousProblem_, nextProblem_});
  bar->addSeparator();
  bar->addActions({fit_, zoomOut_, zoomIn_});
  bar->addSeparator();
  bar->addActions({find_, export_});
}

void MainWindow::updateActions() {
  const SnapshotPtr snapshot = document_.snapshot();
  for (QAction* action : needGraph_) action->setEnabled(snapshot && snapshot->graph->size() > 0);
  const bool problems = docks_->hasProblems();
  nextProblem_->setEnabled(problems);
  previousProblem_->setEnabled(problems);
  openFolded_->setEnabled(snapshot && isFolded(*snapshot->graph, selection_.node()));
  reload_->setEnabled(document_.canReload());
  back_->setEnabled(selection_.canGoBack());
  forward_->setEnabled(selection_.canGoForward());
}

void MainWindow::updateLegend() { legend_->setVisible(showLegend_->isChecked() && pages_->currentWidget() == canvas_); }

void MainWindow::updateRecent() {
  const QStringList files = recentFiles();
  welcome_->setRecentFiles(files);
  recentMenu_->clear();
  recentMenu_->setEnabled(!files.isEmpty());
  for (const QString& path : files) {
    QAction* action = recentMenu_->addAction(QFileInfo(path).fileName());
    action->setToolTip(path);
    action->setStatusTip(path);
    connect(action, &QAction::triggered, this, [this, path] { openInput(path); });
  }
  recentMenu_->setToolTipsVisible(true);
  recentMenu_->addSeparator();
  connect(recentMenu_->addAction(tr("Clear the list")), &QAction::triggered, this, [this] {
    clearRecentFiles();
    updateRecent();
  });
}

void MainWindow::setTheme(Theme theme) {
  QSettings().setValue(QStringLiteral("theme"), static_cast<int>(theme));
  applyTheme(theme);
}

void MainWindow::showShortcuts() {
  auto* dialog = new QDialog(this);
  dialog->setObjectName(QStringLiteral("shortcutsDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Keyboard and mouse"));
  auto* form = new QFormLayout(dialog);
  form->setHorizontalSpacing(24);
  const std::pair<QString, QString> rows[] = {
      {tr("Left, Right"), tr("to the object that holds this one; into it")},
      {tr("Up, Down"), tr("to its neighbours")},
      {tr("Enter, Space, double click"), tr("expand or collapse")},
      {tr("*"), tr("expand all below")},
      {tr("Home"), tr("to the root")},
      {tr("Wheel, drag"), tr("move the picture")},
      {tr("Ctrl+wheel, pinch, +, −"), tr("zoom")},
      {tr("Ctrl+0"), tr("show everything that is expanded")},
      {tr("F8, Shift+F8"), tr("next, previous problem or finding")},
      {tr("Alt+Left, Alt+Right"), tr("back, forward")},
      {tr("Ctrl+F, F3, Shift+F3"), tr("find, next hit, previous hit")},
      {tr("Ctrl+L"), tr("say what the boxes and lines mean, or do not")},
      {tr("F5"), tr("read the file or run the script again")},
  };
  for (const auto& [keys, meaning] : rows)
    form->addRow(QStringLiteral("<b>%1</b>").arg(keys.toHtmlEscaped()), new QLabel(meaning));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  form->addRow(buttons);
  dialog->show();
}

void MainWindow::showAbout() {
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About dill Explorer"),
                              tr("<h3>dill Explorer %1</h3>"
                                 "<p>Shows what is in a pickle, and why an object cannot be pickled.</p>"
                                 "<p>Opening a file executes nothing. A script runs in a process of its own, "
                                 "which ends with this window.</p>")
                                  .arg(QApplication::applicationVersion()),
                              QMessageBox::Ok, this);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setModal(false);
  box->show();
}

}  // namespace dill::gui
