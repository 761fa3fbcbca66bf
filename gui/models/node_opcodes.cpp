#include "models/node_opcodes.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

#include "inspect/opcode_text.h"
#include "models/node_text.h"
#include "models/opcode_reader.h"

namespace dill::gui {

namespace {
constexpr int kNameWidth = 16;
constexpr std::size_t kArgument = 60;
}  // namespace

QString nodeOpcodes(const Snapshot& snapshot, graph::NodeId node) {
  const graph::ObjectGraph& graph = *snapshot.graph;
  const std::uint64_t end = std::min<std::uint64_t>(graph.columns().end[node], snapshot.bytes.size());
  if (snapshot.bytes.empty() || graph.columns().begin[node] >= end) return {};
  const int digits = static_cast<int>(QString::number(end).size());
  OpcodeReader reader(snapshot.bytes, snapshot.arrays());
  reader.seek(graph.columns().begin[node]);
  QStringList lines;
  graph::NodeId current = node;
  while (reader.position() < end) {
    if (lines.size() == kNodeOpcodes) {
      lines << QCoreApplication::translate("NodeOpcodes", "… %1 more").arg(byteText(end - reader.position()));
      break;
    }
    const auto step = reader.next();
    if (!step) {
      lines << QCoreApplication::translate("NodeOpcodes", "… at byte %1: %2")
                   .arg(countText(reader.position()), toQString(step.error().message()));
      break;
    }
    if (!step->instruction) {
      lines << QCoreApplication::translate("NodeOpcodes", "%1  — %2 of an array, no opcodes —")
                   .arg(step->offset, digits)
                   .arg(byteText(step->length));
      continue;
    }
    QString line = QStringLiteral("%1  %2")
                       .arg(step->offset, digits)
                       .arg(toQString(pickle::opcode_info(step->instruction->opcode).name), -kNameWidth);
    line += u' ' + visibleText(toQString(inspect::argument_text(*step->instruction, kArgument)));
    const graph::NodeId owner = snapshot.offsets ? snapshot.offsets->nodeAt(step->offset) : node;
    if (owner != current && owner != graph::kNoNode) {
      line =
          line.leftJustified(digits + kNameWidth + 20) + QStringLiteral("  # ") + visibleText(edgeText(graph, owner));
      current = owner;
    }
    while (line.endsWith(u' ')) line.chop(1);
    lines << line;
  }
  return lines.join(u'\n');
}

}  // namespace dill::gui
