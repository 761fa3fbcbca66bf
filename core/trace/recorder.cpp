#include "trace/recorder.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace dill::trace {

using graph::DetailKind;
using graph::NodeId;

namespace {

// Address space for a large recording, so that it need not be copied while it grows; memory is used as it is filled.
constexpr std::size_t kReservedRecords = 4 << 20;
constexpr std::size_t kReservedTexts = 64 << 20;

template <class Item>
void reserve_lazily(std::vector<Item>& items, std::size_t count) {
  try {
    items.reserve(count);
  } catch (const std::bad_alloc&) {
    return;  // it grows step by step then
  }
  constexpr std::uintptr_t kHugePage = 2 << 20;
  const auto first = (reinterpret_cast<std::uintptr_t>(items.data()) + kHugePage - 1) & ~(kHugePage - 1);
  const auto last = reinterpret_cast<std::uintptr_t>(items.data() + count) & ~(kHugePage - 1);
  // One fault for 2 MiB instead of 512: only a wish, so a refusal does not matter.
  if (first < last) (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace

Recorder::Recorder(bool timed) : timed_(timed), begin_(std::chrono::steady_clock::now()) {
  reserve_lazily(recording_.records, kReservedRecords);
  reserve_lazily(recording_.texts, kReservedTexts);
  if (timed_) reserve_lazily(recording_.times, kReservedRecords);
}

NodeId Recorder::enter(const Edge& edge, graph::StringId type, Detail detail, std::uint64_t position) {
  const auto node = static_cast<NodeId>(recording_.records.size());
  Record& record = recording_.records.emplace_back();
  record.parent = edge.parent;
  record.label = edge.label;
  record.index = edge.index;
  record.edge = edge.kind;
  record.type = type;
  record.detail_kind = detail.kind;
  record.detail = detail.value;
  record.begin = record.end = position;
  if (timed_) {
    const std::uint64_t now = now_ns();
    recording_.times.push_back({now, now});
  }
  ++objects_;
  run_node_ = graph::kNoNode;
  return node;
}

void Recorder::leave(NodeId node, std::uint64_t position) {
  recording_.records[node].end = position;
  if (timed_) recording_.times[node].stop_ns = now_ns();
  run_node_ = graph::kNoNode;
}

NodeId Recorder::leaf(const Edge& edge, graph::StringId type, Detail detail, std::uint64_t begin, std::uint64_t end,
                      std::uint32_t memo) {
  ++objects_;
  const bool continues = run_node_ != graph::kNoNode && recording_.records[run_node_].parent == edge.parent &&
                         recording_.records[run_node_].type == type && recording_.records[run_node_].edge == edge.kind;
  run_length_ = continues ? run_length_ + 1 : 1;
  const auto node = static_cast<NodeId>(recording_.records.size());
  Record& record = recording_.records.emplace_back();
  record.parent = edge.parent;
  record.label = edge.label;
  record.index = edge.index;
  record.edge = edge.kind;
  record.type = type;
  record.reduction = graph::Reduction::Builtin;
  record.detail_kind = detail.kind;
  record.detail = detail.value;
  record.begin = begin;
  record.end = end;
  record.memo = memo;
  if (timed_) {
    const Times shared = edge.parent == graph::kNoNode ? Times{} : Times{recording_.times[edge.parent].start_ns, 0};
    recording_.times.push_back(shared);
  }
  run_node_ = edge.kind == graph::EdgeKind::Variable ? graph::kNoNode : node;
  return node;
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
