#include "app/busy_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

namespace dill::gui {

BusyBar::BusyBar(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("busyBar"));
  text_ = new QLabel(this);
  text_->setObjectName(QStringLiteral("busyText"));
  auto* progress = new QProgressBar(this);
  progress->setRange(0, 0);
  progress->setTextVisible(false);
  progress->setMaximumHeight(10);
  progress->setAccessibleName(tr("Working"));
  auto* cancel = new QPushButton(tr("Cancel"), this);
  cancel->setObjectName(QStringLiteral("busyCancel"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 6, 8, 6);
  layout->addWidget(text_);
  layout->addWidget(progress, 1);
  layout->addWidget(cancel);
  delay_.setSingleShot(true);
  delay_.setInterval(kDelayMs);
  connect(&delay_, &QTimer::timeout, this, &QWidget::show);
  connect(cancel, &QPushButton::clicked, this, &BusyBar::cancelRequested);
  hide();
}

void BusyBar::setBusy(bool busy, const QString& what) {
  text_->setText(what);
  if (!busy) {
    delay_.stop();
    hide();
  } else if (!isVisible() && !delay_.isActive()) {
    delay_.start();
  }
}

}  // namespace dill::gui
