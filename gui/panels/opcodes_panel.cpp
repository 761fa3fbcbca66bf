#include "panels/opcodes_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "models/node_text.h"
#include "models/opcode_model.h"
#include "panels/plain_text.h"
#include "panels/row_view.h"

namespace dill::gui {

OpcodesPanel::OpcodesPanel(Selection* selection, QWidget* parent) : QWidget(parent), selection_(selection) {
  setObjectName(QStringLiteral("opcodesPanel"));
  model_ = new OpcodeModel(this);
  auto* whole = new QWidget(this);
  view_ = new RowView(whole);
  view_->setObjectName(QStringLiteral("opcodesView"));
  view_->setAccessibleName(tr("Opcodes of the pickle"));
  view_->setModel(model_);
  view_->header()->resizeSection(OpcodeModel::Offset, 84);
  view_->header()->resizeSection(OpcodeModel::Name, 160);
  view_->header()->setStretchLastSection(false);
  view_->header()->setSectionResizeMode(OpcodeModel::Argument, QHeaderView::Stretch);
  view_->header()->resizeSection(OpcodeModel::Depth, 72);
  count_ = new QLabel(whole);
  count_->setObjectName(QStringLiteral("opcodesCount"));
  count_->setForegroundRole(QPalette::PlaceholderText);
  goTo_ = new QLineEdit(whole);
  goTo_->setObjectName(QStringLiteral("opcodesGoTo"));
  goTo_->setPlaceholderText(tr("Go to byte"));
  goTo_->setAccessibleName(tr("Go to the opcode at a byte, decimal or 0x…"));
  goTo_->setMaximumWidth(140);
  auto* tools = new QHBoxLayout;
  tools->setContentsMargins(8, 4, 8, 4);
  tools->setSpacing(10);
  tools->addWidget(goTo_);
  tools->addWidget(count_, 1);
  auto* layout = new QVBoxLayout(whole);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(tools);
  layout->addWidget(view_, 1);

  message_ = makeNothing({}, this);
  message_->setObjectName(QStringLiteral("opcodesMessage"));
  pages_ = new QStackedWidget(this);
  pages_->addWidget(message_);
  pages_->addWidget(whole);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(pages_);

  workers_.setMaxThreadCount(1);
  connect(view_, &RowView::rowChosen, this, &OpcodesPanel::onRowChosen);
  connect(goTo_, &QLineEdit::returnPressed, this, [this] {
    bool ok = false;
    static const QRegularExpression separators(QStringLiteral("[,\\s]"));
    const quint64 offset = goTo_->text().remove(separators).toULongLong(&ok, 0);
    if (ok) showOffset(offset);
  });
  connect(selection_, &Selection::changed, this, &OpcodesPanel::onSelectionChanged);
  setSnapshot(nullptr);
}

OpcodesPanel::~OpcodesPanel() {
  stop();
  workers_.waitForDone();
}

void OpcodesPanel::stop() {
  if (cancel_) cancel_->store(true);
  cancel_.reset();
  started_ = false;
}

void OpcodesPanel::setSnapshot(SnapshotPtr snapshot) {
  stop();
  snapshot_ = std::move(snapshot);
  model_->setOpcodes(nullptr);
  pages_->setCurrentIndex(0);
  if (!snapshot_ || snapshot_->bytes.empty()) {
    message_->setText(snapshot_ && snapshot_->origin == Origin::Recorded
                          ? tr("A recording keeps the objects, not the bytes of the pickle.")
                          : tr("Open a pickle to see its opcodes."));
    return;
  }
  message_->setText(tr("Counting the opcodes…"));
  if (isVisible()) start();
}

void OpcodesPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (!started_ && snapshot_ && !snapshot_->bytes.empty()) start();
}

void OpcodesPanel::start() {
  started_ = true;
  cancel_ = std::make_shared<std::atomic<bool>>(false);
  workers_.start([this, snapshot = snapshot_, cancel = cancel_] {
    auto opcodes = std::make_shared<const OpcodeIndex>(snapshot->bytes, snapshot->arrays(), snapshot, *cancel);
    // The panel outlives its workers (see the destructor); a count that was overtaken is dropped.
    QMetaObject::invokeMethod(this, [this, cancel, opcodes = std::move(opcodes)] {
      if (cancel != cancel_) return;
      model_->setOpcodes(opcodes);
      pages_->setCurrentIndex(1);
      count_->setText(tr("%1 opcodes").arg(countText(static_cast<std::uint64_t>(model_->rowCount()))));
      onSelectionChanged(selection_->node());
      emit ready();
    });
  });
}

void OpcodesPanel::followOffset(quint64 offset) {
  if (const int row = model_->rowAt(offset); row >= 0) view_->setCurrentRow(row);
}

void OpcodesPanel::showOffset(quint64 offset) {
  followOffset(offset);
  onRowChosen(view_->currentRow());
}

void OpcodesPanel::onRowChosen(int row) {
  if (!snapshot_ || !snapshot_->offsets) return;
  const graph::NodeId node = snapshot_->offsets->nodeAt(model_->offsetAt(row));
  if (node == graph::kNoNode) return;
  following_ = true;
  selection_->select(node);
  following_ = false;
}

void OpcodesPanel::onSelectionChanged(graph::NodeId node) {
  if (!snapshot_ || model_->rowCount() == 0 || node >= snapshot_->graph->size()) {
    view_->setBand(-1, -1);
    return;
  }
  const graph::GraphColumns& columns = snapshot_->graph->columns();
  const int first = model_->rowAt(columns.begin[node]);
  const int last = columns.end[node] > columns.begin[node] ? model_->rowAt(columns.end[node] - 1) : first;
  view_->setBand(first, last);
  if (!following_) view_->setCurrentRow(first);
}

}  // namespace dill::gui
