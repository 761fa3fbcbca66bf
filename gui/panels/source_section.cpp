#include "panels/source_section.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "models/node_text.h"
#include "models/source_block.h"
#include "panels/source_view.h"
#include "panels/theme_icon.h"

namespace dill::gui {

SourceSection::SourceSection(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("sourceSection"));
  auto* title = new QLabel(tr("Source"), this);
  QFont strong = title->font();
  strong.setWeight(QFont::DemiBold);
  title->setFont(strong);
  caption_ = new QLabel(this);
  caption_->setObjectName(QStringLiteral("sourceCaption"));
  caption_->setTextFormat(Qt::PlainText);
  caption_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  caption_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  copy_ = new QToolButton(this);
  copy_->setObjectName(QStringLiteral("copySource"));
  copy_->setIcon(themeIcon(QStringLiteral("copy")));
  copy_->setToolTip(tr("Copy file and line"));
  copy_->setAccessibleName(copy_->toolTip());
  copy_->setAutoRaise(true);
  connect(copy_, &QToolButton::clicked, this, [this] { QApplication::clipboard()->setText(place_); });
  view_ = new SourceView(this);
  view_->setObjectName(QStringLiteral("sourceView"));
  view_->setAccessibleName(tr("Source"));
  note_ = new QLabel(this);
  note_->setObjectName(QStringLiteral("sourceNote"));
  note_->setTextFormat(Qt::PlainText);
  note_->setWordWrap(true);
  note_->setForegroundRole(QPalette::PlaceholderText);

  auto* head = new QHBoxLayout;
  head->setSpacing(8);
  head->addWidget(title);
  head->addWidget(caption_, 1);
  head->addWidget(copy_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 6, 0, 0);
  layout->setSpacing(6);
  layout->addLayout(head);
  layout->addWidget(view_);
  layout->addWidget(note_);
  hide();
}

void SourceSection::show(const SnapshotPtr& snapshot, graph::NodeId node) {
  const graph::ObjectGraph& graph = *snapshot->graph;
  const graph::Location* location = graph.location_of(node);
  setVisible(location != nullptr);
  if (!location) return;
  const QString file = toQString(graph.string(location->file));
  const QString className = toQString(graph.description(node)).section(u'.', -1);
  const SourceBlock block = readSource(file, *location, className);
  const bool shown = !block.lines.isEmpty();
  const auto line = shown ? static_cast<std::uint32_t>(block.firstLine) : location->line;
  place_ = QStringLiteral("%1:%2").arg(file).arg(line);
  caption_->setText(QStringLiteral("%1:%2").arg(QFileInfo(file).fileName()).arg(line));
  caption_->setToolTip(place_);
  view_->setVisible(shown);
  if (shown) view_->setSource(withoutIndentation(block.lines), block.firstLine);

  QStringList notes;
  if (!block.trouble.isEmpty()) notes << QStringLiteral("%1\n%2").arg(place_, block.trouble);
  if (shown && !block.exact) notes << tr("The class was not found; this is its first method.");
  if (block.cut) notes << tr("Only the first %1 lines are shown.").arg(SourceBlock::kMaxLines);
  if (shown && snapshot->recorded.isValid() && QFileInfo(file).lastModified() > snapshot->recorded) {
    notes << tr("The file was changed after this was recorded: the lines may be others now.");
  }
  note_->setText(notes.join(u'\n'));
  note_->setVisible(!notes.isEmpty());
}

}  // namespace dill::gui
