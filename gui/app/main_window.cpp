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
#include "app/docks.h"
#include "app/recent_files.h"
#include "app/run_dialog.h"
#include "app/welcome_page.h"
#include "canvas/graph_canvas.h"
#include "canvas/legend.h"
#include "models/node_match.h"
#include "models/node_text.h"
#include "panels/find_bar.h"
#include "panels/loading_panel.h"
#include "panels/members_panel.h"
#include "panels/message_bar.h"
#include "panels/opcodes_panel.h"
#include "panels/outline_panel.h"
#include "panels/output_panel.h"

namespace dill::gui {
namespace {
constexpr int kLayoutVersion = 2;  // of the saved dock layout
constexpr QSize kFirstSize(1440, 900);
constexpr qsizetype kMessageLength = 160;  // of a finding; the Loading panel has all of it
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
  legend_ = new Legend(center);
  pages_ = new QStackedWidget(center);
  noGraph_ = new QLabel(tr("No pickle was found in this file, so there is nothing to draw. What is in it is listed "
                           "under Members."),
                        center);
  noGraph_->setObjectName(QStringLiteral("noGraph"));
  noGraph_->setAlignment(Qt::AlignCenter);
  noGraph_->setWordWrap(true);
  noGraph_->setMargin(40);
  noGraph_->setForegroundRole(QPalette::PlaceholderText);
  pages_->addWidget(welcome_);
  pages_->addWidget(canvas_);
  pages_->addWidget(noGraph_);
  auto* layout = new QVBoxLayout(center);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(messages_);
  layout->addWidget(busy_);
  layout->addWidget(findBar_);
  layout->addWidget(pages_, 1);
  layout->addWidget(legend_);
  setCentralWidget(center);

  docks_ = new Docks(this, &selection_);
  resize(kFirstSize.boundedTo(screen()->availableSize()));
  resizeDocks({docks_->all().front(), findChild<QDockWidget*>(QStringLiteral("inspectorDock"))}, {400, 380},
              Qt::Horizontal);
  resizeDocks({docks_->all().front(), findChild<QDockWidget*>(QStringLiteral("problemsDock"))}, {430, 410},
              Qt::Vertical);
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
  connect(&selection_, &Selection::changed, this, &MainWindow::updateActions);
  connect(busy_, &BusyBar::cancelRequested, &document_, &Document::cancel);
  connect(welcome_, &WelcomePage::openRequested, this, &MainWindow::chooseFile);
  connect(welcome_, &WelcomePage::runRequested, this, &MainWindow::chooseScript);
  connect(welcome_, &WelcomePage::fileRequested, this, &MainWindow::openInput);
  connect(pages_, &QStackedWidget::currentChanged, this, &MainWindow::updateLegend);
  restoreLayout();
  updateLegend();
  updateRecent();
  updateActions();
}

MainWindow::~MainWindow() {
  document_.disconnect(this);  // its destructor ends the debuggee, when the panels are gone
}

void MainWindow::restoreLayout() {
  const QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  docks_->setOutputPlaced(restoreState(settings.value(QStringLiteral("window/state")).toByteArray(), kLayoutVersion));
}

void MainWindow::connectDocument() {
  connect(&document_, &Document::busyChanged, busy_, &BusyBar::setBusy);
  connect(&document_, &Document::busyChanged, this, &MainWindow::updateActions);
  connect(&document_, &Document::started, this, [this] {
    messages_->dismiss();
    docks_->output()->clear();
    docks_->hideOutput();
  });
  connect(&document_, &Document::snapshotChanged, this, &MainWindow::onSnapshot);
  connect(&document_, &Document::variablesListed, docks_, &Docks::setVariables);
  connect(&document_, &Document::offsetRequested, this, [this](quint64 offset) {
    if (shown_->offsets) selection_.select(shown_->offsets->nodeAt(offset), Selection::Reveal::Center);
  });
  connect(docks_->members(), &MembersPanel::memberRequested, this,
          [this](std::size_t member) { document_.showMember(member); });
  connect(docks_->loading(), &LoadingPanel::memberRequested, this,
          [this](std::size_t member, quint64 offset) { document_.showMember(member, offset); });
  connect(docks_->outline(), &OutlinePanel::foldedActivated, &document_, &Document::showFolded);
  connect(canvas_, &GraphCanvas::foldedRequested, &document_, &Document::showFolded);
  connect(docks_->loading(), &LoadingPanel::offsetChosen, docks_->opcodes(), &OpcodesPanel::followOffset);
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
    docks_->showOutput();
    docks_->output()->append(text, isError);
  });
  connect(document_.debuggee(), &Debuggee::notice, this, [this](const QString& text) {
    docks_->showOutput();
    docks_->output()->appendNotice(text);
  });
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
  const bool drawn = snapshot->graph->size() > 0;
  // First: an item view that gets the focus from the page that vanishes would select its first row.
  pages_->setCurrentWidget(drawn ? static_cast<QWidget*>(canvas_) : noGraph_);
  pages_->currentWidget()->setFocus();
  std::optional<NodeMatch> match;
  if (shown_ && document_.isReload() && shown_->title == snapshot->title) match.emplace(shown_->graph, snapshot->graph);
  const graph::NodeId before = selection_.node();
  const graph::NodeId again = match && before != graph::kNoNode ? match->find(before) : graph::kNoNode;
  if (match) canvas_->replaceSnapshot(snapshot, *match);  // needs the old selection
  shown_ = snapshot;
  selection_.reset();
  docks_->setSnapshot(snapshot, match ? &*match : nullptr);
  findBar_->setSnapshot(drawn ? snapshot : nullptr);
  if (!match) canvas_->setSnapshot(drawn ? snapshot : nullptr);
  legend_->setSnapshot(drawn ? snapshot : nullptr);
  setWindowTitle(tr("%1 — dill Explorer").arg(snapshot->title));
  const auto problems = snapshot->graph->problems();
  const auto& marked = snapshot->marks.nodes();
  const graph::NodeId first = !problems.empty() ? problems.front().node : !marked.empty() ? marked.front() : 0;
  if (drawn) selection_.select(again != graph::kNoNode ? again : first);
  updateActions();
  updateStatus();
  tellAbout(*snapshot);
}

void MainWindow::tellAbout(const Snapshot& snapshot) {
  QStringList texts;
  const inspect::Verdict verdict = snapshot.report ? snapshot.report->inspection.verdict : inspect::Verdict::Clean;
  if (verdict == inspect::Verdict::Dangerous) {
    QString what = visibleText(toQString(snapshot.report->inspection.findings.front().message));
    if (what.size() > kMessageLength) what = what.first(kMessageLength) + QStringLiteral("…");
    texts << tr("Do not load this file. Loading it %1\nNothing of it was executed here.").arg(what);
  }
  texts << snapshot.notes;
  if (!texts.isEmpty()) {
    messages_->showMessage(verdict == inspect::Verdict::Dangerous ? MessageBar::Kind::Error : MessageBar::Kind::Warning,
                           texts.join(QLatin1Char('\n')));
  } else if (document_.isReload() && snapshot.origin == Origin::StaticRead) {
    messages_->dismiss();  // what was said about the beginning of the file
  } else if (snapshot.graph->problems().empty() && snapshot.origin == Origin::Recorded &&
             !messages_->isVisibleTo(this)) {
    messages_->showMessage(MessageBar::Kind::Success,
                           tr("This pickles fine: %1 for %2 objects.")
                               .arg(byteText(snapshot.meta.bytes_total), countText(snapshot.meta.objects_total)));
  }
}

ProblemsPanel* MainWindow::problems() { return docks_->problems(); }

OutlinePanel* MainWindow::outline() { return docks_->outline(); }

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
    problemCount_->setText(snapshot->report ? docks_->loading()->headline() : QString());
  } else {
    problemCount_->setText(problems == 0   ? tr("✓ no problems")
                           : problems == 1 ? tr("✗ 1 problem")
                                           : tr("✗ %1 problems").arg(countText(problems)));
  }
}

void MainWindow::chooseFile() {
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Open"), {},
      tr("All files (*);;Pickles, sessions, models and archives (*.pkl *.pickle *.p *.dill *.pt *.pth *.bin *.ckpt "
         "*.joblib *.npy *.npz *.zip *.tar *.gz *.bz2 *.xz *.zst);;Recordings (*.dtrace);;Scripts (*.py)"));
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
