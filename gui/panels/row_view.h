// A flat table of any number of rows: nothing is kept a row, only what is in view is asked for. (A tree view keeps 40
// bytes a row, a table view the height of each.)
//
// Keys: up and down, page up and page down, home and end step through the rows.
#pragma once

#include <QAbstractItemModel>
#include <QAbstractScrollArea>

class QHeaderView;

namespace dill::gui {

class RowView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit RowView(QWidget* parent = nullptr);

  // `model` must outlive the view; it is flat.
  void setModel(QAbstractItemModel* model);
  QHeaderView* header() const { return header_; }

  int currentRow() const { return current_; }
  // Makes the row the current one and shows it. -1: none. Does not emit rowChosen().
  void setCurrentRow(int row);
  // Rows first .. last get a ground of their own: what belongs to the selected object. -1: none.
  void setBand(int first, int last);
  QRect rowRect(int row) const;  // in the viewport

 signals:
  void rowChosen(int row);  // by mouse or keyboard

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  int rowHeight() const;
  int visibleRows() const;
  int rowAt(const QPoint& at) const;
  int rowCount() const { return model_ ? model_->rowCount() : 0; }
  void updateBars();
  void choose(int row);
  void announce();

  QAbstractItemModel* model_ = nullptr;
  QHeaderView* header_;
  int current_ = -1;
  int bandFirst_ = -1;
  int bandLast_ = -1;
};

}  // namespace dill::gui
