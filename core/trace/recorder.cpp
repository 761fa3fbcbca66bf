#include "trace/recorder.h"

#include <algorithm>
#include <cstring>

#include "graph/lazy_reserve.h"

namespace dill::trace {

using graph::DetailKind;
using graph::NodeId;

Recorder::Recorder(bool timed) : timed_(timed), begin_(std::chrono::steady_clock::now()) {
  graph::reserve_lazily(recording_.records, graph::kReservedObjects);
  graph::reserve_lazily(recording_.texts, graph::kReservedObjects * 16);
  if (timed_) graph::reserve_lazily(recording_.times, graph::kReservedObjects);
}

void Recorder::reference(const Edge& edge, NodeId target) {
  ++objects_;
  run_node_ = graph::kNoNode;
  if (edge.parent == graph::kNoNode || target == graph::kNoNode) return;
  recording_.references.push_back({edge.parent, target, edge.label, edge.index, edge.kind});
}

Detail Recorder::text_detail(DetailKind kind, std::string_view beginning, std::uint64_t length) {
  std::size_t stored = std::min(beginning.size(), graph::kDetailBytes);
  if (kind == DetailKind::Str && stored < beginning.size())
    while (stored > 0 && (static_cast<unsigned char>(beginning[stored]) & 0xC0) == 0x80) --stored;
  const std::uint64_t offset = recording_.texts.size();
  const auto full = static_cast<std::uint32_t>(std::min<std::uint64_t>(length, 0xFFFF'FFFF));
  recording_.texts.resize(offset + graph::kDetailHeader + stored);
  char* to = recording_.texts.data() + offset;
  std::memcpy(to, &full, graph::kDetailHeader);
  std::memcpy(to + graph::kDetailHeader, beginning.data(), stored);
  return {kind, offset << 8 | stored};
}

void Recorder::mark_not_examined(NodeId from) {
  for (std::size_t node = from; node < recording_.records.size(); ++node)
    if (recording_.records[node].outcome == graph::Outcome::Saved)
      recording_.records[node].outcome = graph::Outcome::NotExamined;
}

Recording Recorder::finish(Meta meta, std::span<const unsigned char> bytes, std::uint64_t bytes_total) {
  // A last frame of less than four bytes has no header, and so ends before the position noted while it was open.
  for (Record& record : recording_.records) {
    record.begin = std::min(record.begin, bytes_total);
    record.end = std::clamp(record.end, record.begin, bytes_total);
  }
  // Leaves share the time of their parent.
  for (std::size_t node = 0; node < recording_.times.size(); ++node)
    if (recording_.times[node].stop_ns == 0 && recording_.records[node].parent != graph::kNoNode)
      recording_.times[node].stop_ns = recording_.times[recording_.records[node].parent].stop_ns;
  meta.bytes_total = bytes_total;
  meta.objects_total = objects_;
  meta.elapsed_ns = now_ns();
  recording_.meta = std::move(meta);
  recording_.bytes.assign(bytes.begin(), bytes.end());
  Recording done = std::move(recording_);
  recording_ = Recording{};
  return done;
}

}  // namespace dill::trace
