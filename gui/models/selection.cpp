#include "models/selection.h"

namespace dill::gui {
namespace {
constexpr std::size_t kHistoryLength = 200;
}

void Selection::select(graph::NodeId node, Reveal reveal) {
  if (node == node_) {
    if (reveal == Reveal::Center && node != graph::kNoNode) emit changed(node, reveal);
    return;
  }
  if (node != graph::kNoNode) {
    if (!history_.empty()) history_.resize(position_ + 1);
    if (history_.size() == kHistoryLength) history_.erase(history_.begin());
    if (history_.empty() || history_.back() != node) history_.push_back(node);
    position_ = history_.size() - 1;
    emit historyChanged();
  }
  show(node, reveal);
}

void Selection::reset() {
  history_.clear();
  position_ = 0;
  emit historyChanged();
  show(graph::kNoNode, Reveal::InView);
}

void Selection::goBack() {
  if (!canGoBack()) return;
  --position_;
  emit historyChanged();
  show(history_[position_], Reveal::Center);
}

void Selection::goForward() {
  if (!canGoForward()) return;
  ++position_;
  emit historyChanged();
  show(history_[position_], Reveal::Center);
}

void Selection::show(graph::NodeId node, Reveal reveal) {
  node_ = node;
  emit changed(node, reveal);
}

}  // namespace dill::gui
