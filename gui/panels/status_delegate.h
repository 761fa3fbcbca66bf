// Item views: the status of an object as a coloured mark before its text, and shares as bars.
#pragma once

#include <QStyledItemDelegate>

namespace dill::gui {

// Draws a mark in the status's colour (a disc for a culprit, a ring for what holds one), text beside it.
class StatusDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  // `statusRole` gives the NodeStatus as int.
  explicit StatusDelegate(int statusRole, QObject* parent = nullptr);
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  int statusRole_;
};

// Draws a bar behind the text; `shareRole` gives a double from 0 to 1.
class ShareDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  explicit ShareDelegate(int shareRole, QObject* parent = nullptr);
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  int shareRole_;
};

}  // namespace dill::gui
