// Packed index of boxes for painting and hit tests: blocks of 16 neighbours in drawing order, blocks of 16 blocks, ...
//
// Every block knows the box around its members and the worst status among them, so a zoomed-out picture can draw a block
// as one rectangle without losing a problem's colour. Pure C++. Immutable, any number of threads may query one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace dill::gui {

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  bool intersects(const Box& other) const {
    return left <= other.right && other.left <= right && top <= other.bottom && other.top <= bottom;
  }
  bool contains(double x, double y) const { return left <= x && x <= right && top <= y && y <= bottom; }
  void unite(const Box& other);
};

class BoxIndex {
 public:
  BoxIndex() = default;
  // `status[i]` belongs to `boxes[i]`; a higher number is worse.
  BoxIndex(std::span<const Box> boxes, std::span<const std::uint8_t> status);

  // Calls `onBox(i)` for every box that meets `area`, in order; a block with both sides under `blockSize` is reported by
  // one `onBlock(box, worst status)` instead. blockSize 0: boxes only.
  void visit(const Box& area, double blockSize, const std::function<void(std::size_t)>& onBox,
             const std::function<void(const Box&, std::uint8_t)>& onBlock) const;

  // Box around everything; all zero if there is none.
  Box bounds() const;

 private:
  struct Entry {
    Box box;
    std::uint8_t worst = 0;
  };
  std::vector<std::vector<Entry>> levels_;  // [0]: the boxes; the last level has at most 16 entries
};

}  // namespace dill::gui
