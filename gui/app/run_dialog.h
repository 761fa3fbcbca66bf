// Asks what to run: script, expression, interpreter, arguments, working directory.
#pragma once

#include <QDialog>

#include "debuggee/debuggee.h"

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QLineEdit;

namespace dill::gui {

class RunDialog : public QDialog {
  Q_OBJECT
 public:
  // Filled with `last`, what was run before.
  explicit RunDialog(const RunRequest& last, QWidget* parent = nullptr);

  RunRequest request() const;

 private:
  void browse(QLineEdit* field, bool directory);
  void validate();

  QLineEdit* script_;
  QLineEdit* expression_;
  QComboBox* interpreter_;
  QLineEdit* arguments_;
  QLineEdit* directory_;
  QLabel* problem_;
  QDialogButtonBox* buttons_;
};

// Pythons on PATH: "python3" first, then "python3.9", "python3.10" ...; absolute paths, without duplicates.
QStringList findInterpreters();

}  // namespace dill::gui
