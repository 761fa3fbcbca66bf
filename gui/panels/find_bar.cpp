#include "panels/find_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

#include <algorithm>

#include "graph/find.h"
#include "models/node_text.h"
#include "panels/theme_icon.h"

namespace dill::gui {
namespace {
constexpr int kTypingPauseMs = 200;
}

FindBar::FindBar(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setObjectName(QStringLiteral("findBar"));
  field_ = new QLineEdit(this);
  field_->setObjectName(QStringLiteral("findField"));
  field_->setPlaceholderText(tr("Find a type, name or value"));
  field_->setAccessibleName(tr("Find in the object graph"));
  field_->setClearButtonEnabled(true);
  field_->setMaximumWidth(420);
  count_ = new QLabel(this);
  count_->setObjectName(QStringLiteral("findCount"));
  const auto makeButton = [this](const QString& icon, const QString& toolTip, const QString& objectName) {
    auto* button = new QToolButton(this);
    button->setObjectName(objectName);
    button->setIcon(themeIcon(icon));
    button->setToolTip(toolTip);
    button->setAccessibleName(toolTip);
    button->setAutoRaise(true);
    return button;
  };
  auto* previous = makeButton(QStringLiteral("up"), tr("Previous hit (Shift+F3)"), QStringLiteral("findPrevious"));
  auto* next = makeButton(QStringLiteral("down"), tr("Next hit (F3)"), QStringLiteral("findNext"));
  auto* close = makeButton(QStringLiteral("close"), tr("Close (Esc)"), QStringLiteral("findClose"));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(8, 4, 8, 4);
  layout->addWidget(field_, 1);
  layout->addWidget(previous);
  layout->addWidget(next);
  layout->addWidget(count_, 1);
  layout->addWidget(close);
  delay_.setSingleShot(true);
  delay_.setInterval(kTypingPauseMs);
  workers_.setMaxThreadCount(1);

  connect(field_, &QLineEdit::textChanged, this, [this] {
    stop();
    delay_.start();
  });
  connect(&delay_, &QTimer::timeout, this, &FindBar::search);
  connect(previous, &QToolButton::clicked, this, [this] { go(-1); });
  connect(next, &QToolButton::clicked, this, [this] { go(1); });
  connect(close, &QToolButton::clicked, this, &FindBar::close);
  connect(selection_, &Selection::changed, this, &FindBar::showCount);
  hide();
}

FindBar::~FindBar() {
  stop();
  workers_.waitForDone();
}

void FindBar::setSnapshot(SnapshotPtr snapshot) {
  stop();
  snapshot_ = std::move(snapshot);
  if (isVisible()) search();
}

void FindBar::open() {
  show();
  field_->setFocus(Qt::ShortcutFocusReason);
  field_->selectAll();
}

void FindBar::close() {
  stop();
  hide();
  emit closed();
}

void FindBar::stop() {
  delay_.stop();
  if (cancel_) cancel_->store(true);
  cancel_.reset();
  hits_.clear();
  complete_ = false;
  count_->clear();
}

void FindBar::search() {
  stop();
  if (!snapshot_ || field_->text().isEmpty()) return;
  count_->setText(tr("Searching…"));
  cancel_ = std::make_shared<std::atomic<bool>>(false);
  workers_.start([this, snapshot = snapshot_, text = field_->text(), cancel = cancel_] {
    std::vector<graph::NodeId> hits = graph::find(*snapshot->graph, text.toUtf8().toStdString(), *cancel, kLimit).nodes;
    // The bar outlives its workers (see the destructor); a result that was overtaken is dropped.
    QMetaObject::invokeMethod(this, [this, cancel, hits = std::move(hits)]() mutable {
      if (cancel != cancel_) return;
      hits_ = std::move(hits);
      complete_ = true;
      showCount();
      if (!hits_.empty() && !std::binary_search(hits_.begin(), hits_.end(), selection_->node())) go(1);
      emit searched(hits_.size());
    });
  });
}

void FindBar::go(int step) {
  if (!complete_) {
    if (!field_->text().isEmpty()) search();
    return;
  }
  if (hits_.empty()) return;
  const graph::NodeId node = selection_->node();
  std::vector<graph::NodeId>::const_iterator hit;
  if (step > 0) {
    hit = node == graph::kNoNode ? hits_.begin() : std::upper_bound(hits_.begin(), hits_.end(), node);
    if (hit == hits_.end()) hit = hits_.begin();
  } else {
    hit = std::lower_bound(hits_.begin(), hits_.end(), node);
    hit = hit == hits_.begin() ? hits_.end() - 1 : hit - 1;
  }
  selection_->select(*hit, Selection::Reveal::Center);
}

void FindBar::showCount() {
  if (!complete_) return;
  if (hits_.empty()) {
    count_->setText(tr("Nothing found"));
    return;
  }
  const QString total = countText(hits_.size()) + (hits_.size() == kLimit ? QStringLiteral("+") : QString());
  const auto hit = std::lower_bound(hits_.begin(), hits_.end(), selection_->node());
  if (hit != hits_.end() && *hit == selection_->node()) {
    count_->setText(tr("%1 of %2").arg(countText(static_cast<std::uint64_t>(hit - hits_.begin()) + 1), total));
  } else {
    count_->setText(hits_.size() == 1 ? tr("1 hit") : tr("%1 hits").arg(total));
  }
}

void FindBar::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Escape:
      close();
      return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      go(event->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace dill::gui
