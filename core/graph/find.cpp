#include "graph/find.h"

#include <algorithm>
#include <string>

namespace dill::graph {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Matcher {
 public:
  Matcher(const ObjectGraph& graph, std::string_view text)
      : graph_(graph), text_(text), types_(graph.columns().string_ends.size(), Known::Unknown) {
    std::transform(text_.begin(), text_.end(), text_.begin(), lower);
  }

  bool matches(NodeId node) {
    return type_matches(graph_.columns().type[node]) || contains(graph_.edge_text(node)) ||
           contains(graph_.description(node));
  }

 private:
  enum class Known : std::uint8_t { Unknown, Matches, Differs };

  bool contains(std::string_view in) const {
    return std::search(in.begin(), in.end(), text_.begin(), text_.end(),
                       [](char a, char b) { return lower(a) == b; }) != in.end();
  }

  // There are few types and many nodes: each type is looked at once.
  bool type_matches(StringId type) {
    if (types_[type] == Known::Unknown) types_[type] = contains(graph_.string(type)) ? Known::Matches : Known::Differs;
    return types_[type] == Known::Matches;
  }

  const ObjectGraph& graph_;
  std::string text_;
  std::vector<Known> types_;
};

}  // namespace

Found find(const ObjectGraph& graph, std::string_view text, const std::atomic<bool>& stop, std::size_t limit) {
  Found found;
  if (text.empty()) return found;
  Matcher matcher(graph, text);
  for (NodeId node = 0; node < graph.size(); ++node) {
    if (stop.load(std::memory_order_relaxed)) {
      found.complete = false;
      break;
    }
    if (!matcher.matches(node)) continue;
    if (found.nodes.size() == limit) {
      found.complete = false;
      break;
    }
    found.nodes.push_back(node);
  }
  return found;
}

}  // namespace dill::graph
