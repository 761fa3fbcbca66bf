// The outline: the spanning tree as a tree view, in step with the selection.
#pragma once

#include <QWidget>

#include "models/selection.h"
#include "models/snapshot.h"

class QTreeView;

namespace dill::gui {

class OutlineModel;

class OutlinePanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit OutlinePanel(Selection* selection, QWidget* parent = nullptr);

  void setSnapshot(SnapshotPtr snapshot);
  QTreeView* view() const { return view_; }

 private:
  void onSelectionChanged(graph::NodeId node, Selection::Reveal reveal);

  Selection* selection_;
  OutlineModel* model_;
  QTreeView* view_;
};

}  // namespace dill::gui
