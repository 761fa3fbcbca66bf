// What is going on, with a button to stop it. Appears only when it takes longer than half a second.
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;

namespace dill::gui {

class BusyBar : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kDelayMs = 500;

  explicit BusyBar(QWidget* parent = nullptr);
  // `percent`: how far it is, -1 if that is not known.
  void setBusy(bool busy, const QString& what, int percent = -1);

 signals:
  void cancelRequested();

 private:
  QLabel* text_;
  QProgressBar* progress_;
  QTimer delay_;
};

}  // namespace dill::gui
