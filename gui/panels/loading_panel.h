// What loading the file on show would do: the level and the verdict on top, below them the findings, the imports and the
// calls.
#pragma once

#include <QTimer>
#include <QWidget>

#include "models/selection.h"
#include "models/snapshot.h"

class QLabel;
class QLineEdit;
class QStackedWidget;
class QTreeView;

namespace dill::gui {

class LoadingModel;

class LoadingPanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit LoadingPanel(Selection* selection, QWidget* parent = nullptr);

  // Null, or a recorded trace: says that there is nothing to tell.
  void setSnapshot(SnapshotPtr snapshot);
  // Goes to the finding `step` places (1 or -1) behind the current one, all around.
  void go(int step);
  bool hasFindings() const;
  QTreeView* view() const { return view_; }
  LoadingModel* model() const { return model_; }
  QString headline() const;

 signals:
  // A row of another member was chosen: to be shown, and the byte at `offset` selected in it.
  void memberRequested(std::size_t member, quint64 offset);
  // A row of the member on show was chosen.
  void offsetChosen(quint64 offset);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void activate(const QModelIndex& index);
  void showDetail(const QModelIndex& index);
  void showHeadline();
  void expandSections();
  void copy();

  Selection* selection_;
  SnapshotPtr snapshot_;
  LoadingModel* model_;
  QStackedWidget* pages_;
  QLabel* mark_;
  QLabel* level_;
  QLabel* verdict_;
  QLabel* summary_;
  QLabel* nothing_;
  QLineEdit* filter_;
  QTimer filterDelay_;  // filtering starts when typing pauses
  QTreeView* view_;
  QLabel* detail_;
};

}  // namespace dill::gui
