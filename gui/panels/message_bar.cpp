#include "panels/message_bar.h"

#include <QAccessible>
#include <QFontDatabase>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

#include "models/node_status.h"
#include "panels/theme_icon.h"

namespace dill::gui {
namespace {
constexpr int kStripe = 5;
}

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("messageBar"));
  setAccessibleName(tr("Message"));
  text_ = new QLabel(this);
  text_->setObjectName(QStringLiteral("messageText"));
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  details_ = new QLabel(this);
  details_->setObjectName(QStringLiteral("messageDetails"));
  details_->setTextFormat(Qt::PlainText);
  details_->setWordWrap(true);
  details_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  details_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  more_ = new QToolButton(this);
  more_->setObjectName(QStringLiteral("messageMore"));
  more_->setText(tr("Details"));
  more_->setCheckable(true);
  more_->setAutoRaise(true);
  action_ = new QPushButton(this);
  action_->setObjectName(QStringLiteral("messageAction"));
  auto* close = new QToolButton(this);
  close->setObjectName(QStringLiteral("messageClose"));
  close->setIcon(themeIcon(QStringLiteral("close")));
  close->setToolTip(tr("Dismiss"));
  close->setAccessibleName(tr("Dismiss message"));
  close->setAutoRaise(true);

  auto* layout = new QGridLayout(this);
  layout->setContentsMargins(kStripe + 10, 6, 8, 6);
  layout->setHorizontalSpacing(8);
  layout->addWidget(text_, 0, 0);
  layout->addWidget(more_, 0, 1, Qt::AlignTop);
  layout->addWidget(action_, 0, 2, Qt::AlignTop);
  layout->addWidget(close, 0, 3, Qt::AlignTop);
  layout->addWidget(details_, 1, 0, 1, 4);
  layout->setColumnStretch(0, 1);

  connect(more_, &QToolButton::toggled, details_, &QWidget::setVisible);
  connect(action_, &QPushButton::clicked, this, [this] {
    if (onAction_) onAction_();
  });
  connect(close, &QToolButton::clicked, this, &MessageBar::dismiss);
  hide();
}

void MessageBar::showMessage(Kind kind, const QString& text, const QString& details) {
  kind_ = kind;
  text_->setText(text);
  details_->setText(details);
  details_->hide();
  more_->setChecked(false);
  more_->setVisible(!details.isEmpty());
  action_->hide();
  onAction_ = nullptr;
  show();
  update();
  QAccessibleEvent event(text_, QAccessible::Alert);
  QAccessible::updateAccessibility(&event);
}

void MessageBar::addAction(const QString& text, std::function<void()> action) {
  onAction_ = std::move(action);
  action_->setText(text);
  action_->show();
}

void MessageBar::dismiss() { hide(); }

QString MessageBar::text() const { return text_->text(); }

QColor MessageBar::accent() const {
  const bool dark = isDark(palette());
  switch (kind_) {
    case Kind::Error:
      return statusColors(palette(), NodeStatus::Culprit).border;
    case Kind::Warning:
      return statusColors(palette(), NodeStatus::HoldsCulprit).border;
    case Kind::Success:
      return QColor(dark ? 0x66bb6a : 0x2e7d32);
    case Kind::Information:
      break;
  }
  return palette().color(QPalette::Highlight);
}

void MessageBar::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) update();
  QFrame::changeEvent(event);
}

void MessageBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QColor window = palette().color(QPalette::Window);
  painter.fillRect(rect(), blend(window, accent(), 0.13));
  painter.fillRect(QRect(0, 0, kStripe, height()), accent());
}

}  // namespace dill::gui
