// What the window shows before anything is open: what can be done next.
#pragma once

#include <QWidget>

class QLabel;

namespace dill::gui {

class WelcomePage : public QWidget {
  Q_OBJECT
 public:
  explicit WelcomePage(QWidget* parent = nullptr);

  void setRecentFiles(const QStringList& files);

 signals:
  void openRequested();
  void runRequested();
  void fileRequested(const QString& path);

 private:
  QLabel* recentTitle_;
  QLabel* recent_;
};

}  // namespace dill::gui
