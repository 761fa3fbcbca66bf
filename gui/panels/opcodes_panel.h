// The opcodes of the pickle on show, in step with the selection: a row selects the object that it belongs to, and the
// other way round.
#pragma once

#include <QThreadPool>
#include <QWidget>

#include <atomic>
#include <memory>

#include "models/selection.h"
#include "models/snapshot.h"

class QLabel;
class QLineEdit;
class QStackedWidget;

namespace dill::gui {

class OpcodeModel;
class RowView;

class OpcodesPanel : public QWidget {
  Q_OBJECT
 public:
  // `selection` must outlive the panel.
  explicit OpcodesPanel(Selection* selection, QWidget* parent = nullptr);
  ~OpcodesPanel() override;

  // Null, or a recorded trace: there are no opcodes. The opcodes are counted once the panel is visible.
  void setSnapshot(SnapshotPtr snapshot);
  // Shows the opcode at a byte of the pickle and selects its object.
  void showOffset(quint64 offset);
  // The same without selecting anything.
  void followOffset(quint64 offset);
  RowView* view() const { return view_; }
  OpcodeModel* model() const { return model_; }

 signals:
  void ready();  // the rows are there

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void start();
  void stop();
  void onRowChosen(int row);
  void onSelectionChanged(graph::NodeId node);

  Selection* selection_;
  SnapshotPtr snapshot_;
  OpcodeModel* model_;
  RowView* view_;
  QLabel* message_;
  QLabel* count_;
  QLineEdit* goTo_;
  QStackedWidget* pages_;
  bool following_ = false;  // the selection changes because of a row
  bool started_ = false;
  QThreadPool workers_;
  std::shared_ptr<std::atomic<bool>> cancel_;  // of the count that runs, shared with it
};

}  // namespace dill::gui
