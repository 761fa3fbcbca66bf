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
  progress_ = new QProgressBar(this);
  progress_->setRange(0, 0);
  progress_->setTextVisible(false);
  progress_->setMaximumHeight(10);
  progress_->setAccessibleName(tr("Working"));
  auto* cancel = new QPushButton(tr("Cancel"), this);
  cancel->setObjectName(QStringLiteral("busyCancel"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 6, 8, 6);
  layout->addWidget(text_);
  layout->addWidget(progress_, 1);
  layout->addWidget(cancel);
  delay_.setSingleShot(true);
  delay_.setInterval(kDelayMs);
  connect(&delay_, &QTimer::timeout, this, &QWidget::show);
  connect(cancel, &QPushButton::clicked, this, &BusyBar::cancelRequested);
  hide();
}

void BusyBar::setBusy(bool busy, const QString& what, int percent) {
  text_->setText(what);
  progress_->setRange(0, percent < 0 ? 0 : 100);
  progress_->setValue(percent < 0 ? 0 : percent);
  if (!busy) {
    delay_.stop();
    hide();
  } else if (!isVisible() && !delay_.isActive()) {
    delay_.start();
  }
}

}  // namespace dill::gui
