// The inspector's part about where a function, class or generator is defined: its lines, as the file has them now.
#pragma once

#include <QWidget>

#include "models/snapshot.h"

class QLabel;
class QToolButton;

namespace dill::gui {

class SourceView;

class SourceSection : public QWidget {
  Q_OBJECT
 public:
  explicit SourceSection(QWidget* parent = nullptr);

  // Hides itself if it is not known where the node is defined.
  void show(const SnapshotPtr& snapshot, graph::NodeId node);

 private:
  QLabel* caption_;
  QToolButton* copy_;
  SourceView* view_;
  QLabel* note_;
  QString place_;  // "file:line", to be copied
};

}  // namespace dill::gui
