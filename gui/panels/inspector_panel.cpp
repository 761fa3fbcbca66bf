#include "panels/inspector_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "inspect/meaning/details.h"
#include "models/hex_text.h"
#include "models/loading_text.h"
#include "models/node_opcodes.h"
#include "models/node_status.h"
#include "models/node_text.h"
#include "panels/code_box.h"
#include "panels/plain_text.h"
#include "panels/reduction_text.h"
#include "panels/source_section.h"
#include "panels/text_section.h"
#include "panels/theme_icon.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;

namespace {

QLabel* makeHeading(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  QFont font = label->font();
  font.setWeight(QFont::DemiBold);
  label->setFont(font);
  return label;
}

QToolButton* makeCopyButton(const QString& objectName, const QString& toolTip, QTextEdit* source, QWidget* parent) {
  auto* button = new QToolButton(parent);
  button->setObjectName(objectName);
  button->setIcon(themeIcon(QStringLiteral("copy")));
  button->setToolTip(toolTip);
  button->setAccessibleName(toolTip);
  button->setAutoRaise(true);
  QObject::connect(button, &QToolButton::clicked, source,
                   [source] { QApplication::clipboard()->setText(source->toPlainText()); });
  return button;
}

}  // namespace

InspectorPanel::InspectorPanel(Selection* selection, QWidget* parent) : QScrollArea(parent), selection_(selection) {
  setObjectName(QStringLiteral("inspector"));
  setAccessibleName(tr("Inspector: the selected object"));
  setFrameShape(QFrame::NoFrame);
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* whole = new QWidget(this);
  nothing_ = new QLabel(tr("Select an object to see what it is, where it is and how it was pickled."), whole);
  nothing_->setWordWrap(true);
  nothing_->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
  nothing_->setForegroundRole(QPalette::PlaceholderText);
  content_ = new QWidget(whole);

  type_ = makeText(QStringLiteral("inspectorType"), content_);
  QFont large = type_->font();
  large.setPointSizeF(large.pointSizeF() * 1.25);
  large.setWeight(QFont::DemiBold);
  type_->setFont(large);
  description_ = makeText(QStringLiteral("inspectorDescription"), content_);

  path_ = new CodeBox(content_);
  path_->setObjectName(QStringLiteral("inspectorPath"));
  path_->setAccessibleName(tr("Path to the object"));
  pathNote_ = makeText(QStringLiteral("inspectorPathNote"), content_);
  pathNote_->setForegroundRole(QPalette::PlaceholderText);
  auto* pathRow = new QHBoxLayout;
  pathRow->setSpacing(4);
  pathRow->addWidget(path_, 1);
  pathRow->addWidget(makeCopyButton(QStringLiteral("copyPath"), tr("Copy the path"), path_, content_), 0, Qt::AlignTop);

  errorFrame_ = new QFrame(content_);
  errorFrame_->setObjectName(QStringLiteral("errorFrame"));
  errorFrame_->setAutoFillBackground(true);
  error_ = makeText(QStringLiteral("inspectorError"), errorFrame_);
  QFont strong = error_->font();
  strong.setWeight(QFont::DemiBold);
  error_->setFont(strong);
  causes_ = makeText(QStringLiteral("inspectorCauses"), errorFrame_);
  auto* errorLayout = new QVBoxLayout(errorFrame_);
  errorLayout->setContentsMargins(10, 8, 10, 8);
  errorLayout->addWidget(error_);
  errorLayout->addWidget(causes_);

  adviceTitle_ = makeHeading(tr("How to fix it"), content_);
  adviceRow_ = new QWidget(content_);
  advice_ = new CodeBox(adviceRow_);
  advice_->setObjectName(QStringLiteral("inspectorAdvice"));
  advice_->setAccessibleName(tr("How to fix it"));
  auto* adviceLayout = new QHBoxLayout(adviceRow_);
  adviceLayout->setContentsMargins(0, 0, 0, 0);
  adviceLayout->setSpacing(4);
  adviceLayout->addWidget(advice_, 1);
  adviceLayout->addWidget(makeCopyButton(QStringLiteral("copyAdvice"), tr("Copy the advice"), advice_, adviceRow_), 0,
                          Qt::AlignTop);

  facts_ = new QGridLayout;
  facts_->setHorizontalSpacing(14);
  facts_->setVerticalSpacing(5);
  facts_->setColumnStretch(1, 1);
  outcome_ = addFact(tr("Outcome"), QStringLiteral("factOutcome"));
  reduction_ = addFact(tr("Pickled"), QStringLiteral("factReduction"));
  reducer_ = addFact(tr("Reducer"), QStringLiteral("factReducer"));
  ownBytes_ = addFact(tr("Own bytes"), QStringLiteral("factOwnBytes"));
  subtreeBytes_ = addFact(tr("With all below"), QStringLiteral("factSubtreeBytes"));
  retainedBytes_ = addFact(tr("Retained"), QStringLiteral("factRetainedBytes"));
  retainedBytes_->setToolTip(tr("Bytes that would go if this object were not there: what only it leads to"));
  place_ = addFact(tr("Position"), QStringLiteral("factPlace"));
  time_ = addFact(tr("Time"), QStringLiteral("factTime"));
  count_ = addFact(tr("Objects"), QStringLiteral("factCount"));
  memo_ = addFact(tr("Memo number"), QStringLiteral("factMemo"));
  referencesTo_ = addFact(tr("Also held by"), QStringLiteral("factReferencesTo"));
  referencesFrom_ = addFact(tr("Also holds"), QStringLiteral("factReferencesFrom"));
  for (QLabel* links : {referencesTo_, referencesFrom_}) {
    links->setTextFormat(Qt::RichText);
    links->setTextInteractionFlags(Qt::TextBrowserInteraction);
    connect(links, &QLabel::linkActivated, this,
            [this](const QString& link) { selection_->select(link.toUInt(), Selection::Reveal::Center); });
  }

  source_ = new SourceSection(content_);
  details_ = new TextSection(tr("Details"), QStringLiteral("inspectorDetails"), true, content_);
  details_->setPython();
  opcodes_ = new TextSection(tr("Opcodes"), QStringLiteral("inspectorOpcodes"), false, content_);
  bytes_ = new TextSection(tr("Bytes"), QStringLiteral("inspectorBytes"), false, content_);

  auto* layout = new QVBoxLayout(content_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(6);
  layout->addWidget(type_);
  layout->addWidget(description_);
  layout->addSpacing(6);
  layout->addWidget(errorFrame_);
  layout->addWidget(makeHeading(tr("Path"), content_));
  layout->addLayout(pathRow);
  layout->addWidget(pathNote_);
  layout->addWidget(adviceTitle_);
  layout->addWidget(adviceRow_);
  layout->addSpacing(6);
  layout->addLayout(facts_);
  layout->addWidget(source_);
  layout->addWidget(details_);
  layout->addWidget(opcodes_);
  layout->addWidget(bytes_);
  layout->addStretch(1);
  auto* outer = new QVBoxLayout(whole);
  outer->setContentsMargins(12, 12, 12, 12);
  outer->addWidget(nothing_);
  outer->addWidget(content_, 1);
  setWidget(whole);

  applyColors(frameStatus_);
  show(kNoNode);
  connect(selection_, &Selection::changed, this, [this](NodeId node) { show(node); });
}

QLabel* InspectorPanel::addFact(const QString& name, const QString& objectName) {
  QLabel* value = makeText(objectName, content_);
  auto* label = new QLabel(name, content_);
  label->setBuddy(value);
  label->setForegroundRole(QPalette::PlaceholderText);
  value->setAccessibleName(name);
  const int row = facts_->rowCount();
  facts_->addWidget(label, row, 0, Qt::AlignLeft | Qt::AlignTop);
  facts_->addWidget(value, row, 1);
  factName_.insert(value, label);
  return value;
}

void InspectorPanel::setFact(QLabel* value, const QString& text) {
  value->setText(text);
  value->setVisible(!text.isEmpty());
  factName_.value(value)->setVisible(!text.isEmpty());
}

void InspectorPanel::setSnapshot(SnapshotPtr snapshot) {
  snapshot_ = std::move(snapshot);
  show(kNoNode);
}

void InspectorPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) applyColors(frameStatus_);
  QScrollArea::changeEvent(event);
}

void InspectorPanel::applyColors(NodeStatus status) {
  frameStatus_ = status;
  if (!errorFrame_) return;
  const StatusColors colors = statusColors(QApplication::palette(), status);
  QPalette error = QApplication::palette();
  error.setColor(QPalette::Window, colors.fill);
  error.setColor(QPalette::WindowText, colors.text);
  errorFrame_->setPalette(error);
}

void InspectorPanel::show(NodeId node) {
  const bool something = snapshot_ && node < snapshot_->graph->size();
  nothing_->setVisible(!something);
  content_->setVisible(something);
  if (!something) return;
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const graph::GraphColumns& columns = graph.columns();
  type_->setText(toQString(graph.type(node)));
  const QString description = toQString(graph.description(node));
  description_->setText(description);
  description_->setVisible(!description.isEmpty());
  path_->setCode(pathText(graph, node));
  showProblem(node);
  showFindings(node);

  const QString outcome = outcomeText(columns.outcome[node]);
  setFact(outcome_, outcome);
  setFact(reduction_, isFolded(graph, node) ? QString() : reductionText(columns.reduction[node]));
  setFact(reducer_, toQString(graph.string(columns.reducer[node])));
  if (columns.outcome[node] == graph::Outcome::Culprit) {
    // In the recorded stream a placeholder stands for it, whose byte or two say nothing about the object.
    setFact(ownBytes_, tr("— (not pickled)"));
    setFact(subtreeBytes_, {});
    setFact(retainedBytes_, {});
  } else {
    setFact(ownBytes_, byteText(graph.own_bytes(node)));
    setFact(subtreeBytes_, byteText(graph.subtree_bytes(node)));
    setFact(retainedBytes_, byteText(snapshot_->analysis->retained_bytes(node)));
  }
  QString time;
  if (!columns.start_ns.empty() && columns.stop_ns[node] > columns.start_ns[node]) {
    time = tr("%1 ms").arg(static_cast<double>(columns.stop_ns[node] - columns.start_ns[node]) / 1e6, 0, 'f', 3);
  }
  setFact(time_, time);
  const std::uint32_t count = runLength(graph, node);
  setFact(count_, count > 1 ? tr("%1 equal-typed values shown as one").arg(countText(count)) : QString());
  setFact(memo_, columns.memo[node] == graph::kNoMemo ? QString() : QString::number(columns.memo[node]));
  showReferences(node);
  source_->show(snapshot_, node);
  showDetails(node);
  showBytes(node);
  verticalScrollBar()->setValue(0);
}

void InspectorPanel::showProblem(NodeId node) {
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const graph::Problem* problem = graph.problem_of(node);
  errorFrame_->setVisible(problem != nullptr);
  const QString advice = problem ? toQString(graph.string(problem->advice)) : QString();
  adviceTitle_->setVisible(!advice.isEmpty());
  adviceRow_->setVisible(!advice.isEmpty());
  advice_->setCode(advice);
  QString note;
  if (problem && problem->expression != 0) {
    note = problem->replayed ? tr("Evaluating this calls __getstate__ or __reduce_ex__ again.") : QString();
    if (problem->route != 0) {
      const QString route =
          toQString(graph.string(problem->route)).replace(QStringLiteral(" -> "), QStringLiteral(" → "));
      if (route != path_->toPlainText()) note = note.isEmpty() ? route : route + QLatin1Char('\n') + note;
    }
  } else if (problem) {
    note = tr("No Python expression leads there.");
  }
  pathNote_->setText(note);
  pathNote_->setVisible(!note.isEmpty());
  if (!problem) return;
  applyColors(NodeStatus::Culprit);
  error_->setText(errorText(graph, *problem));
  QStringList causes;
  for (const graph::Cause& cause : problem->causes) {
    const QString message = toQString(graph.string(cause.message));
    const QString type = toQString(graph.string(cause.type));
    causes << tr("caused by %1").arg(message.isEmpty() ? type : type + QStringLiteral(": ") + message);
  }
  causes_->setText(causes.join(QLatin1Char('\n')));
  causes_->setVisible(!causes.isEmpty());
}

void InspectorPanel::showFindings(NodeId node) {
  const std::vector<std::size_t> findings = snapshot_->marks.findingsOf(node);
  if (findings.empty() || !snapshot_->report) return;
  QStringList texts;
  for (const std::size_t i : findings) {
    const inspect::Finding& finding = snapshot_->report->inspection.findings[i];
    texts << QStringLiteral("%1: %2").arg(severityText(finding.severity), visibleText(toQString(finding.message)));
    if (texts.size() == static_cast<qsizetype>(kReferencesShown)) break;
  }
  const NodeStatus status = snapshot_->marks.of(node);
  applyColors(isItself(status) ? status : NodeStatus::Plain);
  error_->setText(texts.takeFirst());
  causes_->setText(texts.join(u'\n'));
  causes_->setVisible(!texts.isEmpty());
  errorFrame_->setVisible(true);
}

void InspectorPanel::showDetails(NodeId node) {
  std::vector<std::string> lines;
  if (snapshot_->origin == Origin::StaticRead && snapshot_->graph->subtree_bytes(node) <= kMaxDetailBytes) {
    lines = inspect::details(inspect::Contents(*snapshot_->graph, snapshot_->bytes), node, snapshot_->python);
  }
  if (lines.empty()) {
    details_->setText(nullptr);
    return;
  }
  QStringList text;
  for (const std::string& line : lines) text << visibleText(toQString(line));
  details_->setText([whole = text.join(u'\n')] { return whole; });
}

void InspectorPanel::showBytes(NodeId node) {
  const std::uint64_t begin = snapshot_->graph->columns().begin[node];
  const std::uint64_t end = snapshot_->graph->columns().end[node];
  const bool known = !snapshot_->bytes.empty() && begin < end && end <= snapshot_->bytes.size();
  setFact(place_, known ? tr("bytes %1 to %2").arg(countText(begin), countText(end - 1)) : QString());
  opcodes_->setText(known ? [snapshot = snapshot_, node] { return nodeOpcodes(*snapshot, node); }
                          : std::function<QString()>());
  bytes_->setText(known ? [snapshot = snapshot_, begin, end] { return hexText(snapshot->bytes, begin, end); }
                        : std::function<QString()>());
}

void InspectorPanel::showReferences(NodeId node) {
  const graph::ObjectGraph& graph = *snapshot_->graph;
  const auto list = [&](std::span<const std::uint32_t> references, bool incoming) {
    QStringList lines;
    for (const std::uint32_t i : references) {
      if (static_cast<std::size_t>(lines.size()) == kReferencesShown) {
        lines << tr("and %1 more").arg(countText(references.size() - kReferencesShown));
        break;
      }
      const graph::Reference& reference = graph.columns().references[i];
      const QString edge = toQString(graph.edge_text(reference.kind, reference.label, reference.index));
      const QString text = incoming ? edgePath(graph, reference.from) + QStringLiteral(" › ") + edge
                                    : edge + QStringLiteral(" → ") + edgePath(graph, reference.to);
      lines << QStringLiteral("<a href=\"%1\">%2</a>")
                   .arg(incoming ? reference.from : reference.to)
                   .arg(text.toHtmlEscaped());
    }
    return lines.join(QStringLiteral("<br>"));
  };
  setFact(referencesTo_, list(graph.references_to(node), true));
  setFact(referencesFrom_, list(graph.references_from(node), false));
}

}  // namespace dill::gui
