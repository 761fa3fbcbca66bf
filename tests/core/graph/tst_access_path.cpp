// The grammar of access paths, edge by edge, and what becomes of long and odd ones.
#include <QTest>

#include "graph/access_path.h"
#include "graph/graph_builder.h"

using namespace dill::graph;

namespace {

// The path to the last of a chain of nodes, each held by the one before as the edges say.
struct Chain {
  GraphBuilder builder;
  NodeId last;
  explicit Chain(std::string_view root = "") { last = builder.add_node(kNoNode, EdgeKind::Root, root, kNoIndex, "x"); }
  Chain& to(EdgeKind kind, std::string_view label = "", std::uint32_t index = kNoIndex) {
    last = builder.add_node(last, kind, label, index, "x");
    return *this;
  }
  AccessPath path(const PathOptions& options = {}) { return access_path(*builder.finish(), last, options); }
};

}  // namespace

Q_DECLARE_METATYPE(dill::graph::EdgeKind)

class AccessPathTest : public QObject {
  Q_OBJECT

 private slots:
  void one_edge_data() {
    QTest::addColumn<EdgeKind>("kind");
    QTest::addColumn<QString>("label");
    QTest::addColumn<unsigned>("index");
    QTest::addColumn<QString>("expression");  // empty: there is none
    QTest::addColumn<bool>("replayed");
    QTest::addColumn<QString>("route");
    const auto row = [](const char* name, EdgeKind kind, const char* label, unsigned index, const char* expression,
                        bool replayed, const char* route) {
      QTest::newRow(name) << kind << label << index << expression << replayed << route;
    };
    const unsigned none = kNoIndex;
    using enum EdgeKind;
    row("attribute", Attribute, "cfg", none, "svc.cfg", false, "attribute cfg");
    row("attribute, keyword", Attribute, "class", none, "getattr(svc, 'class')", false, "attribute class");
    row("attribute, no name", Attribute, "a b", none, "getattr(svc, 'a b')", false, "attribute a b");
    row("attribute, not ASCII", Attribute, "größe", none, "getattr(svc, 'größe')", false, "attribute größe");
    row("slot", Slot, "conn", none, "svc.conn", false, "attribute conn");
    row("item", Item, "", 3, "svc[3]", false, "item 3");
    row("dict value", DictValue, "'db'", 0, "svc['db']", false, "key 'db'");
    row("dict value, no literal", DictValue, "", 4, "", false, "value 4 of the dict");
    row("dict key", DictKey, "", 2, "list(svc)[2]", false, "key 2 of the dict");
    row("set item", SetItem, "", 1, "list(svc)[1]", false, "element 1 of the set");
    row("closure", Closure, "conn", 1, "svc.__closure__[1]", false, "closure variable conn");
    row("cell", CellContents, "", none, "svc.cell_contents", false, "contents of the cell");
    row("default", Default, "", 0, "svc.__defaults__[0]", false, "default 0");
    row("keyword default", KwDefault, "k", none, "svc.__kwdefaults__['k']", false, "keyword default k");
    row("global", Global, "db", none, "svc.__globals__['db']", false, "global variable db");
    row("code", Code, "", none, "svc.__code__", false, "code");
    row("function state", FunctionState, "__annotations__", none, "svc.__annotations__", false,
        "function attribute __annotations__");
    row("class base", ClassBase, "", 0, "svc.__bases__[0]", false, "base class 0");
    row("metaclass", Metaclass, "", none, "type(svc)", false, "metaclass");
    row("type", Type, "", none, "type(svc)", false, "class");
    row("class entry", ClassEntry, "run", none, "vars(svc)['run']", false, "class attribute run");
    row("module entry", ModuleEntry, "x", none, "vars(svc)['x']", false, "module variable x");
    row("state", State, "", none, "svc.__getstate__()", true, "state");
    row("state item", StateItem, "'k'", 0, "svc.__getstate__()['k']", true, "key 'k' of the state");
    row("reduce callable", ReduceCallable, "", none, "svc.__reduce_ex__(4)[0]", true, "function that rebuilds it");
    row("reduce argument", ReduceArgument, "", 2, "svc.__reduce_ex__(4)[1][2]", true,
        "argument 2 of the function that rebuilds it");
    row("reduce list item", ReduceListItem, "", 2, "", false, "list item 2");
    row("reduce dict item", ReduceDictItem, "'k'", 2, "", false, "dict item with key 'k'");
    row("reduce setter", ReduceSetter, "", none, "", false, "state setter");
    row("code constant", CodeConstant, "", 5, "svc.co_consts[5]", false, "constant 5");
    row("later call", PostItem, "", 2, "", false, "argument 2 of a later call");
    row("persistent id", PersistentId, "", none, "", false, "persistent id");
    row("bound self", Bound, "__self__", none, "svc.__self__", false, "object that the method is bound to");
    row("bound function", Bound, "__func__", none, "svc.__func__", false, "function of the method");
    row("saver item", SaverItem, "", none, "", false, "object saved by a saver");
    row("item without index", Item, "", none, "", false, "item");
  }

  void one_edge() {
    QFETCH(EdgeKind, kind);
    QFETCH(QString, label);
    QFETCH(unsigned, index);
    QFETCH(QString, expression);
    QFETCH(bool, replayed);
    QFETCH(QString, route);
    const AccessPath path = Chain("svc").to(kind, label.toStdString(), index).path();
    QCOMPARE(QString::fromStdString(path.expression), expression);
    QCOMPARE(path.replayed, replayed);
    QCOMPARE(QString::fromStdString(path.route), "svc -> " + route);
  }

  void along_the_way() {
    Chain chain("svc");
    chain.to(EdgeKind::Attribute, "cfg").to(EdgeKind::DictValue, "'db'", 0).to(EdgeKind::DictKey, "", 1);
    chain.to(EdgeKind::Type).to(EdgeKind::ClassEntry, "it's").to(EdgeKind::Closure, "c", 0).to(EdgeKind::CellContents);
    const AccessPath path = chain.path();
    QCOMPARE(path.expression, std::string("vars(type(list(svc.cfg['db'])[1]))[\"it's\"].__closure__[0].cell_contents"));
    QVERIFY(!path.replayed);
  }

  void nothing_behind_an_edge_without_expression() {
    const AccessPath path = Chain("svc")
                                .to(EdgeKind::Attribute, "cfg")
                                .to(EdgeKind::DictValue, "'db'", 0)
                                .to(EdgeKind::PostItem, "", 2)
                                .to(EdgeKind::State)
                                .path();
    QCOMPARE(path.expression, std::string());
    QVERIFY(!path.replayed);
    QCOMPARE(path.route, std::string("svc -> attribute cfg -> key 'db' -> argument 2 of a later call -> state"));
  }

  void roots_data() {
    QTest::addColumn<QString>("label");
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("root");
    QTest::addColumn<QString>("attribute");
    QTest::newRow("neither") << ""
                             << ""
                             << "obj"
                             << "obj.a";
    QTest::newRow("label") << "svc"
                           << ""
                           << "svc"
                           << "svc.a";
    QTest::newRow("option wins") << "svc"
                                 << "x"
                                 << "x"
                                 << "x.a";
    QTest::newRow("call") << "make(1, 'a)')[0].b"
                          << ""
                          << "make(1, 'a)')[0].b"
                          << "make(1, 'a)')[0].b.a";
    QTest::newRow("operator") << "a + b"
                              << ""
                              << "a + b"
                              << "(a + b).a";
    QTest::newRow("lambda") << "lambda: f(x)"
                            << ""
                            << "lambda: f(x)"
                            << "(lambda: f(x)).a";
    QTest::newRow("number") << "1"
                            << ""
                            << "1"
                            << "(1).a";
    QTest::newRow("unbalanced") << "f("
                                << ""
                                << "f("
                                << "(f().a";
  }

  void roots() {
    QFETCH(QString, label);
    QFETCH(QString, option);
    QFETCH(QString, root);
    QFETCH(QString, attribute);
    const PathOptions options{.root = option.toStdString(), .protocol = 4};
    QCOMPARE(QString::fromStdString(Chain(label.toStdString()).path(options).expression), root);
    QCOMPARE(QString::fromStdString(Chain(label.toStdString()).to(EdgeKind::Attribute, "a").path(options).expression),
             attribute);
  }

  void variables_start_anew() {
    Chain chain("app.py");
    chain.to(EdgeKind::PostItem, "", 1).to(EdgeKind::Variable, "orders").to(EdgeKind::Item, "", 0);
    const AccessPath path = chain.path();
    QCOMPARE(path.expression, std::string("orders[0]"));
    QCOMPARE(path.route, std::string("orders -> item 0"));
    QCOMPARE(Chain("app.py").to(EdgeKind::Variable, "x").path().expression, std::string("x"));
  }

  void protocol_is_that_of_the_pickle() {
    const PathOptions options{.root = {}, .protocol = 5};
    QCOMPARE(Chain("svc").to(EdgeKind::ReduceCallable).path(options).expression,
             std::string("svc.__reduce_ex__(5)[0]"));
  }

  void long_paths() {
    Chain chain("head");
    for (int i = 0; i < 999; ++i) chain.to(EdgeKind::Attribute, "next");
    const auto graph = chain.builder.finish();
    const AccessPath last = access_path(*graph, 999);
    QCOMPARE(last.expression.size(), 4 + 999 * std::string(".next").size());
    QVERIFY2(last.route.find(" -> … 959 steps … -> ") != std::string::npos, last.route.c_str());
    QVERIFY(access_path(*graph, 40).route.find("…") == std::string::npos);
    QVERIFY2(access_path(*graph, 41).route.find("… 1 step …") != std::string::npos,
             access_path(*graph, 41).route.c_str());

    Chain deep("head");
    for (int i = 0; i < 200'000; ++i) deep.to(EdgeKind::Attribute, "next");
    const AccessPath none = deep.path();
    QVERIFY(none.expression.empty());
    QVERIFY(none.route.size() < 1'000);

    Chain nested("x");
    for (int i = 0; i < 151; ++i) nested.to(EdgeKind::Type);
    QVERIFY(nested.path().expression.empty());
  }

  void along_a_memo_hit() {
    GraphBuilder builder;
    const NodeId root = builder.add_node(kNoNode, EdgeKind::Root, "svc", kNoIndex, "x");
    const NodeId a = builder.add_node(root, EdgeKind::Attribute, "a", kNoIndex, "x");
    const NodeId shared = builder.add_node(a, EdgeKind::Item, "", 7, "x");
    const auto graph = builder.finish();
    const Step by_memo{shared, EdgeKind::Attribute, graph->columns().label[a], kNoIndex};
    QCOMPARE(access_path(*graph, {tree_path(*graph, root).front(), by_memo}).expression, std::string("svc.a"));
    QCOMPARE(access_path(*graph, std::vector<Step>{}).route, std::string());
  }
};

QTEST_APPLESS_MAIN(AccessPathTest)
#include "tst_access_path.moc"
