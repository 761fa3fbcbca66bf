// What the boxes and lines of the canvas mean, as a row of samples below it that wraps where it has to.
#pragma once

#include <QLabel>
#include <QVector>
#include <QWidget>

#include "models/node_status.h"
#include "models/snapshot.h"

namespace dill::gui {

// One sample with its words; a label, so that a screen reader reads them.
class LegendEntry : public QLabel {
  Q_OBJECT
 public:
  enum class Shape : std::uint8_t {
    Box,
    Pile,       // several objects in one box
    Reference,  // a dashed arrow
    Hidden,     // a dotted one
  };

  LegendEntry(Shape shape, NodeStatus status, const QString& text, const QString& toolTip, QWidget* parent);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Shape shape_;
  NodeStatus status_;
};

class Legend : public QWidget {
  Q_OBJECT
 public:
  explicit Legend(QWidget* parent = nullptr);

  // What can occur in the picture of `snapshot` is explained.
  void setSnapshot(const SnapshotPtr& snapshot);

  const QVector<LegendEntry*>& entries() const { return entries_; }

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void add(LegendEntry::Shape shape, NodeStatus status, const QString& text, const QString& toolTip);
  // Puts the entries in rows if `place`; gives the height that this takes.
  int arrange(int width, bool place) const;

  QVector<LegendEntry*> entries_;
};

}  // namespace dill::gui
