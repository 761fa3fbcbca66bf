#include "panels/text_section.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <utility>

#include "panels/python_highlighter.h"
#include "panels/theme_icon.h"

namespace dill::gui {

TextSection::TextSection(const QString& title, const QString& objectName, bool open, QWidget* parent)
    : QWidget(parent) {
  setObjectName(objectName + QStringLiteral("Section"));
  title_ = new QToolButton(this);
  title_->setObjectName(objectName + QStringLiteral("Title"));
  title_->setText(title);
  title_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  title_->setCheckable(true);
  title_->setChecked(open);
  title_->setAutoRaise(true);
  title_->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
  QFont strong = title_->font();
  strong.setWeight(QFont::DemiBold);
  title_->setFont(strong);
  caption_ = new QLabel(this);
  caption_->setTextFormat(Qt::PlainText);
  caption_->setForegroundRole(QPalette::PlaceholderText);
  caption_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  copy_ = new QToolButton(this);
  copy_->setObjectName(objectName + QStringLiteral("Copy"));
  copy_->setIcon(themeIcon(QStringLiteral("copy")));
  copy_->setToolTip(tr("Copy: %1").arg(title));
  copy_->setAccessibleName(copy_->toolTip());
  copy_->setAutoRaise(true);
  view_ = new QPlainTextEdit(this);
  view_->setObjectName(objectName);
  view_->setAccessibleName(title);
  view_->setReadOnly(true);
  view_->setTabChangesFocus(true);
  view_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  view_->setLineWrapMode(QPlainTextEdit::NoWrap);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  view_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);

  auto* head = new QHBoxLayout;
  head->setSpacing(6);
  head->addWidget(title_);
  head->addWidget(caption_, 1);
  head->addWidget(copy_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->setSpacing(4);
  layout->addLayout(head);
  layout->addWidget(view_);
  connect(title_, &QToolButton::toggled, this, [this](bool now) {
    title_->setArrowType(now ? Qt::DownArrow : Qt::RightArrow);
    fill();
  });
  connect(copy_, &QToolButton::clicked, this, [this] { QApplication::clipboard()->setText(view_->toPlainText()); });
  hide();
}

bool TextSection::isOpen() const { return title_->isChecked(); }

void TextSection::setOpen(bool open) { title_->setChecked(open); }

void TextSection::setPython() { highlighter_ = new PythonHighlighter(view_->document(), palette()); }

void TextSection::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && highlighter_) highlighter_->setPalette(palette());
  QWidget::changeEvent(event);
}

void TextSection::setCaption(const QString& caption) {
  caption_->setText(caption);
  caption_->setToolTip(caption);
}

void TextSection::setText(std::function<QString()> makeText) {
  setVisible(makeText != nullptr);
  makeText_ = std::move(makeText);
  fill();
}

void TextSection::fill() {
  view_->setVisible(isOpen());
  copy_->setVisible(isOpen());
  if (!isOpen() || !makeText_) return;
  view_->setPlainText(std::exchange(makeText_, nullptr)());
  const int lines = std::clamp(view_->blockCount(), 1, kMaxVisibleLines);
  const int margins = static_cast<int>(std::ceil(2 * view_->document()->documentMargin()));
  view_->setFixedHeight(lines * view_->fontMetrics().lineSpacing() + margins +
                        view_->horizontalScrollBar()->sizeHint().height() + 2);
  view_->horizontalScrollBar()->setValue(0);
}

}  // namespace dill::gui
