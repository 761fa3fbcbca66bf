// The outline: the spanning tree as a tree view, in step with the selection.
#pragma once

#include <QWidget>

#include <unordered_set>

#include "models/selection.h"
#include "models/snapshot.h"

class QStackedWidget;
class QTreeView;

namespace dill::gui {

class NodeMatch;
class OutlineModel;

class OutlinePanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit OutlinePanel(Selection* selection, QWidget* parent = nullptr);

  // With `match` (from the graph on show to the new one), what was expanded is so again.
  void setSnapshot(SnapshotPtr snapshot, NodeMatch* match = nullptr);
  QTreeView* view() const { return view_; }

 signals:
  // A folded part of the graph was activated: it is to be opened.
  void foldedActivated(graph::NodeId node);

 private:
  void onSelectionChanged(graph::NodeId node, Selection::Reveal reveal);

  Selection* selection_;
  OutlineModel* model_;
  QStackedWidget* pages_;  // the view, or words where there is nothing to list
  QTreeView* view_;
  std::unordered_set<graph::NodeId> expanded_;
};

}  // namespace dill::gui
