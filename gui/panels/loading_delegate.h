// A row of the Loading panel: the mark of its severity, what it is, and below that where and how.
#pragma once

#include <QStyledItemDelegate>

namespace dill::gui {

class LoadingDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  // The same for every row, so that the view can hold any number of them.
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

// Draws the mark of a verdict (inspect::Verdict as int, from `verdictRole`) before the text of a cell.
class VerdictDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  explicit VerdictDelegate(int verdictRole, QObject* parent = nullptr);
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  int verdictRole_;
};

}  // namespace dill::gui
