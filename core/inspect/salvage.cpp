#include "inspect/salvage.h"

#include <algorithm>

namespace dill::inspect {

using graph::EdgeKind;

namespace {

class Salvage {
 public:
  Salvage(Values& values, std::uint64_t end) : values_(values), end_(end) {}

  std::vector<ValueId> run(std::span<const Entry> stack, std::span<const Mark> marks) {
    // Innermost frame first; what it comes to is the last entry of the frame around it.
    std::vector<Entry> frame;
    std::size_t top = stack.size();
    for (std::size_t i = marks.size(); i-- > 0;) {
      const std::size_t bottom = std::min(marks[i].depth, top);
      frame.insert(frame.begin(), stack.begin() + bottom, stack.begin() + top);
      top = bottom;
      const std::size_t below = i == 0 ? 0 : marks[i - 1].depth;
      join(frame, true);
      if (top > below && takes_items(stack[top - 1].value)) {
        Entry container = stack[--top];
        give(container, frame, 0, true, top > 0 && values_.is_module(stack[top - 1].value));
        frame.assign(1, container);
      } else {
        const ValueId unfinished = values_.add(Kind::Unfinished, marks[i].offset, end_);
        Entry holder{unfinished, 0, 0, 0, true, marks[i].offset};
        give(holder, frame, 0, true);
        frame.assign(1, holder);
      }
    }
    frame.insert(frame.begin(), stack.begin(), stack.begin() + top);
    join(frame, false);
    std::vector<ValueId> roots;
    for (const Entry& entry : frame) roots.push_back(entry.value);
    return roots;
  }

 private:
  bool takes_items(ValueId value) const {
    const Kind kind = values_[value].kind;
    return kind == Kind::List || kind == Kind::Dict || kind == Kind::Set || kind == Kind::Object;
  }

  // Whether the entries above `value`, without a MARK between, are for it: then it is still without items, or waits for
  // its arguments or its state.
  bool waits(ValueId value, const Entry& above, bool marked) const {
    const Value& v = values_[value];
    if (v.kind == Kind::List || v.kind == Kind::Dict) return v.first_edge == kNone;
    if (v.kind == Kind::Global)
      return values_[above.value].kind == Kind::Tuple || values_[above.value].kind == Kind::Unfinished;
    return v.kind == Kind::Object && (!marked || values_[above.value].kind == Kind::Dict);
  }

  // Joins entries of a frame, from the top, with the ones below that wait for them.
  void join(std::vector<Entry>& frame, bool marked) {
    std::size_t above = 0;  // entries on top of the one looked at, at most a key and its value
    for (std::size_t i = frame.size(); i-- > 0;) {
      if (above > 0 && waits(frame[i].value, frame[i + 1], marked)) {
        Entry container = frame[i];
        give(container, frame, i + 1, false);
        frame.resize(i);
        frame.push_back(container);
        above = 1;
      } else if (++above > 2) {
        break;
      }
    }
  }

  // Attaches the entries of the frame from `first` on to `container`. Variables of a module are not folded.
  void give(const Entry& container, const std::vector<Entry>& frame, std::size_t first, bool marked,
            bool variables = false) {
    const ValueId holder = container.value;
    const Kind kind = values_[holder].kind;
    for (std::size_t i = first; i < frame.size(); ++i) {
      const Entry& item = frame[i];
      if (kind == Kind::Dict) {
        const bool has_value = i + 1 < frame.size();
        const auto index = static_cast<std::uint32_t>(values_[holder].length++);
        const bool leaf = values_[item.value].is_leaf();
        if (!leaf || !has_value) attach(holder, item, {EdgeKind::DictKey, index});
        if (!has_value) break;
        const graph::StringId label = leaf ? values_.intern(values_.literal(values_[item.value])) : 0;
        if (variables) values_[holder].run = 0;
        attach(holder, frame[++i], {EdgeKind::DictValue, index, label});
      } else if (kind == Kind::Set) {
        attach(holder, item, {EdgeKind::SetItem, static_cast<std::uint32_t>(values_[holder].length++)});
      } else if (kind == Kind::Global || kind == Kind::Unfinished) {
        attach(holder, item, {EdgeKind::ReduceArgument, static_cast<std::uint32_t>(i - first)});
      } else if (kind == Kind::Object && !marked) {
        attach(holder, item, {EdgeKind::State});
      } else {
        const auto index = static_cast<std::uint32_t>(values_[holder].length++);
        attach(holder, item, {kind == Kind::List ? EdgeKind::Item : EdgeKind::ReduceListItem, index});
      }
    }
    if (container.original) values_[holder].end = end_;
  }

  void attach(ValueId holder, const Entry& item, const Hold& hold) {
    values_.attach(holder, item.value, item.original, hold);
  }

  Values& values_;
  std::uint64_t end_;
};

}  // namespace

std::vector<ValueId> salvage(Values& values, std::span<const Entry> stack, std::span<const Mark> marks,
                             std::uint64_t end) {
  return Salvage(values, end).run(stack, marks);
}

}  // namespace dill::inspect
