#include "app/welcome_page.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QUrl>
#include <QVBoxLayout>

#include "panels/theme_icon.h"

namespace dill::gui {

WelcomePage::WelcomePage(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("welcomePage"));
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);

  auto* title = new QLabel(tr("What is in this pickle?"), this);
  QFont font = title->font();
  font.setPointSizeF(font.pointSizeF() * 1.9);
  font.setWeight(QFont::DemiBold);
  title->setFont(font);
  auto* text = new QLabel(
      tr("Open any file – a pickle, a session, a model, an archive – to see what is in it and what loading it would "
         "do. "
         "Nothing of it is executed. Or run a Python script to see which of its objects cannot be pickled, where they "
         "are and what to do about it."),
      this);
  text->setWordWrap(true);
  auto* run = new QPushButton(themeIcon(QStringLiteral("run")), tr("Run a script…"), this);
  run->setObjectName(QStringLiteral("welcomeRun"));
  auto* open = new QPushButton(themeIcon(QStringLiteral("open")), tr("Open a file…"), this);
  open->setObjectName(QStringLiteral("welcomeOpen"));
  open->setDefault(true);
  for (QPushButton* button : {run, open}) {
    button->setMinimumHeight(36);
    button->setIconSize({18, 18});
  }
  auto* hint = new QLabel(tr("You can also drop a file here: what it is, is found out from its content."), this);
  hint->setForegroundRole(QPalette::PlaceholderText);
  recentTitle_ = new QLabel(tr("Recent"), this);
  QFont heading = recentTitle_->font();
  heading.setWeight(QFont::DemiBold);
  recentTitle_->setFont(heading);
  recent_ = new QLabel(this);
  recent_->setObjectName(QStringLiteral("welcomeRecent"));
  recent_->setTextFormat(Qt::RichText);
  recent_->setTextInteractionFlags(Qt::TextBrowserInteraction);

  auto* buttons = new QHBoxLayout;
  buttons->addWidget(open);
  buttons->addWidget(run);
  buttons->addStretch(1);
  auto* column = new QWidget(this);
  column->setMaximumWidth(560);
  auto* layout = new QVBoxLayout(column);
  layout->setSpacing(12);
  layout->addWidget(title);
  layout->addWidget(text);
  layout->addSpacing(8);
  layout->addLayout(buttons);
  layout->addWidget(hint);
  layout->addSpacing(16);
  layout->addWidget(recentTitle_);
  layout->addWidget(recent_);
  auto* outer = new QVBoxLayout(this);
  outer->addStretch(2);
  auto* row = new QHBoxLayout;
  row->addStretch(1);
  row->addWidget(column, 8);
  row->addStretch(1);
  outer->addLayout(row);
  outer->addStretch(3);

  connect(run, &QPushButton::clicked, this, &WelcomePage::runRequested);
  connect(open, &QPushButton::clicked, this, &WelcomePage::openRequested);
  connect(recent_, &QLabel::linkActivated, this,
          [this](const QString& link) { emit fileRequested(QUrl(link).toLocalFile()); });
  setRecentFiles({});
}

void WelcomePage::setRecentFiles(const QStringList& files) {
  QStringList lines;
  for (const QString& path : files) {
    QString folder = QFileInfo(path).absolutePath();
    if (folder.startsWith(QDir::homePath())) folder.replace(0, QDir::homePath().size(), QStringLiteral("~"));
    lines << QStringLiteral("<a href=\"%1\">%2</a>&nbsp; %3")
                 .arg(QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded).toHtmlEscaped(),
                      QFileInfo(path).fileName().toHtmlEscaped(), folder.toHtmlEscaped());
    if (lines.size() == 6) break;
  }
  recentTitle_->setVisible(!lines.isEmpty());
  recent_->setVisible(!lines.isEmpty());
  recent_->setText(lines.join(QStringLiteral("<br>")));
}

}  // namespace dill::gui
