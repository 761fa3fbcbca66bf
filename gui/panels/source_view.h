// Lines of source, read-only, with their numbers at the left.
#pragma once

#include <QPlainTextEdit>

class QPainter;

namespace dill::gui {

class PythonHighlighter;

class SourceView : public QPlainTextEdit {
  Q_OBJECT
 public:
  static constexpr int kMaxVisibleLines = 24;  // more are scrolled

  explicit SourceView(QWidget* parent = nullptr);

  // `firstLine` is the number of lines[0].
  void setSource(const QStringList& lines, int firstLine);
  int firstLine() const { return firstLine_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  int numberWidth() const;
  void paintNumbers(QPaintEvent* event);
  void placeNumbers();
  void fitHeight();

  QWidget* numbers_;
  PythonHighlighter* highlighter_;
  int firstLine_ = 1;
};

}  // namespace dill::gui
