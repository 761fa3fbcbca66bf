// SIGINT, SIGTERM and SIGHUP as a Qt signal, so that the program can end its children and remove its files first.
#pragma once

#include <QObject>

#include <memory>

class QSocketNotifier;

namespace dill::gui {

// While it exists, the three signals no longer end the process at once. Make at most one, after the application object.
class QuitSignals : public QObject {
  Q_OBJECT
 public:
  explicit QuitSignals(QObject* parent = nullptr);
  ~QuitSignals() override;

 signals:
  // One of the signals has come. A second one ends the process at once, in case the orderly way hangs.
  void received(int signal);

 private:
  std::unique_ptr<QSocketNotifier> notifier_;
};

}  // namespace dill::gui
