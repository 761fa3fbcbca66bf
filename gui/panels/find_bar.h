// Find in the graph: a text field, next and previous, and how many were found. The search runs in a worker thread.
#pragma once

#include <QThreadPool>
#include <QTimer>
#include <QWidget>

#include <atomic>
#include <memory>
#include <vector>

#include "models/selection.h"
#include "models/snapshot.h"

class QLabel;
class QLineEdit;

namespace dill::gui {

class FindBar : public QWidget {
  Q_OBJECT
 public:
  static constexpr std::size_t kLimit = 100'000;  // hits that are kept

  // Hidden until open(). `selection` must outlive the bar.
  explicit FindBar(Selection* selection, QWidget* parent = nullptr);
  ~FindBar() override;

  void setSnapshot(SnapshotPtr snapshot);
  void open();
  void close();
  // Selects the next (1) or previous (-1) hit as seen from the selected node, all around.
  void go(int step);

 signals:
  void searched(std::size_t hits);  // a search is complete
  void closed();

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void search();
  void stop();
  void showCount();

  Selection* selection_;
  SnapshotPtr snapshot_;
  QLineEdit* field_;
  QLabel* count_;
  QTimer delay_;  // a search starts when typing pauses
  QThreadPool workers_;
  std::shared_ptr<std::atomic<bool>> cancel_;  // of the search that runs, shared with it
  std::vector<graph::NodeId> hits_;
  bool complete_ = false;
};

}  // namespace dill::gui
