#include "models/node_text.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

#include "graph/access_path.h"
#include "graph/report.h"
#include "graph/text.h"
#include "models/loading_text.h"
#include "models/node_status.h"
#include "models/snapshot.h"

namespace dill::gui {

using graph::kNoNode;
using graph::NodeId;
using graph::ObjectGraph;

namespace {

// A way of a thousand edges helps nobody: its beginning and its end do.
constexpr int kPathHead = 20;
constexpr int kPathTail = 20;

QString tr(const char* text, int n = -1) { return QCoreApplication::translate("NodeText", text, nullptr, n); }

// For tool tips: the beginning and the end of a long text.
QString shortened(const QString& text) {
  constexpr qsizetype kKept = 150;
  return text.size() <= 2 * kKept ? text : text.first(kKept) + QStringLiteral(" … ") + text.last(kKept);
}

}  // namespace

QString toQString(std::string_view utf8) { return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())); }

QString visibleText(const QString& text) {
  const auto hidden = [](char32_t c) {
    switch (QChar::category(c)) {
      case QChar::Other_Control:
      case QChar::Other_Format:
      case QChar::Other_Surrogate:
      case QChar::Other_PrivateUse:
      case QChar::Other_NotAssigned:
      case QChar::Separator_Line:
      case QChar::Separator_Paragraph:
        return true;
      default:
        return false;
    }
  };
  const QList<uint> points = text.toUcs4();
  if (std::none_of(points.begin(), points.end(), hidden)) return text;
  QString result;
  for (const uint c : points) {
    if (!hidden(c)) {
      result += QString::fromUcs4(reinterpret_cast<const char32_t*>(&c), 1);
    } else if (c <= 0xff) {
      result += QStringLiteral("\\x%1").arg(c, 2, 16, QLatin1Char('0'));
    } else if (c <= 0xffff) {
      result += QStringLiteral("\\u%1").arg(c, 4, 16, QLatin1Char('0'));
    } else {
      result += QStringLiteral("\\U%1").arg(c, 8, 16, QLatin1Char('0'));
    }
  }
  return result;
}

QString byteText(std::uint64_t bytes) { return toQString(graph::byte_size(bytes)); }

QString countText(std::uint64_t count) { return toQString(graph::grouped_digits(count)); }

QString nodeBytesText(const ObjectGraph& graph, NodeId node) {
  if (graph.columns().outcome[node] == graph::Outcome::Culprit) return QStringLiteral("—");
  return byteText(graph.subtree_bytes(node));
}

QString shortType(const ObjectGraph& graph, NodeId node) {
  const std::string_view type = graph.type(node);
  const std::size_t dot = type.rfind('.');
  return toQString(dot == std::string_view::npos ? type : type.substr(dot + 1));
}

QString edgeText(const ObjectGraph& graph, NodeId node) {
  if (graph.parent(node) == kNoNode && graph.columns().label[node] == 0) return QStringLiteral("obj");
  return toQString(graph.edge_text(node));
}

std::uint32_t runLength(const ObjectGraph& graph, NodeId node) {
  return isFolded(graph, node) ? 1 : graph.columns().count[node];
}

QString runMark(const ObjectGraph& graph, NodeId node) {
  const std::uint32_t count = runLength(graph, node);
  return count > 1 ? QStringLiteral(" ×") + countText(count) : QString();
}

QString typeAndDescription(const ObjectGraph& graph, NodeId node) {
  QString text = shortType(graph, node) + runMark(graph, node);
  const std::string description = graph.description(node);
  if (!description.empty()) text += QStringLiteral(" · ") + toQString(description);
  return text;
}

QString edgePath(const ObjectGraph& graph, NodeId node) {
  QStringList parts;
  for (NodeId step = node; step != kNoNode; step = graph.parent(step)) {
    if (parts.size() < kPathTail + kPathHead || graph.parent(step) == kNoNode) {
      parts.prepend(edgeText(graph, step));
    } else {
      parts[0] = QStringLiteral("…");
    }
  }
  return parts.join(QStringLiteral(" › "));
}

QString pathText(const ObjectGraph& graph, NodeId node) {
  const graph::Problem* problem = graph.problem_of(node);
  const graph::AccessPath path = problem ? graph::problem_path(graph, *problem) : graph::access_path(graph, node);
  return toQString(path.expression.empty() ? path.route : path.expression);
}

QString errorText(const ObjectGraph& graph, const graph::Problem& problem) {
  const QString type = toQString(graph.string(problem.exception));
  const QString message = toQString(graph.string(problem.message));
  return message.isEmpty() ? type : type + QStringLiteral(": ") + message;
}

QString variableText(const ObjectGraph& graph, NodeId node) {
  // The node's own bytes say nothing: a variable that cannot be pickled itself is a placeholder in the stream.
  for (NodeId step = graph.parent(node); step != kNoNode; step = graph.parent(step)) {
    if (graph.columns().edge[step] == graph::EdgeKind::Variable) {
      return tr("in a variable of %1").arg(byteText(graph.subtree_bytes(step)));
    }
  }
  return {};
}

QString toolTipText(const ObjectGraph& graph, NodeId node) {
  const QString description = toQString(graph.description(node));
  QString text = QStringLiteral("<b>%1</b>").arg(toQString(graph.type(node)).toHtmlEscaped());
  if (!description.isEmpty()) text += QStringLiteral("<br>") + description.toHtmlEscaped();
  text += QStringLiteral("<br><code>%1</code>").arg(shortened(pathText(graph, node)).toHtmlEscaped());
  if (graph.columns().outcome[node] != graph::Outcome::Culprit) {
    text += QStringLiteral("<br>") + tr("%1, %2 with everything below")
                                         .arg(byteText(graph.own_bytes(node)), byteText(graph.subtree_bytes(node)))
                                         .toHtmlEscaped();
  }
  if (const graph::Problem* problem = graph.problem_of(node)) {
    text += QStringLiteral("<br><b>%1</b>").arg(errorText(graph, *problem).toHtmlEscaped());
  } else if (const std::uint32_t below = graph.problems_below(node); below > 0) {
    text += QStringLiteral("<br>") + (below == 1 ? tr("1 problem below") : tr("%1 problems below").arg(below));
  }
  return text;
}

QString toolTipText(const Snapshot& snapshot, NodeId node) {
  QString text = toolTipText(*snapshot.graph, node);
  if (!snapshot.report) return text;
  constexpr std::size_t kShown = 5;
  const std::vector<std::size_t> findings = snapshot.marks.findingsOf(node);
  for (std::size_t i = 0; i < std::min(findings.size(), kShown); ++i) {
    const inspect::Finding& finding = snapshot.report->inspection.findings[findings[i]];
    text += QStringLiteral("<br><b>%1</b>: %2")
                .arg(severityText(finding.severity), visibleText(toQString(finding.message)).toHtmlEscaped());
  }
  return text;
}

}  // namespace dill::gui
