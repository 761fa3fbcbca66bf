#include "panels/loading_panel.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "models/loading_model.h"
#include "models/loading_text.h"
#include "models/node_text.h"
#include "panels/loading_delegate.h"
#include "panels/plain_text.h"
#include "panels/severity_mark.h"
#include "panels/theme_icon.h"

namespace dill::gui {
namespace {
constexpr int kTypingPauseMs = 200;
constexpr int kMark = 30;
constexpr int kDetailLines = 5;
constexpr qsizetype kModulesShown = 12;

// "Python 3.8 or newer"
QString pythonText(const inspect::Requirements& needs) {
  const QString from = toQString(needs.python_minimum);
  const QString to = toQString(needs.python_maximum);
  if (to.isEmpty()) return LoadingPanel::tr("Python %1 or newer").arg(from);
  return from == to ? LoadingPanel::tr("Python %1").arg(from) : LoadingPanel::tr("Python %1 to %2").arg(from, to);
}

}  // namespace

LoadingPanel::LoadingPanel(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setObjectName(QStringLiteral("loadingPanel"));
  model_ = new LoadingModel(this);
  auto* whole = new QWidget(this);

  mark_ = new QLabel(whole);
  mark_->setFixedSize(kMark, kMark);
  level_ = makeText(QStringLiteral("loadingLevel"), whole);
  QFont large = level_->font();
  large.setPointSizeF(large.pointSizeF() * 1.25);
  large.setWeight(QFont::DemiBold);
  level_->setFont(large);
  verdict_ = makeText(QStringLiteral("loadingVerdict"), whole);
  QFont strong = verdict_->font();
  strong.setWeight(QFont::DemiBold);
  verdict_->setFont(strong);
  summary_ = makeText(QStringLiteral("loadingSummary"), whole);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  words->addWidget(level_);
  words->addWidget(verdict_);
  words->addWidget(summary_);
  auto* head = new QHBoxLayout;
  head->setContentsMargins(10, 10, 10, 6);
  head->setSpacing(10);
  head->addWidget(mark_, 0, Qt::AlignTop);
  head->addLayout(words, 1);

  filter_ = new QLineEdit(whole);
  filter_->setObjectName(QStringLiteral("loadingFilter"));
  filter_->setPlaceholderText(tr("Filter by name or finding"));
  filter_->setAccessibleName(tr("Filter what loading does"));
  filter_->setClearButtonEnabled(true);
  auto* copyButton = new QToolButton(whole);
  copyButton->setObjectName(QStringLiteral("loadingCopy"));
  copyButton->setIcon(themeIcon(QStringLiteral("copy")));
  copyButton->setToolTip(tr("Copy all of this as text"));
  copyButton->setAccessibleName(copyButton->toolTip());
  copyButton->setAutoRaise(true);
  auto* tools = new QHBoxLayout;
  tools->setContentsMargins(8, 0, 8, 4);
  tools->setSpacing(4);
  tools->addWidget(filter_, 1);
  tools->addWidget(copyButton);

  view_ = new QTreeView(whole);
  view_->setObjectName(QStringLiteral("loadingView"));
  view_->setAccessibleName(tr("Findings, imports and calls"));
  view_->setModel(model_);
  view_->setItemDelegate(new LoadingDelegate(view_));
  view_->setUniformRowHeights(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setHeaderHidden(true);
  view_->setIndentation(14);
  view_->setExpandsOnDoubleClick(false);

  detail_ = makeText(QStringLiteral("loadingDetail"), whole);
  detail_->setMargin(8);
  detail_->setBackgroundRole(QPalette::AlternateBase);
  detail_->setAutoFillBackground(true);
  detail_->hide();

  auto* layout = new QVBoxLayout(whole);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(head);
  layout->addLayout(tools);
  layout->addWidget(view_, 1);
  layout->addWidget(detail_);

  nothing_ = makeNothing({}, this);
  pages_ = new QStackedWidget(this);
  pages_->addWidget(nothing_);
  pages_->addWidget(whole);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(pages_);

  filterDelay_.setSingleShot(true);
  filterDelay_.setInterval(kTypingPauseMs);
  connect(filter_, &QLineEdit::textChanged, this, [this] { filterDelay_.start(); });
  connect(&filterDelay_, &QTimer::timeout, this, [this] {
    model_->setFilter(filter_->text());
    expandSections();
  });
  connect(copyButton, &QToolButton::clicked, this, &LoadingPanel::copy);
  connect(view_, &QAbstractItemView::clicked, this, &LoadingPanel::activate);
  connect(view_, &QAbstractItemView::activated, this, &LoadingPanel::activate);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, &LoadingPanel::showDetail);
  connect(model_, &QAbstractItemModel::modelReset, this, [this] { showDetail({}); });
  setSnapshot(nullptr);
}

void LoadingPanel::setSnapshot(SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  model_->setSnapshot(snapshot_);
  const bool something = snapshot_ && snapshot_->report;
  pages_->setCurrentIndex(something ? 1 : 0);
  if (!something) {
    nothing_->setText(!snapshot_ ? tr("Open a file to see what loading it would do. Nothing of it is executed.")
                      : snapshot_->origin == Origin::Recorded
                          ? tr("This is a recording of a living object: there is nothing to load.")
                          : tr("Still reading…"));
    return;
  }
  showHeadline();
  expandSections();
}

void LoadingPanel::expandSections() {
  view_->expand(model_->sectionIndex(LoadingModel::Findings));
  view_->expand(model_->sectionIndex(LoadingModel::Names));
}

void LoadingPanel::showHeadline() {
  if (!snapshot_ || !snapshot_->report) return;
  const inspect::Inspection& inspection = snapshot_->report->inspection;
  const SeverityMark mark = markOf(inspection.verdict);
  mark_->setPixmap(severityPixmap(mark, palette(), kMark, devicePixelRatioF()));
  level_->setText(levelText(inspection.level));
  verdict_->setText(verdictText(inspection.verdict));
  QPalette colored = palette();
  colored.setColor(QPalette::WindowText, severityColor(mark, palette()));
  verdict_->setPalette(colored);
  QStringList sentences{levelSentence(inspection.level, inspection.verdict)};
  if (inspection.dynamic) sentences << tr("Some names are known only when it is loaded.");
  const inspect::Requirements& needs = inspection.requirements;
  QStringList needed;
  for (const std::string& module : needs.modules) {
    if (needed.size() == kModulesShown) {
      needed << QStringLiteral("…");
      break;
    }
    needed << visibleText(toQString(module));
  }
  if (!needs.python_minimum.empty()) needed << pythonText(needs);
  if (needed.size() > 1) {
    const QString last = needed.takeLast();
    sentences << tr("It needs %1 and %2.").arg(needed.join(QStringLiteral(", ")), last);
  } else if (!needed.isEmpty()) {
    sentences << tr("It needs %1.").arg(needed.first());
  }
  for (const std::string& note : needs.notes) {
    QString sentence = visibleText(toQString(note));
    if (sentence.isEmpty()) continue;
    sentence[0] = sentence[0].toUpper();
    sentences << (sentence.endsWith(u'.') ? sentence : sentence + u'.');
  }
  summary_->setText(sentences.join(u' '));
}

QString LoadingPanel::headline() const { return level_->text() + QStringLiteral(": ") + verdict_->text(); }

bool LoadingPanel::hasFindings() const { return !model_->shownFindings().empty(); }

void LoadingPanel::go(int step) {
  const auto& findings = model_->shownFindings();
  const auto count = static_cast<int>(findings.size());
  if (count == 0) return;
  const QModelIndex current = view_->currentIndex();
  const bool onFinding = current.isValid() && current.parent() == model_->sectionIndex(LoadingModel::Findings);
  const int row = !onFinding ? (step > 0 ? 0 : count - 1) : (current.row() + step + count) % count;
  const QModelIndex next = model_->findingIndex(findings[static_cast<std::size_t>(row)]);
  view_->setCurrentIndex(next);
  view_->scrollTo(next);
  activate(next);
}

void LoadingPanel::activate(const QModelIndex& index) {
  const QVariant offset = index.data(LoadingModel::OffsetRole);
  if (!offset.isValid()) {
    view_->setExpanded(index, !view_->isExpanded(index));
    return;
  }
  const int member = index.data(LoadingModel::MemberRole).toInt();
  if (member >= 0 && static_cast<std::size_t>(member) != snapshot_->member) {
    emit memberRequested(static_cast<std::size_t>(member), offset.toULongLong());
    return;
  }
  if (snapshot_->offsets)
    selection_->select(snapshot_->offsets->nodeAt(offset.toULongLong()), Selection::Reveal::Center);
  emit offsetChosen(offset.toULongLong());
}

void LoadingPanel::showDetail(const QModelIndex& index) {
  const QString text = index.data(LoadingModel::FullTextRole).toString();
  detail_->setVisible(!text.isEmpty());
  const int limit = kDetailLines * fontMetrics().lineSpacing() + 2 * detail_->margin();
  detail_->setMaximumHeight(limit);
  detail_->setText(text);
  detail_->setToolTip(text);
}

void LoadingPanel::copy() {
  QStringList text{snapshot_->path, headline(), summary_->text(), QString(), model_->asText()};
  QApplication::clipboard()->setText(text.join(u'\n'));
}

void LoadingPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) showHeadline();
  QWidget::changeEvent(event);
}

}  // namespace dill::gui
