// The variables of a session file as a table that can be sorted and filtered, in step with the selection.
#pragma once

#include <QWidget>

#include <memory>

#include "inspect/meaning/session_table.h"
#include "models/selection.h"

class QLabel;
class QLineEdit;
class QSortFilterProxyModel;
class QTreeView;

namespace dill::gui {

class SessionModel;

class SessionPanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit SessionPanel(Selection* selection, QWidget* parent = nullptr);

  // Null: nothing to show.
  void setTable(const std::shared_ptr<const inspect::SessionTable>& table);
  QTreeView* view() const { return view_; }

 private:
  void activate(const QModelIndex& index);
  void onSelectionChanged(graph::NodeId node);

  Selection* selection_;
  SessionModel* model_;
  QSortFilterProxyModel* sorted_;
  QLabel* about_;
  QLineEdit* filter_;
  QTreeView* view_;
  bool following_ = false;  // the selection is the source: the view must not select in turn
};

}  // namespace dill::gui
