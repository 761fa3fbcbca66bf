// The list of culprits; for an object that pickles fine, that it does and which parts take how many bytes.
#pragma once

#include <QWidget>

#include "models/selection.h"
#include "models/snapshot.h"

class QLabel;
class QStackedWidget;
class QTreeView;

namespace dill::gui {

class PartsModel;
class ProblemDelegate;
class ProblemsModel;

class ProblemsPanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit ProblemsPanel(Selection* selection, QWidget* parent = nullptr);

  void setSnapshot(SnapshotPtr snapshot);
  // Selects and centres the problem `step` places (1 or -1) behind that of the selected node, all around.
  void go(int step);
  QTreeView* view() const { return view_; }
  QTreeView* partsView() const { return parts_; }
  // What is said when there is no problem; empty if there are some.
  QString verdict() const;

 private:
  void activate(const QModelIndex& index);
  void onSelectionChanged(graph::NodeId node);

  Selection* selection_;
  SnapshotPtr snapshot_;
  bool following_ = false;
  ProblemsModel* model_;
  PartsModel* partsModel_;
  QStackedWidget* pages_;
  QTreeView* view_;
  ProblemDelegate* delegate_;
  QTreeView* parts_;
  QLabel* verdict_;
};

}  // namespace dill::gui
