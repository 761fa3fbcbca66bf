// The one selected node, shared by all views, with a history for back and forward.
#pragma once

#include <QObject>

#include <vector>

#include "graph/object_graph.h"

namespace dill::gui {

class Selection : public QObject {
  Q_OBJECT
 public:
  enum class Reveal {
    InView,  // views scroll as little as needed
    Center,  // views put the node in the middle (a problem was clicked, a search hit)
  };
  Q_ENUM(Reveal)

  using QObject::QObject;

  graph::NodeId node() const { return node_; }
  // Selects `node` (graph::kNoNode: nothing). Emits changed() if it is another one than before, or if it is to be
  // centred; a view that answers changed() by selecting the same node again ends there.
  void select(graph::NodeId node, Reveal reveal = Reveal::InView);
  // Forgets selection and history: another graph is on show.
  void reset();

  bool canGoBack() const { return position_ > 0; }
  bool canGoForward() const { return position_ + 1 < history_.size(); }
  void goBack();
  void goForward();

 signals:
  void changed(dill::graph::NodeId node, dill::gui::Selection::Reveal reveal);
  void historyChanged();

 private:
  void show(graph::NodeId node, Reveal reveal);

  graph::NodeId node_ = graph::kNoNode;
  std::vector<graph::NodeId> history_;
  std::size_t position_ = 0;  // of node_ in history_
};

}  // namespace dill::gui
