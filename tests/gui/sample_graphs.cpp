#include "sample_graphs.h"

#include <QtGlobal>

#include "trace/to_graph.h"
#include "trace/trace_file.h"

namespace dill::gui::samples {

using graph::DetailKind;
using graph::EdgeKind;
using graph::kNoIndex;
using graph::kNoNode;
using graph::NodeId;
using graph::Reduction;
using trace::Recording;

namespace {

// Writes records as the recorder would: every node gets `own` bytes, then its children follow.
class Writer {
 public:
  NodeId enter(NodeId parent, EdgeKind edge, std::string_view label, std::uint32_t index, std::string_view type,
               Reduction reduction, std::uint64_t own) {
    trace::Record record;
    record.parent = parent;
    record.edge = edge;
    record.label = recording_.strings.intern(label);
    record.index = index;
    record.type = recording_.strings.intern(type);
    record.reduction = reduction;
    record.begin = position_;
    position_ += own;
    record.end = position_;
    record.memo = reduction == Reduction::Builtin && own < 4 ? graph::kNoMemo : memo_++;
    recording_.records.push_back(record);
    const auto node = static_cast<NodeId>(recording_.records.size() - 1);
    for (NodeId above = parent; above != kNoNode; above = recording_.records[above].parent) {
      recording_.records[above].end = position_;
    }
    return node;
  }

  NodeId attribute(NodeId parent, std::string_view name, std::string_view type, Reduction reduction,
                   std::uint64_t own = 20) {
    return enter(parent, EdgeKind::Attribute, name, kNoIndex, type, reduction, own);
  }
  NodeId value(NodeId parent, std::string_view key, std::string_view type, Reduction reduction,
               std::uint64_t own = 12) {
    return enter(parent, EdgeKind::DictValue, key, 0, type, reduction, own);
  }
  NodeId item(NodeId parent, std::uint32_t index, std::string_view type, Reduction reduction, std::uint64_t own = 10) {
    return enter(parent, EdgeKind::Item, "", index, type, reduction, own);
  }

  trace::Record& at(NodeId node) { return recording_.records[node]; }
  void detail(NodeId node, DetailKind kind, std::uint64_t value) {
    at(node).detail_kind = kind;
    at(node).detail = value;
  }
  void text(NodeId node, std::string_view text) { detail(node, DetailKind::Text, recording_.strings.intern(text)); }
  void reducer(NodeId node, std::string_view name) { at(node).reducer = recording_.strings.intern(name); }
  void reference(NodeId from, NodeId to, EdgeKind kind, std::string_view label, std::uint32_t index = kNoIndex) {
    recording_.references.push_back({from, to, recording_.strings.intern(label), index, kind});
  }

  void problem(NodeId node, std::string_view exception, std::string_view message, std::string_view expression,
               std::string_view route, std::string_view advice, std::vector<graph::Cause> causes = {}) {
    auto& strings = recording_.strings;
    recording_.problems.push_back({node, strings.intern(exception), strings.intern(message), strings.intern(expression),
                                   strings.intern(route), strings.intern(advice), false, std::move(causes)});
    at(node).outcome = graph::Outcome::Culprit;
  }
  graph::Cause cause(std::string_view type, std::string_view message) {
    return {recording_.strings.intern(type), recording_.strings.intern(message)};
  }

  Recording finish(std::string_view source) {
    recording_.meta.dill_version = "0.4.1";
    recording_.meta.python_version = "3.11.2";
    recording_.meta.source = source;
    recording_.meta.protocol = 4;
    recording_.meta.bytes_total = position_;
    recording_.meta.objects_total = recording_.records.size();
    for (const trace::Record& record : recording_.records) recording_.meta.objects_total += record.count - 1;
    recording_.meta.elapsed_ns = 12'345'678;
    recording_.meta.diagnosis = true;
    return std::move(recording_);
  }

 private:
  Recording recording_;
  std::uint64_t position_ = 2;
  std::uint32_t memo_ = 0;
};

Recording makeOrders(bool culprits) {
  Writer w;
  const NodeId shop =
      w.enter(kNoNode, EdgeKind::Root, "shop", kNoIndex, "__main__.OrderService", Reduction::Instance, 48);
  w.reducer(shop, "object.__reduce_ex__");
  const NodeId type = w.enter(shop, EdgeKind::Type, "", kNoIndex, "type", Reduction::Global, 30);
  w.text(type, "class OrderService of __main__");
  const NodeId name = w.attribute(shop, "name", "str", Reduction::Builtin, 14);
  w.text(name, "'corner shop'");
  const NodeId config = w.attribute(shop, "config", "dict", Reduction::Builtin);
  w.detail(config, DetailKind::Length, 3);
  const NodeId debug = w.value(config, "'debug'", "bool", Reduction::Builtin, 1);
  w.detail(debug, DetailKind::Bool, 1);
  const NodeId storage = w.value(config, "'storage'", "dict", Reduction::Builtin);
  w.detail(storage, DetailKind::Length, 2);
  const NodeId url = w.value(storage, "'url'", "str", Reduction::Builtin, 40);
  w.text(url, "'sqlite:///var/lib/shop/orders.db'");
  if (culprits) {
    const NodeId connection = w.value(storage, "'connection'", "sqlite3.Connection", Reduction::ReduceEx, 0);
    w.problem(
        connection, "TypeError", "cannot pickle 'sqlite3.Connection' object", "shop.config['storage']['connection']",
        "shop -> attribute config -> key 'storage' -> key 'connection'",
        "def __getstate__(self):\n    state = self.__dict__.copy()\n    state['config']['storage'].pop('connection')\n"
        "    return state",
        {w.cause("TypeError", "cannot pickle 'sqlite3.Connection' object")});
  }
  const NodeId currency = w.value(config, "'currency'", "decimal.Decimal", Reduction::ReduceEx);
  w.text(currency, "Decimal('1.00')");
  const NodeId orders = w.attribute(shop, "orders", "list", Reduction::Builtin);
  w.detail(orders, DetailKind::Length, 40);
  NodeId firstCustomer = kNoNode;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const NodeId order = w.item(orders, i, "__main__.Order", Reduction::Instance, 22);
    const NodeId number = w.attribute(order, "number", "int", Reduction::Builtin, 3);
    w.detail(number, DetailKind::Int, 1000 + i);
    if (i == 0) {
      firstCustomer = w.attribute(order, "customer", "__main__.Customer", Reduction::Instance, 30);
      const NodeId email = w.attribute(firstCustomer, "email", "str", Reduction::Builtin, 22);
      w.text(email, "'ada@example.org'");
    } else {
      w.reference(order, firstCustomer, EdgeKind::Attribute, "customer");
    }
    w.reference(order, shop, EdgeKind::Attribute, "service");
    if (culprits && i == 37) {
      const NodeId steps = w.attribute(order, "steps", "list", Reduction::Builtin);
      w.detail(steps, DetailKind::Length, 1);
      const NodeId generator = w.item(steps, 0, "generator", Reduction::Dill, 0);
      w.text(generator, "generator pending at orders.py:58");
      w.problem(generator, "TypeError", "cannot pickle 'generator' object", "shop.orders[37].steps[0]",
                "shop -> attribute orders -> item 37 -> attribute steps -> item 0",
                "Keep a list instead: list(shop.orders[37].steps[0])");
    }
  }
  const NodeId counts = w.attribute(shop, "samples", "list", Reduction::Builtin, 4);
  w.detail(counts, DetailKind::Length, 1'000'000);
  for (std::uint32_t i = 0; i < 17; ++i) {
    const NodeId number = w.item(counts, i, "int", Reduction::Builtin, i < 16 ? 3 : 2'700'000);
    w.detail(number, DetailKind::Int, i * 7);
    if (i == 16) w.at(number).count = 999'984;
  }
  const NodeId handler = w.attribute(shop, "on_paid", "function", Reduction::Dill, 120);
  w.reducer(handler, "dill._dill.save_function");
  w.text(handler, "function make_handler.<locals>.on_paid at orders.py:71");
  const NodeId code = w.enter(handler, EdgeKind::Code, "", kNoIndex, "code", Reduction::Dill, 300);
  w.text(code, "code on_paid at orders.py:71");
  const NodeId cell = w.enter(handler, EdgeKind::Closure, "context", 0, "cell", Reduction::Dill, 12);
  if (culprits) {
    const NodeId local = w.enter(cell, EdgeKind::CellContents, "", kNoIndex, "_thread._local", Reduction::ReduceEx, 0);
    w.problem(local, "TypeError", "cannot pickle '_thread._local' object", "shop.on_paid.__closure__[0].cell_contents",
              "shop -> attribute on_paid -> closure variable context -> cell contents",
              "Create the threading.local inside the function, or at module level.");
  }
  const NodeId global = w.enter(handler, EdgeKind::Global, "logging", kNoIndex, "module", Reduction::Global, 18);
  w.text(global, "module logging");
  const NodeId gateway = w.attribute(shop, "gateway", "__main__.Gateway", Reduction::Instance, 40);
  const NodeId host = w.enter(gateway, EdgeKind::Slot, "host", kNoIndex, "str", Reduction::Builtin, 20);
  w.text(host, "'pay.example.org'");
  if (culprits) {
    const NodeId socket = w.enter(gateway, EdgeKind::Slot, "socket", kNoIndex, "socket.socket", Reduction::ReduceEx, 0);
    w.problem(socket, "TypeError", "cannot pickle 'socket' object", "shop.gateway.socket",
              "shop -> attribute gateway -> slot socket",
              "Leave the socket out in Gateway.__getstate__ and connect again in __setstate__.");
  }
  w.reference(gateway, config, EdgeKind::Slot, "config");
  return w.finish("orders.py: shop");
}

}  // namespace

Recording orders() { return makeOrders(true); }
Recording fine() { return makeOrders(false); }

Recording large(std::uint32_t nodes, bool culprits) {
  Writer w;
  w.enter(kNoNode, EdgeKind::Root, "data", kNoIndex, "list", Reduction::Builtin, 4);
  for (std::uint32_t i = 1; i < nodes; ++i) {
    const NodeId parent = (i - 1) / 25;
    const NodeId node = w.item(parent, (i - 1) % 25, i * 25 < nodes ? "list" : "str", Reduction::Builtin, 5);
    if (culprits && i % 9'973 == 0) w.problem(node, "TypeError", "cannot pickle this", "", "a list in lists", "");
  }
  return w.finish("large");
}

Recording longList(std::uint32_t length, std::uint32_t culprit) {
  Writer w;
  const NodeId root = w.enter(kNoNode, EdgeKind::Root, "rows", kNoIndex, "list", Reduction::Builtin, 4);
  w.detail(root, DetailKind::Length, length);
  for (std::uint32_t i = 0; i < length; ++i) {
    const NodeId row = w.item(root, i, "dict", Reduction::Builtin, 8);
    if (i == culprit) {
      const NodeId lock = w.value(row, "'file'", "_io.TextIOWrapper", Reduction::ReduceEx, 0);
      w.problem(lock, "TypeError", "cannot pickle '_io.TextIOWrapper' object", "rows[500]['file']", "", "");
    }
  }
  return w.finish("rows");
}

SnapshotPtr snapshotOf(Recording recording, const QString& title) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->meta = recording.meta;
  snapshot->graph = trace::to_graph(std::move(recording));
  snapshot->analysis = std::make_shared<graph::Analysis>(snapshot->graph);
  snapshot->title = title;
  return snapshot;
}

QString saveTrace(const Recording& recording, const QString& path) {
  const auto saved = trace::save(recording, path.toStdString());
  if (!saved) qFatal("%s", saved.error().message.c_str());
  return path;
}

graph::NodeId culprit(const SnapshotPtr& snapshot, std::size_t n) { return snapshot->graph->problems()[n].node; }

}  // namespace dill::gui::samples
