#include "layout/tidy_tree.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>

namespace dill::gui {
namespace {

// The lower outline of everything placed so far: for each x, the first free y.
class Skyline {
 public:
  Skyline() { steps_.emplace(-std::numeric_limits<double>::infinity(), 0.0); }

  // Lowest free y for a box that covers [left, right).
  double freeBelow(double left, double right) const {
    auto step = std::prev(steps_.upper_bound(left));
    double y = step->second;
    for (++step; step != steps_.end() && step->first < right; ++step) y = std::max(y, step->second);
    return y;
  }

  // Everything above `y` is taken in [left, right). Cost is amortised: each call adds two steps at most.
  void occupy(double left, double right, double y) {
    auto last = std::prev(steps_.upper_bound(right));
    const double behind = last->second;
    steps_.erase(steps_.lower_bound(left), steps_.upper_bound(right));
    steps_.emplace(left, y);
    steps_.emplace(right, behind);
  }

 private:
  std::map<double, double> steps_;  // y from this x up to the next key
};

}  // namespace

std::vector<TidyPoint> tidyTree(std::span<const std::int32_t> parents, std::span<const TidySize> sizes,
                                TidySpacing spacing) {
  const std::size_t count = parents.size();
  std::vector<TidyPoint> places(count);
  Skyline skyline;
  for (std::size_t i = 0; i < count;) {
    // A box, its first child, that one's first child ...: they are level, so they are placed together.
    std::size_t end = i;
    double y = 0;
    do {
      const std::int32_t parent = parents[end];
      const double left = parent < 0 ? 0 : places[parent].x + sizes[parent].width;
      places[end].x = parent < 0 ? 0 : left + spacing.column;
      y = std::max(y, skyline.freeBelow(left, places[end].x + sizes[end].width));
      ++end;
    } while (end < count && parents[end] == static_cast<std::int32_t>(end) - 1);
    for (; i < end; ++i) {
      const double left = parents[i] < 0 ? 0 : places[i].x - spacing.column;
      places[i].y = y;
      // With the gap in front of it, where the line to it runs.
      skyline.occupy(left, places[i].x + sizes[i].width, y + sizes[i].height + spacing.row);
    }
  }
  return places;
}

}  // namespace dill::gui
