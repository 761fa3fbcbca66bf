// The panels around the canvas, each in a dock: which ones there are, where they are, and when they are shown.
#pragma once

#include <QList>
#include <QObject>
#include <QVector>

#include "debuggee/debuggee.h"
#include "models/selection.h"
#include "models/snapshot.h"

class QDockWidget;
class QMainWindow;
class QStackedWidget;

namespace dill::gui {

class InspectorPanel;
class LoadingPanel;
class MembersPanel;
class NodeMatch;
class OpcodesPanel;
class OutlinePanel;
class OutputPanel;
class ProblemsPanel;
class SessionPanel;
class VariablesPanel;

class Docks : public QObject {
  Q_OBJECT
 public:
  // Adds the docks to `window`, which owns them. `selection` must outlive them.
  Docks(QMainWindow* window, Selection* selection);

  OutlinePanel* outline() const { return outline_; }
  VariablesPanel* variables() const { return variables_; }
  SessionPanel* session() const { return session_; }
  MembersPanel* members() const { return members_; }
  LoadingPanel* loading() const { return loading_; }
  ProblemsPanel* problems() const { return problems_; }
  InspectorPanel* inspector() const { return inspector_; }
  OutputPanel* output() const { return output_; }
  OpcodesPanel* opcodes() const { return opcodes_; }
  // In the order of the menu.
  QList<QDockWidget*> all() const;

  // Shows another graph in all panels. With `match` (from the graph on show to the new one) it is a newer one of the same
  // thing. Shows and hides the docks that only some files have something for.
  void setSnapshot(const SnapshotPtr& snapshot, NodeMatch* match);
  void setVariables(const QVector<VariableSummary>& variables);
  // Goes to the next (1) or previous (-1) thing that is wrong: a finding of a file, a culprit of a recording.
  void goToProblem(int step);
  bool hasProblems() const;

  void showOutput();
  void hideOutput();
  // The saved layout was restored: the output dock has the height that the user gave it.
  void setOutputPlaced(bool placed) { outputPlaced_ = placed; }

 private:
  QDockWidget* makeDock(const QString& title, const QString& objectName, QWidget* content, Qt::DockWidgetArea area);

  QMainWindow* window_;
  SnapshotPtr snapshot_;
  OutlinePanel* outline_;
  VariablesPanel* variables_;
  SessionPanel* session_;
  QStackedWidget* variablePages_;  // those of a program that ran, or of a session file
  MembersPanel* members_;
  LoadingPanel* loading_;
  ProblemsPanel* problems_;
  InspectorPanel* inspector_;
  OutputPanel* output_;
  OpcodesPanel* opcodes_;
  QDockWidget* outlineDock_;
  QDockWidget* variablesDock_;
  QDockWidget* membersDock_;
  QDockWidget* loadingDock_;
  QDockWidget* problemsDock_;
  QDockWidget* inspectorDock_;
  QDockWidget* outputDock_;
  QDockWidget* opcodesDock_;
  bool outputPlaced_ = false;
};

}  // namespace dill::gui
