// A read-only piece of code or a path: wraps anywhere, is as high as its text, can be selected and copied.
#pragma once

#include <QTextEdit>

namespace dill::gui {

class CodeBox : public QTextEdit {
  Q_OBJECT
 public:
  static constexpr int kMaxHeight = 240;  // longer texts scroll

  explicit CodeBox(QWidget* parent = nullptr);
  void setCode(const QString& text);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void fitHeight();
};

}  // namespace dill::gui
