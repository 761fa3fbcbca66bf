// ObjectGraph and the builder: children, memo hits, problems, bytes, texts.
#include <QTest>
#include <limits>
#include <stdexcept>

#include "graph/folding.h"
#include "graph/graph_builder.h"

using namespace dill::graph;

namespace {

std::vector<NodeId> list(std::span<const NodeId> nodes) { return {nodes.begin(), nodes.end()}; }

}  // namespace

class ObjectGraphTest : public QObject {
  Q_OBJECT

 private slots:
  void children_and_references() {
    GraphBuilder builder;
    const NodeId root = builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "dict");
    const NodeId a = builder.add_node(root, EdgeKind::DictValue, "'a'", 0, "list");
    const NodeId leaf = builder.add_node(a, EdgeKind::Item, "", 0, "int");
    const NodeId b = builder.add_node(root, EdgeKind::DictValue, "'b'", 1, "list");
    const NodeId other = builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "tuple");
    builder.add_reference(b, a, EdgeKind::Item, "", 0);
    builder.add_reference(b, b, EdgeKind::Item, "", 1);
    builder.add_reference(root, leaf, EdgeKind::DictKey, "", 2);
    const auto graph = builder.finish();

    QCOMPARE(graph->size(), 5u);
    QCOMPARE(list(graph->children(root)), (std::vector<NodeId>{a, b}));
    QCOMPARE(list(graph->children(a)), std::vector<NodeId>{leaf});
    QVERIFY(graph->children(other).empty());
    QCOMPARE(list(graph->references_from(b)), (std::vector<std::uint32_t>{0, 1}));
    QCOMPARE(list(graph->references_to(b)), std::vector<std::uint32_t>{1});
    QCOMPARE(list(graph->references_to(a)), std::vector<std::uint32_t>{0});
    QCOMPARE(list(graph->references_from(root)), std::vector<std::uint32_t>{2});
    QVERIFY(graph->references_to(root).empty());
    QCOMPARE(graph->parent(leaf), a);
    QCOMPARE(graph->parent(other), kNoNode);
  }

  void empty_graph() {
    const auto graph = GraphBuilder().finish();
    QCOMPARE(graph->size(), 0u);
    QVERIFY(graph->problems().empty());
    QCOMPARE(graph->string(0), std::string_view());
  }

  void locations() {
    GraphBuilder builder;
    const NodeId root = builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "list");
    const NodeId first = builder.add_node(root, EdgeKind::Item, "", 0, "function");
    const NodeId second = builder.add_node(root, EdgeKind::Item, "", 1, "type");
    builder.set_location(second, "/b.py", 9, 0, true);
    builder.set_location(first, "/old.py", 1);
    builder.set_location(first, "/a.py", 3, 5);
    QVERIFY_EXCEPTION_THROWN(builder.set_location(3, "/c.py", 1), std::out_of_range);
    const auto graph = builder.finish();
    QVERIFY(graph->location_of(root) == nullptr);
    QCOMPARE(graph->string(graph->location_of(first)->file), std::string_view("/a.py"));
    QCOMPARE(graph->location_of(first)->line, 3u);
    QCOMPARE(graph->location_of(first)->last_line, 5u);
    QCOMPARE(graph->location_of(second)->line, 9u);
    QCOMPARE(int{graph->location_of(second)->in_class}, 1);
    QVERIFY(GraphBuilder().finish()->columns().locations.empty());
  }

  void problems_count_upwards() {
    GraphBuilder builder;
    const NodeId root = builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "A");
    const NodeId left = builder.add_node(root, EdgeKind::Attribute, "left", kNoIndex, "B");
    const NodeId deep = builder.add_node(left, EdgeKind::Attribute, "deep", kNoIndex, "C");
    const NodeId right = builder.add_node(root, EdgeKind::Attribute, "right", kNoIndex, "D");
    builder.add_problem(right, {.exception = "TypeError", .message = "second"});
    builder.add_problem(deep, {.exception = "ValueError", .message = "first", .causes = {{"KeyError", "'x'"}}});
    const auto graph = builder.finish();

    QCOMPARE(graph->problems_below(root), 2u);
    QCOMPARE(graph->problems_below(left), 1u);
    QCOMPARE(graph->problems_below(deep), 1u);
    QCOMPARE(graph->problems_below(right), 1u);
    QVERIFY(graph->problem_of(left) == nullptr);
    QCOMPARE(graph->string(graph->problem_of(deep)->message), std::string_view("first"));
    QCOMPARE(graph->string(graph->problem_of(deep)->causes.at(0).type), std::string_view("KeyError"));
    QCOMPARE(graph->string(graph->problem_of(right)->exception), std::string_view("TypeError"));
    QCOMPARE(graph->columns().outcome[deep], Outcome::Culprit);
    QCOMPARE(graph->problems()[0].node, deep);  // by node, however they were added
  }

  void own_bytes() {
    GraphBuilder builder;
    const auto add = [&](NodeId parent, std::uint64_t begin, std::uint64_t end) {
      const NodeId node = builder.add_node(parent, EdgeKind::Item, "", 0, "x");
      builder.set_begin(node, begin);
      builder.set_end(node, end);
      return node;
    };
    const NodeId root = add(kNoNode, 10, 100);
    add(root, 20, 50);
    add(root, 60, 70);
    const NodeId late = add(root, 110, 120);  // written by a later call, outside the parent's bytes
    const NodeId wide = add(late, 90, 130);   // around its parent
    const NodeId backwards = add(root, 30, 20);
    const auto graph = builder.finish();
    QCOMPARE(graph->subtree_bytes(root), std::uint64_t{90});
    // Every byte belongs to the innermost range that holds it, whoever holds the object.
    QCOMPARE(graph->own_bytes(root), std::uint64_t{40});
    QCOMPARE(graph->own_bytes(late), std::uint64_t{10});
    QCOMPARE(graph->own_bytes(wide), std::uint64_t{30});
    QCOMPARE(graph->subtree_bytes(backwards), std::uint64_t{0});
  }

  void descriptions() {
    GraphBuilder builder;
    const auto add = [&](const char* type) { return builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, type); };
    std::vector<std::pair<NodeId, std::string>> expected;
    const auto expect = [&](NodeId node, std::string text) { expected.emplace_back(node, std::move(text)); };

    NodeId node = add("NoneType");
    expect(node, "None");
    builder.set_int(node = add("int"), std::numeric_limits<std::int64_t>::min());
    expect(node, "-9223372036854775808");
    builder.set_bool(node = add("bool"), true);
    expect(node, "True");
    for (const auto& [value, text] :
         std::vector<std::pair<double, std::string>>{{1, "1.0"},
                                                     {-0.0, "-0.0"},
                                                     {0.1, "0.1"},
                                                     {1e15, "1000000000000000.0"},
                                                     {1e16, "1e+16"},
                                                     {1.5e300, "1.5e+300"},
                                                     {1e-4, "0.0001"},
                                                     {1e-5, "1e-05"},
                                                     {5e-324, "5e-324"},
                                                     {-std::numeric_limits<double>::infinity(), "-inf"},
                                                     {std::numeric_limits<double>::quiet_NaN(), "nan"}}) {
      builder.set_float(node = add("float"), value);
      expect(node, text);
    }
    builder.set_str(node = add("str"), "it's", 4);
    expect(node, "\"it's\"");
    builder.set_str(node = add("str"), std::string(60, 'a'), 1'200);
    expect(node, "'" + std::string(48, 'a') + "…' (1,200 characters)");
    builder.set_str(node = add("str"), std::string(47, 'a') + "ë", 48);  // the last character does not fit
    expect(node, "'" + std::string(47, 'a') + "…' (48 characters)");
    builder.set_bytes(node = add("bytes"), std::string("\x00\xff", 2), 3);
    expect(node, "b'\\x00\\xff…' (3 bytes)");
    builder.set_length(node = add("dict"), 1);
    expect(node, "1 item");
    builder.set_text(node = add("function"), "function build at app.py:12");
    expect(node, "function build at app.py:12");
    builder.set_int(node = add("int"), 7);
    builder.set_count(node, 984);
    expect(node, "7 … (984 objects)");
    expect(add("app.Thing"), "");

    const auto graph = builder.finish();
    for (const auto& [id, text] : expected) QCOMPARE(graph->description(id), text);
  }

  void edge_texts() {
    GraphBuilder builder;
    const StringId name = builder.intern("name");
    const StringId key = builder.intern("'db'");
    builder.add_node(kNoNode, EdgeKind::Root, "svc", kNoIndex, "A");
    const auto graph = builder.finish();
    QCOMPARE(graph->edge_text(0), std::string("svc"));
    QCOMPARE(graph->edge_text(EdgeKind::Attribute, name, kNoIndex), std::string(".name"));
    QCOMPARE(graph->edge_text(EdgeKind::Item, 0, 3), std::string("[3]"));
    QCOMPARE(graph->edge_text(EdgeKind::DictValue, key, 0), std::string("['db']"));
    QCOMPARE(graph->edge_text(EdgeKind::DictValue, 0, 4), std::string("value 4"));
    QCOMPARE(graph->edge_text(EdgeKind::Closure, name, 0), std::string("closure: name"));
    // Every kind but the root has a text, whatever it comes with.
    for (int kind = 1; kind < static_cast<int>(EdgeKind::kCount); ++kind) {
      QVERIFY2(!graph->edge_text(static_cast<EdgeKind>(kind), name, 0).empty(), std::to_string(kind).c_str());
      QVERIFY2(!graph->edge_text(static_cast<EdgeKind>(kind), key, kNoIndex).empty(), std::to_string(kind).c_str());
    }
  }

  void builder_refuses_nodes_that_are_not_there() {
    GraphBuilder builder;
    QVERIFY_EXCEPTION_THROWN(builder.add_node(0, EdgeKind::Item, "", 0, "x"), std::out_of_range);
    const NodeId root = builder.add_node(kNoNode, EdgeKind::Root, "", kNoIndex, "x");
    QVERIFY_EXCEPTION_THROWN(builder.set_end(1, 5), std::out_of_range);
    QVERIFY_EXCEPTION_THROWN(builder.set_str(1, "a", 1), std::out_of_range);
    QVERIFY_EXCEPTION_THROWN(builder.add_reference(root, 1, EdgeKind::Item, "", 0), std::out_of_range);
    QVERIFY_EXCEPTION_THROWN(builder.add_problem(7, {.exception = "E", .message = ""}), std::out_of_range);
    QCOMPARE(builder.finish()->size(), 1u);
    QCOMPARE(builder.size(), 0u);
  }

  void builder_repairs_text() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "\xff", kNoIndex, "a\xc3");
    builder.set_str(0, "\xed\xa0\x80", 1);  // a lone surrogate
    const auto graph = builder.finish();
    QCOMPARE(graph->type(0), std::string_view("a\xEF\xBF\xBD"));
    QCOMPARE(graph->edge_text(0), std::string("\xEF\xBF\xBD"));
    QVERIFY(graph->description(0).starts_with("'\xEF\xBF\xBD"));
  }

  void folding_rule() {
    for (std::uint32_t length = 0; length <= kRunShown; ++length) QCOMPARE(fold(length), Fold::NewNode);
    QCOMPARE(fold(kRunShown + 1), Fold::JoinLast);
  }
};

QTEST_APPLESS_MAIN(ObjectGraphTest)
#include "tst_object_graph.moc"
