#include "models/node_status.h"

namespace dill::gui {

NodeStatus statusOf(const graph::ObjectGraph& graph, graph::NodeId node) {
  const graph::Outcome outcome = graph.columns().outcome[node];
  if (outcome == graph::Outcome::Culprit || graph.problem_of(node)) return NodeStatus::Culprit;
  if (graph.problems_below(node) > 0 || outcome == graph::Outcome::Passed) return NodeStatus::HoldsCulprit;
  if (outcome == graph::Outcome::NotExamined || outcome == graph::Outcome::Folded) return NodeStatus::NotExamined;
  if (graph.columns().reduction[node] == graph::Reduction::Global) return NodeStatus::ByReference;
  return NodeStatus::Plain;
}

bool isFolded(const graph::ObjectGraph& graph, graph::NodeId node) {
  return node < graph.size() && graph.columns().outcome[node] == graph::Outcome::Folded;
}

bool isDark(const QPalette& palette) { return palette.color(QPalette::Base).lightness() < 128; }

QColor blend(const QColor& a, const QColor& b, qreal amount) {
  return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * amount),
                          static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * amount),
                          static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * amount));
}

StatusColors statusColors(const QPalette& palette, NodeStatus status) {
  const QColor base = palette.color(QPalette::Base);
  const QColor text = palette.color(QPalette::Text);
  const bool dark = isDark(palette);
  const QColor muted = blend(text, base, dark ? 0.32 : 0.30);
  switch (status) {
    case NodeStatus::Dangerous:
    case NodeStatus::Culprit: {
      const QColor red(dark ? 0xff6b6b : 0xc62828);
      return {blend(base, red, dark ? 0.22 : 0.10), red, text, blend(text, red, dark ? 0.20 : 0.45)};
    }
    case NodeStatus::HoldsFinding:
    case NodeStatus::HoldsCulprit: {
      const QColor amber(dark ? 0xe0a030 : 0xb36b00);
      return {blend(base, amber, dark ? 0.12 : 0.07), amber, text, muted};
    }
    case NodeStatus::Suspicious: {
      const QColor amber(dark ? 0xe0a030 : 0xb36b00);
      return {blend(base, amber, dark ? 0.24 : 0.16), amber, text, blend(text, amber, 0.25)};
    }
    case NodeStatus::NotExamined: {
      const QColor faded = blend(text, base, 0.25);
      return {blend(base, text, 0.08), blend(text, base, 0.45), faded, faded};
    }
    case NodeStatus::ByReference:
      return {base, blend(palette.color(QPalette::Highlight), text, 0.35), text, muted};
    case NodeStatus::Plain:
      break;
  }
  return {blend(base, text, dark ? 0.07 : 0.03), blend(text, base, 0.60), text, muted};
}

}  // namespace dill::gui
