#include "inspect/meaning/session_table.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "graph/access_path.h"
#include "inspect/meaning/contents.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::kNoNode;
using graph::NodeId;
using Storage = SessionVariable::Storage;

namespace {

constexpr std::string_view kRuntime = "__runtime__.";
constexpr std::string_view kLists[] = {"__dill_imported", "__dill_imported_as", "__dill_imported_top_level"};
constexpr std::size_t kMostNeeds = 1000;  // of one variable

bool is_list(std::string_view name) { return std::ranges::find(kLists, name) != std::end(kLists); }

bool is_own(std::string_view module) {
  return module == "builtins" || module == "__builtin__" || module == "dill._dill" || module == "dill.dill" ||
         module.empty();
}

// The name in a literal of a key: 'db' -> db.
std::string_view unquoted(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != '\'' || literal.back() != '\'') return literal;
  return literal.substr(1, literal.size() - 2);
}

class SessionReader {
 public:
  SessionReader(const StaticPickle& read, std::span<const unsigned char> bytes)
      : read_(read), graph_(*read.graph), contents_(graph_, bytes) {}

  std::optional<SessionTable> table() {
    if (graph_.size() == 0 || graph_.type(0) != "module") return std::nullopt;
    if (!is_import_module(0)) return std::nullopt;
    table_.module = module_name(0);
    if (table_.module.starts_with(kRuntime)) {
      table_.module.erase(0, kRuntime.size());
      table_.at_run_time = true;
    }
    table_.bytes = read_.size;
    table_.python = read_.python;
    table_.fault = read_.fault;
    find_variables();
    if (!has_state_ && !read_.fault) return std::nullopt;  // a module by reference
    own_nodes();
    for (std::size_t i = 0; i < table_.variables.size(); ++i) describe(i);
    collect_needs();
    read_lists();
    collect_imports();
    look_behind();
    return std::move(table_);
  }

 private:
  bool is_import_module(NodeId node) const {
    const auto called = contents_.items(node, EdgeKind::ReduceCallable, 1);
    return !called.empty() && graph_.type(called[0].node).ends_with("._import_module");
  }

  // What _import_module() of a module object is called with.
  std::string module_name(NodeId node) const {
    const auto arguments = contents_.items(node, EdgeKind::ReduceArgument, 1);
    if (arguments.empty()) return {};
    return contents_.str(arguments[0]).value_or("");
  }

  void find_variables() {
    NodeId holder = 0;
    EdgeKind kind = EdgeKind::ModuleEntry;
    // Of a file that was cut off, the state is a dict still: that of the module, or what comes next.
    for (NodeId node = 1; read_.fault && node < graph_.size(); ++node) {
      const EdgeKind edge = graph_.columns().edge[node];
      const bool of_module = graph_.parent(node) == 0 && edge == EdgeKind::State;
      if ((!of_module && edge != EdgeKind::Root) || graph_.type(node) != "dict") continue;
      holder = node;
      kind = EdgeKind::DictValue;
      break;
    }
    const graph::GraphColumns& columns = graph_.columns();
    struct Found {
      std::uint32_t index;
      graph::StringId label;
      NodeId node;
      bool tree;
    };
    std::vector<Found> found;
    for (const NodeId child : graph_.children(holder)) {
      if (columns.edge[child] == kind) found.push_back({columns.index[child], columns.label[child], child, true});
    }
    for (const std::uint32_t i : graph_.references_from(holder)) {
      const graph::Reference& r = columns.references[i];
      if (r.kind == kind) found.push_back({r.index, r.label, r.to, false});
    }
    std::ranges::stable_sort(found, {}, &Found::index);
    has_state_ = !found.empty();
    for (const Found& each : found) {
      const std::string_view label = graph_.string(each.label);
      const std::string name(kind == EdgeKind::DictValue ? unquoted(label) : label);
      if (is_list(name)) {
        lists_.emplace_back(name, each.node);
        continue;
      }
      SessionVariable variable;
      variable.name = name;
      variable.node = each.node;
      table_.variables.push_back(std::move(variable));
      is_tree_.push_back(each.tree);
    }
  }

  // Which variable each node belongs to.
  void own_nodes() {
    owner_.assign(graph_.size(), kNoNode);
    for (std::uint32_t i = 0; i < table_.variables.size(); ++i) {
      if (is_tree_[i]) owner_[table_.variables[i].node] = i;
    }
    for (NodeId node = 0; node < graph_.size(); ++node) {
      const NodeId parent = graph_.parent(node);
      if (owner_[node] == kNoNode && parent != kNoNode) owner_[node] = owner_[parent];
    }
  }

  bool is_global(NodeId node) const { return graph_.columns().reduction[node] == graph::Reduction::Global; }
  bool is_module(NodeId node) const { return graph_.type(node) == "module" && is_import_module(node); }

  void describe(std::size_t place) {
    SessionVariable& variable = table_.variables[place];
    const NodeId node = variable.node;
    variable.type = graph_.type(node);
    variable.description = graph_.description(node);
    if (is_global(node)) {
      if (variable.description.empty()) variable.description = variable.type;
      variable.type = "global";
      variable.storage = Storage::Reference;
    } else if (is_module(node)) {
      variable.description = module_name(node);
      variable.storage =
          contents_.items(node, EdgeKind::ModuleEntry, 1).empty() && node != 0 ? Storage::Reference : Storage::Value;
    } else if (variable.type == "type" && is_loaded_type(node)) {
      variable.storage = Storage::Reference;
    }
    if (is_tree_[place]) {
      variable.bytes = graph_.subtree_bytes(node);
      variable.share = table_.bytes == 0 ? 0 : static_cast<double>(variable.bytes) / static_cast<double>(table_.bytes);
      return;
    }
    const std::uint32_t owner = owner_[node];
    if (variable.storage == Storage::Reference || (owner == kNoNode && node != 0)) return;
    variable.storage = Storage::Same;
    variable.same_as = owner == kNoNode ? "the module itself" : path(owner, node);
  }

  bool is_loaded_type(NodeId node) const {
    const auto called = contents_.items(node, EdgeKind::ReduceCallable, 1);
    return !called.empty() && graph_.type(called[0].node).ends_with("._load_type");
  }

  // How a node is reached from the variable that it belongs to.
  std::string path(std::uint32_t owner, NodeId node) const {
    const SessionVariable& variable = table_.variables[owner];
    if (node == variable.node) return variable.name;
    std::vector<graph::Step> steps = graph::tree_path(graph_, node);
    const auto start = std::ranges::find(steps, variable.node, &graph::Step::node);
    if (start == steps.end()) return variable.name;
    steps.erase(steps.begin(), start);
    const graph::AccessPath way = graph::access_path(graph_, steps, {.root = variable.name});
    return way.expression.empty() ? way.route : way.expression;
  }

  // The dotted name of a global, or the name of a module, that loading imports for this node; "" if nothing.
  std::string imported(NodeId node) const {
    if (is_global(node)) {
      const std::string name(graph_.type(node));
      const std::string_view module = module_of(name);
      if (is_own(module)) return {};
      if (module == table_.module || name.ends_with(".__dict__")) return {};
      return name;
    }
    if (graph_.type(node) != "module" || node == 0 || !is_import_module(node)) return {};
    return module_name(node);
  }

  std::string_view module_of(std::string_view dotted) const {
    const auto found = read_.module_lengths.find(std::string(dotted));
    return found == read_.module_lengths.end() ? dotted : dotted.substr(0, found->second);
  }

  void collect_needs() {
    std::vector<std::set<std::string>> needs(table_.variables.size());
    std::vector<std::set<std::uint32_t>> uses(table_.variables.size());
    std::unordered_map<NodeId, std::string> names;
    const auto name_of = [&](NodeId node) -> const std::string& {
      const auto [at, is_new] = names.try_emplace(node);
      if (is_new) at->second = imported(node);
      return at->second;
    };
    const auto may_import = [&](NodeId node) { return is_global(node) || graph_.type(node) == "module"; };
    const auto need = [&](std::uint32_t owner, NodeId node) {
      if (!may_import(node)) return;
      const std::string& name = name_of(node);
      if (!name.empty() && needs[owner].size() < kMostNeeds) needs[owner].insert(name);
    };
    for (NodeId node = 1; node < graph_.size(); ++node) {
      if (owner_[node] != kNoNode) need(owner_[node], node);
    }
    for (const graph::Reference& reference : graph_.columns().references) {
      const std::uint32_t from = owner_[reference.from];
      const std::uint32_t to = owner_[reference.to];
      // Equal constants of functions are one object; that is no use of another's.
      if (from == kNoNode || graph_.type(reference.from) == "code") continue;
      need(from, reference.to);
      if (to == kNoNode || to == from || may_import(reference.to) || is_incidental(reference.to)) continue;
      if (uses[from].size() < kMostNeeds) uses[from].insert(to);
    }
    for (std::size_t i = 0; i < table_.variables.size(); ++i) {
      SessionVariable& variable = table_.variables[i];
      if (!is_tree_[i]) need_reference(needs[i], variable.node);
      variable.needs.assign(needs[i].begin(), needs[i].end());
      for (const std::uint32_t other : uses[i]) variable.uses.push_back(table_.variables[other].name);
    }
  }

  void need_reference(std::set<std::string>& needs, NodeId node) const {
    if (std::string name = imported(node); !name.empty()) needs.insert(std::move(name));
  }

  // Leaves, builtin types and dill's shims are written once, wherever they come first: no part of a variable's object.
  bool is_incidental(NodeId node) const {
    switch (graph_.columns().detail_kind[node]) {
      case graph::DetailKind::Int:
      case graph::DetailKind::Float:
      case graph::DetailKind::Bool:
      case graph::DetailKind::Str:
      case graph::DetailKind::Bytes:
        return true;
      default:
        return is_loaded_type(node) || graph_.type(node).starts_with("result of builtins.getattr");
    }
  }

  // The lists of refimported=True: what is imported again, and under which name.
  void read_lists() {
    for (const auto& [list, node] : lists_) {
      table_.refimported = true;
      for (const Item& entry : contents_.items(node, EdgeKind::Item)) {
        std::vector<std::string> words;
        for (const Item& word : contents_.items(entry.node, EdgeKind::Item, 3)) {
          words.push_back(contents_.str(word).value_or(""));
        }
        if (words.size() < 2) continue;
        SessionVariable variable;
        variable.name = words.back();
        const bool top_level = list == kLists[2];
        variable.type = top_level ? "module" : "global";
        variable.description = top_level ? words[0] : words[0] + "." + words[1];
        variable.storage = Storage::Reference;
        variable.needs.push_back(variable.description);
        list_modules_.insert(words[0]);
        table_.variables.push_back(std::move(variable));
      }
    }
  }

  void collect_imports() {
    std::set<std::string> modules = list_modules_;
    for (NodeId node = 1; node < graph_.size(); ++node) {
      if (is_global(node)) {
        const std::string_view module = module_of(graph_.type(node));
        if (!is_own(module) && module != table_.module) modules.emplace(module);
      } else if (graph_.type(node) == "module" && is_import_module(node)) {
        modules.insert(module_name(node));
      }
    }
    modules.erase("");
    table_.imports.assign(modules.begin(), modules.end());
  }

  // dill's checksum is a pickle of its own behind the session.
  void look_behind() {
    for (NodeId node = graph_.size(); node-- > 1;) {
      if (graph_.parent(node) != kNoNode || graph_.type(node) != "bytes") continue;
      const auto text = contents_.bytes(contents_.whole(node));
      table_.checksum = text && text->starts_with("dill checksum ");
      return;
    }
  }

  const StaticPickle& read_;
  const graph::ObjectGraph& graph_;
  Contents contents_;
  SessionTable table_;
  bool has_state_ = false;
  std::vector<bool> is_tree_;         // of each variable: its object hangs below it
  std::vector<std::uint32_t> owner_;  // of each node: place of its variable
  std::vector<std::pair<std::string, NodeId>> lists_;
  std::set<std::string> list_modules_;
};

}  // namespace

std::optional<SessionTable> session_table(const StaticPickle& read, std::span<const unsigned char> bytes) {
  return SessionReader(read, bytes).table();
}

std::string_view storage_name(Storage storage) {
  switch (storage) {
    case Storage::Value:
      return "value";
    case Storage::Reference:
      return "reference";
    case Storage::Same:
      return "same";
  }
  return "value";
}

}  // namespace dill::inspect
