#include "layout/box_index.h"

#include <algorithm>

namespace dill::gui {
namespace {
constexpr std::size_t kFanOut = 16;
}

void Box::unite(const Box& other) {
  left = std::min(left, other.left);
  top = std::min(top, other.top);
  right = std::max(right, other.right);
  bottom = std::max(bottom, other.bottom);
}

BoxIndex::BoxIndex(std::span<const Box> boxes, std::span<const std::uint8_t> status) {
  if (boxes.empty()) return;
  auto& leaves = levels_.emplace_back();
  leaves.reserve(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) leaves.push_back({boxes[i], status[i]});
  while (levels_.back().size() > kFanOut) {
    const std::vector<Entry>& below = levels_.back();
    std::vector<Entry> level;
    level.reserve(below.size() / kFanOut + 1);
    for (std::size_t i = 0; i < below.size(); ++i) {
      if (i % kFanOut == 0) {
        level.push_back(below[i]);
      } else {
        level.back().box.unite(below[i].box);
        level.back().worst = std::max(level.back().worst, below[i].worst);
      }
    }
    levels_.push_back(std::move(level));
  }
}

void BoxIndex::visit(const Box& area, double blockSize, const std::function<void(std::size_t)>& onBox,
                     const std::function<void(const Box&, std::uint8_t)>& onBlock) const {
  if (levels_.empty()) return;
  struct Range {
    std::size_t level, next, end;
  };
  std::vector<Range> stack{{levels_.size() - 1, 0, levels_.back().size()}};
  while (!stack.empty()) {
    Range& range = stack.back();
    if (range.next == range.end) {
      stack.pop_back();
      continue;
    }
    const std::size_t level = range.level;
    const std::size_t i = range.next++;
    const Entry& entry = levels_[level][i];
    if (!entry.box.intersects(area)) continue;
    if (level == 0) {
      onBox(i);
    } else if (entry.box.right - entry.box.left < blockSize && entry.box.bottom - entry.box.top < blockSize) {
      onBlock(entry.box, entry.worst);
    } else {
      stack.push_back({level - 1, i * kFanOut, std::min((i + 1) * kFanOut, levels_[level - 1].size())});
    }
  }
}

Box BoxIndex::bounds() const {
  if (levels_.empty()) return {};
  Box all = levels_.back().front().box;
  for (const Entry& entry : levels_.back()) all.unite(entry.box);
  return all;
}

}  // namespace dill::gui
