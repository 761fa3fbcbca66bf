// A part of the inspector that can be folded: a title, a copy button, and lines of text in a fixed-width font. The text
// is made when the part is open.
#pragma once

#include <QWidget>

#include <functional>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace dill::gui {

class PythonHighlighter;

class TextSection : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kMaxVisibleLines = 18;  // more are scrolled

  // `objectName` is that of the text view; the section's is that with "Section".
  TextSection(const QString& title, const QString& objectName, bool open, QWidget* parent = nullptr);

  // What is behind the title in small letters; may be empty.
  // The text is Python or looks like it: it gets colours.
  void setPython();
  void setCaption(const QString& caption);
  // Shows what `makeText` returns, now or when the section is opened. Null: the section hides itself.
  void setText(std::function<QString()> makeText);
  bool isOpen() const;
  void setOpen(bool open);
  QPlainTextEdit* view() const { return view_; }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fill();

  QToolButton* title_;
  QLabel* caption_;
  QToolButton* copy_;
  QPlainTextEdit* view_;
  PythonHighlighter* highlighter_ = nullptr;
  std::function<QString()> makeText_;  // null once the text is there
};

}  // namespace dill::gui
