// What the examined program wrote to stdout and stderr.
#pragma once

#include <QWidget>

class QPlainTextEdit;

namespace dill::gui {

class OutputPanel : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kMaxLines = 100'000;  // older lines are dropped

  explicit OutputPanel(QWidget* parent = nullptr);

  void clear();
  void append(const QString& text, bool isError);
  // A line of the Explorer itself, set apart from the program's.
  void appendNotice(const QString& text);
  QString text() const;

 private:
  void insert(const QString& text, const QColor& color);

  QPlainTextEdit* view_;
};

}  // namespace dill::gui
