#include "models/node_opcodes.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>

#include "models/node_text.h"
#include "models/opcode_index.h"

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
  pickle::Decoder decoder(snapshot.bytes, pickle::Frames::MayBeCut);
  decoder.seek(graph.columns().begin[node]);
  QStringList lines;
  graph::NodeId current = node;
  while (decoder.position() < end) {
    if (lines.size() == kNodeOpcodes) {
      lines << QCoreApplication::translate("NodeOpcodes", "… %1 more").arg(byteText(end - decoder.position()));
      break;
    }
    const auto instruction = decoder.next();
    if (!instruction) {
      lines << QCoreApplication::translate("NodeOpcodes", "… at byte %1: %2")
                   .arg(countText(decoder.position()), toQString(instruction.error().message()));
      break;
    }
    QString line = QStringLiteral("%1  %2")
                       .arg(instruction->offset, digits)
                       .arg(toQString(pickle::opcode_info(instruction->opcode).name), -kNameWidth);
    line += u' ' + visibleText(toQString(argumentText(*instruction, kArgument)));
    const graph::NodeId owner = snapshot.offsets ? snapshot.offsets->nodeAt(instruction->offset) : node;
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
