// The variables of the program that was run, with a picklable / not picklable mark each.
#pragma once

#include <QVector>
#include <QWidget>

#include "debuggee/debuggee.h"
#include "models/selection.h"

class QTreeView;

namespace dill::gui {

class VariablesModel;

class VariablesPanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit VariablesPanel(Selection* selection, QWidget* parent = nullptr);

  void setVariables(const QVector<VariableSummary>& variables);
  QTreeView* view() const { return view_; }

 private:
  Selection* selection_;
  VariablesModel* model_;
  QTreeView* view_;
};

}  // namespace dill::gui
