// The static reader: which graph it sees in pickles of all protocols, in dill's and in hand-made ones.
#include <QTest>

#include "inspect/static_graph.h"
#include "pickle_samples.h"

using namespace dill;
using graph::EdgeKind;
using graph::kNoNode;
using graph::NodeId;

namespace {

inspect::StaticPickle read(const std::vector<unsigned char>& data) {
  auto result = inspect::read_pickle(data);
  if (!result) qFatal("not a pickle: %s", result.error().message.c_str());
  return std::move(*result);
}

QString q(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<int>(text.size())); }

// One line a node, indented: "edge: type description", and "~ edge: id" for references; ids are line numbers.
QString tree(const graph::ObjectGraph& g) {
  QString text;
  std::vector<int> depth(g.size());
  for (NodeId node = 0; node < g.size(); ++node) {
    depth[node] = g.parent(node) == kNoNode ? 0 : depth[g.parent(node)] + 1;
    const QString indent(2 * depth[node], ' ');
    const QString described = q(g.description(node));
    text +=
        indent + q(g.edge_text(node)) + ": " + q(g.type(node)) + (described.isEmpty() ? "" : " ") + described + "\n";
    for (const std::uint32_t i : g.references_from(node)) {
      const graph::Reference& r = g.columns().references[i];
      text += indent + "  ~ " + q(g.edge_text(r.kind, r.label, r.index)) + ": " + QString::number(r.to) + "\n";
    }
  }
  return text;
}

template <std::size_t N>
QString tree_of(const char (&literal)[N]) {
  const auto result = read(samples::bytes(literal));
  return tree(*result.graph) + (result.fault ? "fault at " + QString::number(result.fault->offset) + "\n" : QString());
}

// The child that is held like `edge_text`, or kNoNode.
NodeId child(const graph::ObjectGraph& g, NodeId node, const char* edge_text) {
  for (const NodeId c : g.children(node)) {
    if (g.edge_text(c) == edge_text) return c;
  }
  return kNoNode;
}

NodeId walk(const graph::ObjectGraph& g, std::initializer_list<const char*> edges) {
  NodeId node = 0;
  for (const char* edge : edges) {
    node = child(g, node, edge);
    if (node == kNoNode) {
      qWarning("no edge %s", edge);
      return kNoNode;
    }
  }
  return node;
}

// Target of the reference that is held like `edge_text`, or kNoNode.
NodeId reference(const graph::ObjectGraph& g, NodeId node, const char* edge_text) {
  for (const std::uint32_t i : g.references_from(node)) {
    const graph::Reference& r = g.columns().references[i];
    if (g.edge_text(r.kind, r.label, r.index) == edge_text) return r.to;
  }
  return kNoNode;
}

}  // namespace

class TestStaticGraph : public QObject {
  Q_OBJECT

 private slots:
  void every_protocol_data() {
    QTest::addColumn<int>("protocol");
    for (int protocol = 0; protocol <= 5; ++protocol) QTest::newRow(qPrintable(QString::number(protocol))) << protocol;
  }
  void every_protocol() {
    QFETCH(int, protocol);
    const auto result = read(samples::pickle(QString("stdlib_%1").arg(protocol)));
    const graph::ObjectGraph& g = *result.graph;
    QVERIFY(!result.fault);
    QCOMPARE(result.pickles, 1u);
    QCOMPARE(result.end, result.size);
    QCOMPARE(result.protocol, protocol);
    QCOMPARE(q(g.type(0)), QString("dict"));
    QCOMPARE(q(g.description(0)), QString("22 items"));
    QCOMPARE(q(g.description(walk(g, {"['none']"}))), QString("None"));
    QCOMPARE(q(g.description(walk(g, {"['flags']", "[0]"}))), QString("True"));
    QCOMPARE(q(g.type(walk(g, {"['flags']", "[1]"}))), QString("bool"));
    QCOMPARE(q(g.description(walk(g, {"['ints']", "[7]"}))), QString("-2147483648"));
    QCOMPARE(q(g.description(walk(g, {"['ints']", "[11]"}))), QString("9223372036854775808"));
    QCOMPARE(q(g.description(walk(g, {"['ints']", "[12]"}))), QString("-1267650600228229401496703205376"));
    QCOMPARE(q(g.description(walk(g, {"['floats']", "[2]"}))), QString("1.5"));
    QCOMPARE(q(g.description(walk(g, {"['texts']", "[1]"}))), QString("'ascii'"));
    QCOMPARE(q(g.description(walk(g, {"['texts']", "[2]"}))), QString("'back\\\\slash \\\\u0041 \\n line'"));
    QCOMPARE(q(g.description(walk(g, {"['texts']", "[3]"}))), QString("'äöü €'"));
    QVERIFY(q(g.description(walk(g, {"['texts']", "[6]"}))).endsWith("…' (300 characters)"));
    const NodeId raw = walk(g, {"['bytes']", "[1]"});
    QCOMPARE(q(g.type(raw)), QString("bytes"));
    QCOMPARE(q(g.description(raw)), QString("b'\\x00\\xff\\'\"'"));
    QCOMPARE(q(g.type(walk(g, {"['bytearray']"}))), QString("bytearray"));
    QCOMPARE(q(g.type(walk(g, {"['frozen']"}))), QString("frozenset"));
    QCOMPARE(q(g.type(walk(g, {"['set']"}))), QString("set"));
    QCOMPARE(q(g.type(walk(g, {"['tuples']", "[4]", "[3]"}))), QString("int"));
    QCOMPARE(q(g.type(walk(g, {"['range']"}))), QString("range"));
    QCOMPARE(q(g.type(walk(g, {"['ordered']"}))), QString("collections.OrderedDict"));
    QCOMPARE(q(g.type(walk(g, {"['default']"}))), QString("collections.defaultdict"));
    QCOMPARE(q(g.type(walk(g, {"['date']"}))), QString("datetime.datetime"));
    QCOMPARE(q(g.type(walk(g, {"['decimal']"}))), QString("decimal.Decimal"));
    const NodeId counter = walk(g, {"['class']"});
    QCOMPARE(q(g.type(counter)), QString("collections.Counter"));
    QVERIFY(g.columns().reduction[counter] == graph::Reduction::Global);
    // Sharing and cycles.
    const NodeId cycle = walk(g, {"['cycle']"});
    QCOMPARE(reference(g, cycle, "['self']"), cycle);
    QCOMPARE(reference(g, 0, "['shared']"), child(g, cycle, "['shared']"));
    // A tuple that holds the list that holds it.
    const NodeId recursive = walk(g, {"['recursive']"});
    QCOMPARE(q(g.type(recursive)), QString("tuple"));
    QCOMPARE(reference(g, child(g, recursive, "[0]"), "[0]"), recursive);
    // Folding: 16 ints of a run, and one node for all others.
    const NodeId many = walk(g, {"['many']"});
    QCOMPARE(g.children(many).size(), std::size_t{17});
    QCOMPARE(g.columns().count[g.children(many)[16]], protocol == 4 ? 1084u : 24u);
    QCOMPARE(g.columns().index[g.children(many)[16]], 16u);
    // A key that is no scalar is an object of its own.
    QCOMPARE(q(g.type(child(g, 0, "key 21"))), QString("tuple"));
  }

  // Parents come first and hold their children's bytes, except what is added to them later.
  void bytes_nest() {
    for (const QString& name : samples::names()) {
      const auto result = read(samples::pickle(name));
      const graph::ObjectGraph& g = *result.graph;
      std::uint64_t own = 0;
      for (NodeId node = 0; node < g.size(); ++node) {
        QVERIFY(g.parent(node) == kNoNode || g.parent(node) < node);
        QVERIFY(g.columns().begin[node] <= g.columns().end[node]);
        QVERIFY(g.columns().end[node] <= result.size);
        own += g.own_bytes(node);
      }
      // The stdlib samples hold a tuple that hangs away from where it was written; its bytes count twice.
      QVERIFY2(name.startsWith("stdlib") || own <= result.size, qPrintable(name));
    }
  }

  void dill_function() {
    const auto result = read(samples::pickle("dill_service"));
    const graph::ObjectGraph& g = *result.graph;
    QVERIFY(!result.fault);
    const NodeId service = walk(g, {"['service']"});
    QCOMPARE(q(g.type(service)), QString("__main__.Service"));
    QCOMPARE(reference(g, service, ".me"), service);
    QCOMPARE(q(g.description(walk(g, {"['service']", ".config", "['db']", "[2]"}))), QString("3"));
    QCOMPARE(q(g.type(walk(g, {"['service']", ".point"}))), QString("__main__.Point"));
    QCOMPARE(q(g.edge_text(walk(g, {"['service']", ".point", ".x"}))), QString(".x"));
    QVERIFY(g.columns().edge[walk(g, {"['service']", ".point", ".x"})] == EdgeKind::Slot);

    const NodeId cls = walk(g, {"['service']", "class"});
    QCOMPARE(q(g.type(cls)), QString("type"));
    QCOMPARE(q(g.description(cls)), QString("Service"));
    QCOMPARE(q(g.description(child(g, cls, "class attribute: limit"))), QString("3"));
    QCOMPARE(q(g.description(child(g, cls, "base class 0"))), QString("object"));
    const NodeId run = child(g, cls, "class attribute: run");
    QCOMPARE(q(g.type(run)), QString("function"));
    QCOMPARE(q(g.description(child(g, run, "default 0"))), QString("5"));
    QCOMPARE(q(g.type(child(g, run, "code"))), QString("code"));
    QCOMPARE(q(g.description(child(g, child(g, run, "code"), ".co_name"))), QString("'run'"));
    // The cell of super() gets the class by a call made after the class exists.
    const NodeId cell = child(g, run, "closure: __class__");
    QCOMPARE(q(g.type(cell)), QString("cell"));
    QCOMPARE(reference(g, cell, "cell contents"), cls);

    const NodeId inner = walk(g, {"['function']"});
    QVERIFY(q(g.description(inner)).startsWith("inner at <string>:"));
    const NodeId connection = reference(g, child(g, inner, "closure: connection"), "cell contents");
    QCOMPARE(q(g.type(connection)), QString("list"));

    const NodeId method = walk(g, {"['method']"});
    QCOMPARE(q(g.type(method)), QString("method"));
    QCOMPARE(reference(g, method, ".__self__"), service);
    QCOMPARE(reference(g, method, ".__func__"), run);
    QCOMPARE(q(g.type(walk(g, {"['module']"}))), QString("module"));
    QCOMPARE(q(g.description(walk(g, {"['module']"}))), QString("sys"));
  }

  // The globals of a function are put into their dict after the function exists.
  void dill_globals() {
    const auto result = read(samples::pickle("dill_globals"));
    const graph::ObjectGraph& g = *result.graph;
    QCOMPARE(q(g.type(0)), QString("function"));
    const NodeId second = walk(g, {"global: second"});
    QCOMPARE(q(g.type(second)), QString("function"));
    QCOMPARE(reference(g, 0, "global: first"), NodeId{0});
    QCOMPARE(reference(g, child(g, 0, "function: __globals__"), "['second']"), second);
  }

  void hand_made() {
    QCOMPARE(
        tree_of("(S'a'\nI5\ni__main__\nPoint\n."),
        QString(
            ": __main__.Point\n  class: __main__.Point\n  reduce argument 0: str 'a'\n  reduce argument 1: int 5\n"));
    QCOMPARE(tree_of("(c__main__\nPoint\nK\x01o."),
             QString(": __main__.Point\n  class: __main__.Point\n  reduce argument 0: int 1\n"));
    QCOMPARE(tree_of("Pan id\n."), QString(": persistent object an id\n"));
    QCOMPARE(tree_of("K\x07Q."), QString(": persistent object 7\n  persistent id: int 7\n"));
    QCOMPARE(tree_of("\x82\x05."), QString(": extension code 5\n"));
    QCOMPARE(tree_of("\x80\x05\x97\x98."), QString(": buffer out of band, read-only\n"));
    QCOMPARE(tree_of("]2a."), QString(": list 1 item\n  ~ [0]: 0\n"));
    QCOMPARE(tree_of("]((K\x01K\x02"
                     "1K\x03"
                     "e."),
             QString(": list 1 item\n  [0]: int 3\n"));
    QCOMPARE(tree_of("cos\nsystem\n(S'true'\ntR."),
             QString(": result of os.system\n  rebuilt by: os.system\n  reduce argument 0: str 'true'\n"));
    QCOMPARE(tree_of("c__main__\nA\n)\x81}S'n'\nK\x01sb."),
             QString(": __main__.A\n  class: __main__.A\n  .n: int 1\n"));
    QCOMPARE(tree_of("c__main__\nA\n)\x81K\x05"
                     "b."),
             QString(": __main__.A\n  class: __main__.A\n  state: int 5\n"));
    QCOMPARE(tree_of("ccopy_reg\n_reconstructor\n(c__main__\nA\nc__builtin__\nobject\nNtR."),
             QString(": __main__.A\n  rebuilt by: copy_reg._reconstructor\n  reduce argument 0: __main__.A\n"
                     "  reduce argument 1: __builtin__.object\n  reduce argument 2: NoneType None\n"));
  }

  // A call whose result is thrown away is made all the same, and must be seen.
  void discarded_calls() {
    const auto result = read(samples::bytes("cos\nsystem\n(S'true'\ntR0N."));
    QCOMPARE(tree(*result.graph),
             QString(": NoneType None\n"
                     "discarded: result of os.system\n  rebuilt by: os.system\n  reduce argument 0: str 'true'\n"));
  }

  void several_pickles() {
    const auto two = read(samples::bytes("]q\x00.K\x05."));
    QCOMPARE(two.pickles, 2u);
    QCOMPARE(two.end, 7u);
    QCOMPARE(tree(*two.graph), QString(": list 0 items\npickle 2: int 5\n"));
    const auto trailing = read(samples::bytes("N.rubbish"));
    QCOMPARE(trailing.pickles, 1u);
    QCOMPARE(trailing.end, 2u);
    QCOMPARE(trailing.size, 9u);
    QVERIFY(!trailing.fault);
    QCOMPARE(tree(*trailing.graph), QString(": NoneType None\n"));
    const auto damaged = read(samples::bytes("N.\x80\x04]K"));
    QCOMPARE(damaged.pickles, 1u);
    QVERIFY(damaged.fault && damaged.fault->offset == 5);
    QCOMPARE(tree(*damaged.graph), QString(": NoneType None\nunfinished: list 0 items\n"));
  }

  void faults_data() {
    QTest::addColumn<QByteArray>("data");
    QTest::addColumn<QString>("opcode");
    QTest::addColumn<int>("offset");
    QTest::newRow("no mark") << QByteArray("Nt.") << "TUPLE" << 1;
    QTest::newRow("underflow") << QByteArray("NR.") << "REDUCE" << 1;
    QTest::newRow("append under a mark") << QByteArray(
                                                "](K\x01"
                                                "a.")
                                         << "APPEND" << 4;
    QTest::newRow("append to int") << QByteArray(
                                          "NK\x01"
                                          "a.")
                                   << "APPEND" << 3;
    QTest::newRow("setitem on tuple") << QByteArray(")K\x01K\x02s.") << "SETITEM" << 5;
    QTest::newRow("key without value") << QByteArray("}(K\x01u.") << "SETITEMS" << 4;
    QTest::newRow("memo") << QByteArray("Nh\x05.") << "BINGET" << 1;
    QTest::newRow("name of a global") << QByteArray("NN\x93.") << "STACK_GLOBAL" << 2;
    QTest::newRow("call of int") << QByteArray("K\x05)R.") << "REDUCE" << 3;
    QTest::newRow("arguments") << QByteArray("ca\nb\nNR.") << "REDUCE" << 6;
    QTest::newRow("protocol") << QByteArray("N\x80\x09.") << "PROTO" << 1;
    QTest::newRow("extension") << QByteArray("N\x82\0.", 4) << "EXT1" << 1;
    QTest::newRow("state of int") << QByteArray("K\x01}b.") << "BUILD" << 3;
    QTest::newRow("unknown") << QByteArray("N\xff") << "" << 1;
    QTest::newRow("end") << QByteArray("N") << "" << 1;
    QTest::newRow("cut frame") << QByteArray("\x80\x04\x95\x09\0\0\0\0\0\0\0N.", 13) << "FRAME" << 2;
  }
  void faults() {
    QFETCH(QByteArray, data);
    QFETCH(QString, opcode);
    QFETCH(int, offset);
    const auto result = read({data.begin(), data.end()});
    QVERIFY(result.fault.has_value());
    QCOMPARE(q(result.fault->opcode), opcode);
    QCOMPARE(result.fault->offset, static_cast<std::uint64_t>(offset));
    QVERIFY(!result.fault->message.empty());
    QVERIFY(result.graph->size() > 0);
  }

  void not_a_pickle() {
    const auto empty = inspect::read_pickle({});
    QVERIFY(!empty && empty.error().offset == 0);
    const auto text = inspect::read_pickle(samples::bytes("\xff\xfe text"));
    QVERIFY(!text && !text.error().message.empty());
  }

  // What had been read of unfinished objects stands where it would have come.
  void unfinished() {
    QCOMPARE(tree_of("]q\x00(K\x01K\x02"),
             QString("unfinished: list 2 items\n  [0]: int 1\n  [1]: int 2\nfault at 8\n"));
    QCOMPARE(tree_of("}S'a'\n]S'b'\n"),
             QString("unfinished: dict 1 item\n  ['a']: list 1 item\n    [0]: str 'b'\nfault at 12\n"));
    QCOMPARE(
        tree_of("c__main__\nA\n)\x81}(S'n'\nK\x01"),
        QString("unfinished: __main__.A\n  class: __main__.A\n  state: dict 1 item\n    ['n']: int 1\nfault at 23\n"));
    QCOMPARE(tree_of("](]((K\x01"), QString("unfinished: list 1 item\n  [0]: list 1 item\n    [0]: unfinished\n"
                                            "      reduce argument 0: int 1\nfault at 7\n"));
  }
};

QTEST_APPLESS_MAIN(TestStaticGraph)
#include "tst_static_graph.moc"
