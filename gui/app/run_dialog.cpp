#include "app/run_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QStandardPaths>
#include <QToolButton>

#include "panels/theme_icon.h"

namespace dill::gui {
namespace {

// Shell words: "a 'b c'" is two. The inverse of QProcess::splitCommand().
QString joinArguments(const QStringList& arguments) {
  QStringList words;
  for (QString word : arguments) {
    if (word.isEmpty() || word.contains(QLatin1Char(' ')) || word.contains(QLatin1Char('"'))) {
      word = QLatin1Char('"') + word.replace(QLatin1String("\""), QLatin1String("\"\"\"")) + QLatin1Char('"');
    }
    words << word;
  }
  return words.join(QLatin1Char(' '));
}

}  // namespace

QStringList findInterpreters() {
  QStringList found;
  const auto add = [&found](const QString& name) {
    const QString path = QStandardPaths::findExecutable(name);
    if (!path.isEmpty() && !found.contains(path)) found << path;
  };
  add(QStringLiteral("python3"));
  for (int minor = 9; minor <= 13; ++minor) add(QStringLiteral("python3.%1").arg(minor));
  return found;
}

RunDialog::RunDialog(const RunRequest& last, QWidget* parent) : QDialog(parent) {
  setObjectName(QStringLiteral("runDialog"));
  setWindowTitle(tr("Run a script"));
  auto* form = new QFormLayout(this);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);

  const auto addField = [&](const QString& label, const QString& objectName, const QString& text,
                            const QString& placeholder) {
    auto* field = new QLineEdit(text, this);
    field->setObjectName(objectName);
    field->setAccessibleName(label);
    field->setPlaceholderText(placeholder);
    field->setMinimumWidth(380);
    return field;
  };
  const auto addBrowsed = [&](const QString& label, QLineEdit* field, bool directory) {
    auto* row = new QHBoxLayout;
    auto* button = new QToolButton(this);
    button->setIcon(themeIcon(QStringLiteral("open")));
    button->setToolTip(directory ? tr("Choose a folder") : tr("Choose a file"));
    button->setAccessibleName(button->toolTip());
    row->addWidget(field, 1);
    row->addWidget(button);
    auto* name = new QLabel(label, this);
    name->setBuddy(field);
    form->addRow(name, row);
    connect(button, &QToolButton::clicked, this, [this, field, directory] { browse(field, directory); });
  };

  script_ = addField(tr("Script"), QStringLiteral("runScript"), last.script, tr("A Python file"));
  addBrowsed(tr("&Script"), script_, false);
  expression_ = addField(tr("Expression"), QStringLiteral("runExpression"), last.expression,
                         tr("What to look at, for example shop.config; empty: all variables"));
  form->addRow(tr("&Expression"), expression_);
  interpreter_ = new QComboBox(this);
  interpreter_->setObjectName(QStringLiteral("runInterpreter"));
  interpreter_->setAccessibleName(tr("Interpreter"));
  interpreter_->setEditable(true);
  interpreter_->addItems(findInterpreters());
  interpreter_->lineEdit()->setPlaceholderText(tr("The default Python"));
  interpreter_->setCurrentText(last.interpreter);
  form->addRow(tr("&Interpreter"), interpreter_);
  arguments_ = addField(tr("Arguments"), QStringLiteral("runArguments"), joinArguments(last.arguments),
                        tr("sys.argv[1:], quoted as in a shell"));
  form->addRow(tr("&Arguments"), arguments_);
  directory_ = addField(tr("Working directory"), QStringLiteral("runDirectory"), last.workingDirectory,
                        tr("The folder of the script"));
  addBrowsed(tr("&Working directory"), directory_, true);

  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("runProblem"));
  problem_->setForegroundRole(QPalette::PlaceholderText);
  problem_->setWordWrap(true);
  form->addRow(problem_);
  buttons_ = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  buttons_->addButton(tr("Run"), QDialogButtonBox::AcceptRole)->setObjectName(QStringLiteral("runAccept"));
  form->addRow(buttons_);
  connect(buttons_, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons_, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(script_, &QLineEdit::textChanged, this, &RunDialog::validate);
  connect(directory_, &QLineEdit::textChanged, this, &RunDialog::validate);
  validate();
}

RunRequest RunDialog::request() const {
  RunRequest request;
  request.script = script_->text().trimmed();
  request.expression = expression_->text().trimmed();
  request.interpreter = interpreter_->currentText().trimmed();
  request.arguments = QProcess::splitCommand(arguments_->text());
  request.workingDirectory = directory_->text().trimmed();
  if (request.workingDirectory.isEmpty()) request.workingDirectory = QFileInfo(request.script).absolutePath();
  return request;
}

void RunDialog::browse(QLineEdit* field, bool directory) {
  const QString start = QFileInfo(field->text()).absolutePath();
  const QString chosen =
      directory ? QFileDialog::getExistingDirectory(this, tr("Working directory"), start)
                : QFileDialog::getOpenFileName(this, tr("Script"), start, tr("Python (*.py);;All files (*)"));
  if (!chosen.isEmpty()) field->setText(chosen);
}

void RunDialog::validate() {
  const QString script = script_->text().trimmed();
  const QString directory = directory_->text().trimmed();
  QString problem;
  if (!script.isEmpty() && !QFileInfo(script).isFile()) problem = tr("There is no file %1.").arg(script);
  if (!directory.isEmpty() && !QFileInfo(directory).isDir()) problem = tr("There is no folder %1.").arg(directory);
  problem_->setText(problem);
  for (QAbstractButton* button : buttons_->buttons()) {
    if (buttons_->buttonRole(button) == QDialogButtonBox::AcceptRole) {
      button->setEnabled(!script.isEmpty() && problem.isEmpty());
    }
  }
}

}  // namespace dill::gui
