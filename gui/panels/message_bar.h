// A line across the window that tells what happened, with what to do about it. Never modal.
#pragma once

#include <QFrame>

#include <functional>

class QLabel;
class QToolButton;
class QPushButton;

namespace dill::gui {

class MessageBar : public QFrame {
  Q_OBJECT
 public:
  enum class Kind { Information, Success, Warning, Error };

  explicit MessageBar(QWidget* parent = nullptr);  // hidden until something is shown

  // Shows `text` (plain); `details` can be folded out. Replaces what was there.
  void showMessage(Kind kind, const QString& text, const QString& details = {});
  // Adds a button to the message on show; it runs `action` and leaves the message there.
  void addAction(const QString& text, std::function<void()> action);
  void dismiss();

  QString text() const;
  Kind kind() const { return kind_; }

 protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  QColor accent() const;

  Kind kind_ = Kind::Information;
  QLabel* text_;
  QLabel* details_;
  QToolButton* more_;
  QPushButton* action_;
  std::function<void()> onAction_;
};

}  // namespace dill::gui
