// Tidy layout of a tree that grows from left to right, for boxes of any size.
//
// Every parent is level with its first child (centring it over thousands of children would put it far off screen) and
// every child starts one column gap behind its parent's right edge. Siblings are packed upwards as far as the boxes and
// the connecting lines already placed allow, so a short branch fills the room beside a long one. Nothing overlaps.
// Iterative (depth costs no stack), O(n log n).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dill::gui {

struct TidySize {
  double width = 0;
  double height = 0;
};

struct TidyPoint {  // upper left corner of a box
  double x = 0;
  double y = 0;
};

struct TidySpacing {
  double column = 40;  // between a parent's right edge and its children; connecting lines run there
  double row = 10;     // below every box
};

// Places the boxes of a forest. `parents[i]` is the position of box i's parent, or -1 for a root; boxes are in pre-order
// (a parent before its children, a subtree in one piece). `sizes` has one entry a box. Returns one point a box; the
// first root lies at (0, 0), further roots below it. Units are those of `sizes` and `spacing`.
std::vector<TidyPoint> tidyTree(std::span<const std::int32_t> parents, std::span<const TidySize> sizes,
                                TidySpacing spacing = {});

}  // namespace dill::gui
