// A culprit in the list of problems: its path, shortened in the middle only if it does not fit, below it the error, and
// where there are variables, how large the one is that holds it.
#pragma once

#include <QStyledItemDelegate>

namespace dill::gui {

class ProblemDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  // Every row has the same height, so the view can hold any number of them.
  void setWithVariables(bool withVariables) { lines_ = withVariables ? 3 : 2; }

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  int lines_ = 2;
};

}  // namespace dill::gui
