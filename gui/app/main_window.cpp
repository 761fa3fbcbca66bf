#include "app/main_window.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QProcess>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include <optional>
#include <utility>

#include "app/busy_bar.h"
#include "app/recent_files.h"
#include "app/run_dialog.h"
#include "app/welcome_page.h"
#include "canvas/graph_canvas.h"
#include "models/node_match.h"
#include "models/node_text.h"
#include "panels/find_bar.h"
#include "panels/inspector_panel.h"
#include "panels/message_bar.h"
#include "panels/outline_panel.h"
#include "panels/output_panel.h"
#include "panels/problems_panel.h"
#include "panels/theme_icon.h"
#include "panels/variables_panel.h"

namespace dill::gui {
namespace {
constexpr int kLayoutVersion = 1;  // of the saved dock layout
constexpr QSize kFirstSize(1440, 900);
}  // namespace

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {
  setObjectName(QStringLiteral("mainWindow"));
  setWindowTitle(tr("dill Explorer"));
  setAcceptDrops(true);
  setDockNestingEnabled(true);

  auto* center = new QWidget(this);
  messages_ = new MessageBar(center);
  busy_ = new BusyBar(center);
  findBar_ = new FindBar(&selection_, center);
  welcome_ = new WelcomePage(center);
  canvas_ = new GraphCanvas(&selection_, center);
  pages_ = new QStackedWidget(center);
  pages_->addWidget(welcome_);
  pages_->addWidget(canvas_);
  auto* layout = new QVBoxLayout(center);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(messages_);
  layout->addWidget(busy_);
  layout->addWidget(findBar_);
  layout->addWidget(pages_, 1);
  setCentralWidget(center);

  makeDocks();
  makeActions();
  makeToolBar();

  size_ = new QLabel(this);
  size_->setObjectName(QStringLiteral("statusSize"));
  problemCount_ = new QLabel(this);
  problemCount_->setObjectName(QStringLiteral("statusProblems"));
  zoom_ = new QLabel(this);
  size_->setIndent(8);
  problemCount_->setIndent(12);
  zoom_->setIndent(12);
  statusBar()->addWidget(size_, 1);
  statusBar()->addPermanentWidget(problemCount_);
  statusBar()->addPermanentWidget(zoom_);

  connectDocument();
  connect(canvas_, &GraphCanvas::hint, this,
          [this](const QString& text) { messages_->showMessage(MessageBar::Kind::Information, text); });
  connect(canvas_, &GraphCanvas::scaleChanged, this,
          [this](qreal scale) { zoom_->setText(tr("%1 %").arg(scale * 100, 0, 'f', scale < 0.1 ? 1 : 0)); });
  connect(findBar_, &FindBar::closed, canvas_, [this] { canvas_->setFocus(); });
  connect(&selection_, &Selection::historyChanged, this, &MainWindow::updateActions);
  connect(busy_, &BusyBar::cancelRequested, &document_, &Document::cancel);
  connect(welcome_, &WelcomePage::openRequested, this, &MainWindow::chooseFile);
  connect(welcome_, &WelcomePage::runRequested, this, &MainWindow::chooseScript);
  connect(welcome_, &WelcomePage::fileRequested, this, &MainWindow::openInput);
  restoreLayout();
  updateRecent();
  updateActions();
}

MainWindow::~MainWindow() {
  document_.disconnect(this);  // its destructor ends the debuggee, when the panels are gone
}

void MainWindow::makeDocks() {
  const auto makeDock = [this](const QString& title, const QString& objectName, QWidget* content,
                               Qt::DockWidgetArea area) {
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(objectName);
    dock->setAccessibleName(title);
    dock->setWidget(content);
    addDockWidget(area, dock);
    return dock;
  };
  outline_ = new OutlinePanel(&selection_, this);
  variables_ = new VariablesPanel(&selection_, this);
  problems_ = new ProblemsPanel(&selection_, this);
  inspector_ = new InspectorPanel(&selection_, this);
  output_ = new OutputPanel(this);
  outlineDock_ = makeDock(tr("Outline"), QStringLiteral("outlineDock"), outline_, Qt::LeftDockWidgetArea);
  variablesDock_ = makeDock(tr("Variables"), QStringLiteral("variablesDock"), variables_, Qt::LeftDockWidgetArea);
  problemsDock_ = makeDock(tr("Problems"), QStringLiteral("problemsDock"), problems_, Qt::LeftDockWidgetArea);
  inspectorDock_ = makeDock(tr("Inspector"), QStringLiteral("inspectorDock"), inspector_, Qt::RightDockWidgetArea);
  outputDock_ = makeDock(tr("Output"), QStringLiteral("outputDock"), output_, Qt::BottomDockWidgetArea);
  splitDockWidget(outlineDock_, problemsDock_, Qt::Vertical);  // before the tabs: a tab group cannot be split
  tabifyDockWidget(outlineDock_, variablesDock_);
  outlineDock_->raise();
  variablesDock_->hide();
  outputDock_->hide();
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  resize(kFirstSize.boundedTo(screen()->availableSize()));
  resizeDocks({outlineDock_, inspectorDock_}, {360, 380}, Qt::Horizontal);
  resizeDocks({outlineDock_, problemsDock_}, {500, 340}, Qt::Vertical);
}

void MainWindow::restoreLayout() {
  const QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  outputPlaced_ = restoreState(settings.value(QStringLiteral("window/state")).toByteArray(), kLayoutVersion);
}

void MainWindow::connectDocument() {
  connect(&document_, &Document::busyChanged, busy_, &BusyBar::setBusy);
  connect(&document_, &Document::busyChanged, this, &MainWindow::updateActions);
  connect(&document_, &Document::started, this, [this] {
    messages_->dismiss();
    output_->clear();
    outputDock_->hide();
  });
  connect(&document_, &Document::snapshotChanged, this, &MainWindow::onSnapshot);
  connect(&document_, &Document::variablesListed, this, [this](const QVector<VariableSummary>& variables) {
    variables_->setVariables(variables);
    variablesDock_->setVisible(!variables.isEmpty());
    if (!variables.isEmpty()) variablesDock_->raise();
  });
  connect(&document_, &Document::openFailed, this, [this](const QString& message, const QString& details) {
    messages_->showMessage(MessageBar::Kind::Error, message, details);
    if (document_.canReload()) messages_->addAction(tr("Try again"), [this] { document_.reload(); });
  });
  connect(&document_, &Document::runFailed, this, &MainWindow::onRunFailed);
  connect(&document_, &Document::fileOpened, this, [this](const QString& path) {
    addRecentFile(path);
    updateRecent();
  });
  connect(document_.debuggee(), &Debuggee::output, this, [this](const QString& text, bool isError) {
    showOutput();
    output_->append(text, isError);
  });
  connect(document_.debuggee(), &Debuggee::notice, this, [this](const QString& text) {
    showOutput();
    output_->appendNotice(text);
  });
}

void MainWindow::showOutput() {
  if (outputDock_->isVisible()) return;
  outputDock_->show();
  if (!std::exchange(outputPlaced_, true)) resizeDocks({outputDock_}, {height() / 6}, Qt::Vertical);
}

void MainWindow::start(const Options& options) {
  python_ = options.python;
  const Input input = classifyInput(options.input);
  switch (input.kind) {
    case Input::Kind::Nothing:
      return;
    case Input::Kind::File:
      document_.openFile(input.path);
      return;
    case Input::Kind::Script:
      document_.run({input.path, input.expression, options.python, options.arguments, options.workingDirectory});
      return;
  }
}

void MainWindow::openInput(const QString& path) {
  const Input input = classifyInput(path);
  if (input.kind == Input::Kind::Script) {
    document_.run({input.path, input.expression, python_, {}, QFileInfo(input.path).absolutePath()});
    if (input.expression.isEmpty()) {
      addRecentFile(input.path);
      updateRecent();
    }
  } else if (input.kind == Input::Kind::File) {
    document_.openFile(input.path);
  }
}

void MainWindow::onSnapshot(const SnapshotPtr& snapshot) {
  // First: an item view that gets the focus from the page that vanishes would select its first row.
  pages_->setCurrentWidget(canvas_);
  canvas_->setFocus();
  std::optional<NodeMatch> match;
  if (shown_ && document_.isReload() && shown_->title == snapshot->title) match.emplace(shown_->graph, snapshot->graph);
  const graph::NodeId before = selection_.node();
  const graph::NodeId again = match && before != graph::kNoNode ? match->find(before) : graph::kNoNode;
  if (match) canvas_->replaceSnapshot(snapshot, *match);  // needs the old selection
  shown_ = snapshot;
  selection_.reset();
  outline_->setSnapshot(snapshot, match ? &*match : nullptr);
  problems_->setSnapshot(snapshot);
  inspector_->setSnapshot(snapshot);
  findBar_->setSnapshot(snapshot);
  if (!match) canvas_->setSnapshot(snapshot);
  setWindowTitle(tr("%1 — dill Explorer").arg(snapshot->title));
  const auto problems = snapshot->graph->problems();
  selection_.select(again != graph::kNoNode ? again : problems.empty() ? 0 : problems.front().node);
  updateActions();
  updateStatus();
  if (!snapshot->notes.isEmpty()) {
    messages_->showMessage(MessageBar::Kind::Warning, snapshot->notes.join(QLatin1Char('\n')));
  } else if (problems.empty() && snapshot->origin == Origin::Recorded && !messages_->isVisibleTo(this)) {
    messages_->showMessage(MessageBar::Kind::Success,
                           tr("This pickles fine: %1 for %2 objects.")
                               .arg(byteText(snapshot->meta.bytes_total), countText(snapshot->meta.objects_total)));
  }
}

void MainWindow::onRunFailed(const RunFailure& failure) {
  messages_->showMessage(MessageBar::Kind::Error, failure.message, failure.details);
  switch (failure.kind) {
    case RunFailureKind::NoInterpreter:
      messages_->addAction(tr("Choose another…"), [this] { chooseScript(); });
      break;
    case RunFailureKind::NoEngine:
      if (failure.command.isEmpty()) break;
      messages_->showMessage(
          MessageBar::Kind::Error, failure.message,
          failure.details.isEmpty() ? failure.command : failure.command + QStringLiteral("\n\n") + failure.details);
      messages_->addAction(tr("Copy the command"), [this, command = failure.command] {
        QApplication::clipboard()->setText(command);
        statusBar()->showMessage(tr("Copied: %1").arg(command), 5000);
      });
      break;
    case RunFailureKind::SyntaxError:
    case RunFailureKind::ScriptRaised:
    case RunFailureKind::ScriptExited:
    case RunFailureKind::Crashed:
    case RunFailureKind::NoTrace:
      messages_->addAction(tr("Run again"), [this] { document_.reload(); });
      break;
  }
}

void MainWindow::updateStatus() {
  const SnapshotPtr snapshot = document_.snapshot();
  if (!snapshot) return;
  QStringList parts;
  parts << byteText(snapshot->meta.bytes_total);
  parts << tr("%1 objects").arg(countText(snapshot->meta.objects_total));
  parts << tr("protocol %1").arg(snapshot->meta.protocol);
  if (!snapshot->meta.python_version.empty()) parts << tr("Python %1").arg(toQString(snapshot->meta.python_version));
  if (snapshot->meta.elapsed_ns > 0) {
    parts << tr("%1 ms").arg(static_cast<double>(snapshot->meta.elapsed_ns) / 1e6, 0, 'f', 1);
  }
  if (snapshot->origin == Origin::StaticRead) parts << tr("read without executing");
  size_->setText(parts.join(QStringLiteral("  ·  ")));
  const std::size_t problems = snapshot->graph->problems().size();
  if (snapshot->origin == Origin::StaticRead) {
    problemCount_->clear();
  } else {
    problemCount_->setText(problems == 0   ? tr("✓ no problems")
                           : problems == 1 ? tr("✗ 1 problem")
                                           : tr("✗ %1 problems").arg(countText(problems)));
  }
}

void MainWindow::chooseFile() {
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Open"), {}, tr("Traces, pickles and scripts (*.dtrace *.pkl *.pickle *.dill *.py);;All files (*)"));
  if (!path.isEmpty()) openInput(path);
}

void MainWindow::chooseScript() {
  RunRequest last = document_.lastRun().value_or(RunRequest{});
  if (last.interpreter.isEmpty()) last.interpreter = python_;
  RunDialog dialog(last, this);
  if (dialog.exec() == QDialog::Accepted) document_.run(dialog.request());
}

void MainWindow::chooseReport() {
  QString name = QFileInfo(document_.snapshot()->title).completeBaseName();
  if (name.isEmpty()) name = tr("report");
  const QString file = QFileDialog::getSaveFileName(this, tr("Export report"), name + QStringLiteral(".txt"),
                                                    tr("Text (*.txt);;JSON (*.json);;Picture (*.svg)"));
  if (!file.isEmpty()) exportReport(file);
}

void MainWindow::exportReport(const QString& file) {
  auto* writer = new QProcess(this);
  connect(writer, &QProcess::finished, this, [this, writer, file](int status, QProcess::ExitStatus ended) {
    // Status 1 says that there are problems: the report is written all the same.
    if (ended == QProcess::NormalExit && status <= 1 && QFileInfo::exists(file)) {
      messages_->showMessage(MessageBar::Kind::Success, tr("The report is in %1.").arg(file));
    } else {
      messages_->showMessage(MessageBar::Kind::Error, tr("%1 could not be written.").arg(file),
                             QString::fromUtf8(writer->readAllStandardError()));
    }
    writer->deleteLater();
  });
  connect(writer, &QProcess::errorOccurred, this, [this, writer](QProcess::ProcessError error) {
    if (error != QProcess::FailedToStart) return;
    messages_->showMessage(MessageBar::Kind::Error,
                           tr("The report could not be written: %1.").arg(writer->errorString()));
    writer->deleteLater();
  });
  writer->start(QApplication::applicationFilePath(),
                {QStringLiteral("--report"), file, QStringLiteral("--"), document_.snapshot()->path});
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/state"), saveState(kLayoutVersion));
  document_.cancel();
  QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.first().isLocalFile()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  openInput(event->mimeData()->urls().first().toLocalFile());
}

}  // namespace dill::gui
