// The members of a file that holds several: choosing a pickle shows its graph.
#pragma once

#include <QWidget>

#include "models/file_report.h"

class QTreeView;

namespace dill::gui {

class MembersModel;

class MembersPanel : public QWidget {
  Q_OBJECT
 public:
  explicit MembersPanel(QWidget* parent = nullptr);

  // Null: nothing to show. `current` is the member that the graph shows.
  void setReport(const FileReportPtr& report, std::size_t current);
  QTreeView* view() const { return view_; }

 signals:
  void memberRequested(std::size_t member);

 private:
  void activate(const QModelIndex& index);

  FileReportPtr report_;
  std::size_t current_ = 0;
  MembersModel* model_;
  QTreeView* view_;
};

}  // namespace dill::gui
