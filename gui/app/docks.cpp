#include "app/docks.h"

#include <QAction>
#include <QDockWidget>
#include <QMainWindow>
#include <QStackedWidget>

#include <utility>

#include "panels/inspector_panel.h"
#include "panels/loading_panel.h"
#include "panels/members_panel.h"
#include "panels/opcodes_panel.h"
#include "panels/outline_panel.h"
#include "panels/output_panel.h"
#include "panels/problems_panel.h"
#include "panels/session_panel.h"
#include "panels/variables_panel.h"

namespace dill::gui {

Docks::Docks(QMainWindow* window, Selection* selection) : QObject(window), window_(window) {
  outline_ = new OutlinePanel(selection, window);
  variables_ = new VariablesPanel(selection, window);
  session_ = new SessionPanel(selection, window);
  variablePages_ = new QStackedWidget(window);
  variablePages_->addWidget(variables_);
  variablePages_->addWidget(session_);
  members_ = new MembersPanel(window);
  loading_ = new LoadingPanel(selection, window);
  problems_ = new ProblemsPanel(selection, window);
  inspector_ = new InspectorPanel(selection, window);
  output_ = new OutputPanel(window);
  opcodes_ = new OpcodesPanel(selection, window);
  outlineDock_ = makeDock(tr("Outline"), QStringLiteral("outlineDock"), outline_, Qt::LeftDockWidgetArea);
  variablesDock_ = makeDock(tr("Variables"), QStringLiteral("variablesDock"), variablePages_, Qt::LeftDockWidgetArea);
  membersDock_ = makeDock(tr("Members"), QStringLiteral("membersDock"), members_, Qt::LeftDockWidgetArea);
  problemsDock_ = makeDock(tr("Problems"), QStringLiteral("problemsDock"), problems_, Qt::LeftDockWidgetArea);
  loadingDock_ = makeDock(tr("Loading"), QStringLiteral("loadingDock"), loading_, Qt::LeftDockWidgetArea);
  inspectorDock_ = makeDock(tr("Inspector"), QStringLiteral("inspectorDock"), inspector_, Qt::RightDockWidgetArea);
  outputDock_ = makeDock(tr("Output"), QStringLiteral("outputDock"), output_, Qt::BottomDockWidgetArea);
  opcodesDock_ = makeDock(tr("Opcodes"), QStringLiteral("opcodesDock"), opcodes_, Qt::BottomDockWidgetArea);
  window->splitDockWidget(outlineDock_, problemsDock_, Qt::Vertical);  // before the tabs: a group cannot be split
  window->tabifyDockWidget(outlineDock_, variablesDock_);
  window->tabifyDockWidget(outlineDock_, membersDock_);
  window->tabifyDockWidget(problemsDock_, loadingDock_);
  window->tabifyDockWidget(outputDock_, opcodesDock_);
  outlineDock_->raise();
  problemsDock_->raise();
  for (QDockWidget* dock : {variablesDock_, membersDock_, loadingDock_, outputDock_, opcodesDock_}) dock->hide();
  connect(opcodesDock_->toggleViewAction(), &QAction::triggered, this, [this](bool shown) {
    if (shown) window_->resizeDocks({opcodesDock_}, {window_->height() / 3}, Qt::Vertical);
  });
  window->setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  window->setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
}

QDockWidget* Docks::makeDock(const QString& title, const QString& objectName, QWidget* content,
                             Qt::DockWidgetArea area) {
  auto* dock = new QDockWidget(title, window_);
  dock->setObjectName(objectName);
  dock->setAccessibleName(title);
  dock->setWidget(content);
  window_->addDockWidget(area, dock);
  return dock;
}

QList<QDockWidget*> Docks::all() const {
  return {outlineDock_,  variablesDock_, membersDock_, loadingDock_,
          problemsDock_, inspectorDock_, outputDock_,  opcodesDock_};
}

void Docks::setSnapshot(const SnapshotPtr& snapshot, NodeMatch* match) {
  const bool another = !snapshot_ || snapshot_->path != snapshot->path || snapshot_->origin != snapshot->origin;
  snapshot_ = snapshot;
  const SnapshotPtr drawn = snapshot->graph->size() > 0 ? snapshot : nullptr;
  outline_->setSnapshot(drawn, match);
  problems_->setSnapshot(drawn);
  inspector_->setSnapshot(drawn);
  loading_->setSnapshot(snapshot);
  opcodes_->setSnapshot(snapshot);
  const bool read = snapshot->origin == Origin::StaticRead;
  const bool several = snapshot->report && snapshot->report->inspection.members.size() > 1;
  session_->setTable(snapshot->session);
  if (read) {
    variablePages_->setCurrentWidget(session_);
    variablesDock_->setVisible(snapshot->session != nullptr);
  }
  members_->setReport(several ? snapshot->report : nullptr, snapshot->member);
  problemsDock_->setWindowTitle(read ? tr("Size by part") : tr("Problems"));
  membersDock_->setVisible(several);
  if (!another) return;  // the docks stay as the user has them
  loadingDock_->setVisible(read);
  (read ? loadingDock_ : problemsDock_)->raise();
  (several ? membersDock_ : snapshot->session ? variablesDock_ : outlineDock_)->raise();
}

void Docks::setVariables(const QVector<VariableSummary>& variables) {
  variablePages_->setCurrentWidget(variables_);
  variables_->setVariables(variables);
  variablesDock_->setVisible(!variables.isEmpty());
  if (!variables.isEmpty()) variablesDock_->raise();
}

void Docks::goToProblem(int step) {
  if (snapshot_ && snapshot_->origin == Origin::StaticRead) {
    loading_->go(step);
  } else {
    problems_->go(step);
  }
}

bool Docks::hasProblems() const {
  if (!snapshot_) return false;
  return snapshot_->origin == Origin::StaticRead ? loading_->hasFindings() : !snapshot_->graph->problems().empty();
}

void Docks::showOutput() {
  if (outputDock_->isVisible()) return;
  outputDock_->show();
  outputDock_->raise();
  if (!std::exchange(outputPlaced_, true)) window_->resizeDocks({outputDock_}, {window_->height() / 6}, Qt::Vertical);
}

void Docks::hideOutput() { outputDock_->hide(); }

}  // namespace dill::gui
