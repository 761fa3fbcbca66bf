// What is going on, with a button to stop it. Appears only when it takes longer than half a second.
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;

namespace dill::gui {

class BusyBar : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kDelayMs = 500;

  explicit BusyBar(QWidget* parent = nullptr);
  void setBusy(bool busy, const QString& what);

 signals:
  void cancelRequested();

 private:
  QLabel* text_;
  QTimer delay_;
};

}  // namespace dill::gui
