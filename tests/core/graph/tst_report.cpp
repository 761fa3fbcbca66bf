// The facts in the text, JSON and DOT reports. DOT is also read by Graphviz where it is installed.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include "graph/graph_builder.h"
#include "graph/largest_parts.h"
#include "graph/report.h"

using namespace dill::graph;

namespace {

ReportFacts facts() {
  return {.source = "app.py:svc",
          .dill_version = "0.4.1",
          .python_version = "3.11.2",
          .protocol = 4,
          .bytes_total = 1'000,
          .objects_total = 12,
          .recorded = true};
}

NodeId add(GraphBuilder& builder, NodeId parent, EdgeKind kind, std::string_view label, std::uint32_t index,
           std::string_view type, std::uint64_t begin, std::uint64_t end) {
  const NodeId node = builder.add_node(parent, kind, label, index, type);
  builder.set_begin(node, begin);
  builder.set_end(node, end);
  return node;
}

// svc -> cfg -> ['db'] (a culprit with an expression) and svc -> argument of a later call (one without).
std::shared_ptr<const ObjectGraph> with_culprits() {
  GraphBuilder builder;
  const NodeId root = add(builder, kNoNode, EdgeKind::Root, "svc", kNoIndex, "app.Service", 2, 900);
  const NodeId config = add(builder, root, EdgeKind::Attribute, "cfg", kNoIndex, "dict", 10, 500);
  const NodeId data = add(builder, config, EdgeKind::DictValue, "'db'", 0, "sqlite3.Connection", 20, 30);
  const NodeId name = add(builder, config, EdgeKind::DictValue, "'name'", 1, "app.Name", 30, 490);
  builder.set_reduction(name, Reduction::Global);
  const NodeId late = add(builder, root, EdgeKind::PostItem, "", 2, "generator", 500, 510);
  builder.add_reference(root, config, EdgeKind::Attribute, "again", kNoIndex);
  builder.add_problem(data, {.exception = "TypeError",
                             .message = "cannot pickle 'sqlite3.Connection' object\nsecond line",
                             .expression = "svc.cfg['db']",
                             .route = "svc -> attribute cfg -> key 'db'",
                             .advice = "open it again after loading",
                             .causes = {{"KeyError", "'x'"}, {"OSError", ""}}});
  builder.add_problem(late, {.exception = "TypeError", .message = "cannot pickle 'generator' object"});
  builder.set_reduction(data, Reduction::ReduceEx, "app.reduce_db");
  builder.set_location(late, "/srv/app.py", 58);
  const NodeId skipped = add(builder, root, EdgeKind::Attribute, "rest", kNoIndex, "list", 510, 510);
  builder.set_outcome(skipped, Outcome::NotExamined);
  return builder.finish();
}

// 60 % in svc.orders[1], 20 % in svc.log, small change elsewhere.
std::shared_ptr<const ObjectGraph> without_culprits() {
  GraphBuilder builder;
  const NodeId root = add(builder, kNoNode, EdgeKind::Root, "svc", kNoIndex, "app.Service", 0, 1'000);
  const NodeId orders = add(builder, root, EdgeKind::Attribute, "orders", kNoIndex, "list", 10, 700);
  add(builder, orders, EdgeKind::Item, "", 0, "app.Order", 20, 25);
  add(builder, orders, EdgeKind::Item, "", 1, "app.Order", 30, 630);
  add(builder, root, EdgeKind::Attribute, "log", kNoIndex, "bytes", 700, 900);
  add(builder, root, EdgeKind::Attribute, "tiny", kNoIndex, "int", 900, 902);
  return builder.finish();
}

QString text_of(const std::shared_ptr<const ObjectGraph>& graph, const ReportFacts& about = facts()) {
  return QString::fromStdString(text_report(Analysis(graph), about));
}

QJsonObject json_of(const std::shared_ptr<const ObjectGraph>& graph, const ReportFacts& about = facts()) {
  QJsonParseError error;
  const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(json_report(Analysis(graph), about)), &error);
  if (error.error != QJsonParseError::NoError) qWarning("%s", qPrintable(error.errorString()));
  return document.object();
}

std::string dot_of(const std::shared_ptr<const ObjectGraph>& graph) { return dot_report(Analysis(graph), facts()); }

// What Graphviz makes of it: its node and edge lines ("plain" format); empty if it refuses. Skips without Graphviz.
QStringList drawn(const std::string& dot) {
  QProcess process;
  process.start(QStandardPaths::findExecutable("dot"), {"-Tplain"});
  if (!process.waitForStarted()) return {};
  process.write(dot.data(), static_cast<qint64>(dot.size()));
  process.closeWriteChannel();
  if (!process.waitForFinished(60'000) || process.exitCode() != 0) return {};
  if (const QByteArray error = process.readAllStandardError(); !error.isEmpty()) qWarning("%s", error.constData());
  return QString::fromUtf8(process.readAllStandardOutput()).split('\n');
}

bool has_graphviz() { return !QStandardPaths::findExecutable("dot").isEmpty(); }

}  // namespace

class ReportTest : public QObject {
  Q_OBJECT

 private slots:
  void text_with_culprits() {
    const QString text = text_of(with_culprits());
    QVERIFY(text.startsWith("2 objects in app.py:svc cannot be pickled\n"));
    QVERIFY(text.contains("\n\nsvc.cfg['db'] : TypeError: cannot pickle 'sqlite3.Connection' object\n"));
    QVERIFY(text.contains("second line"));
    QVERIFY(text.contains("  type     sqlite3.Connection\n"));
    QVERIFY(text.contains("  cause    KeyError: 'x'\n  cause    OSError\n"));
    QVERIFY(text.contains("  fix      open it again after loading\n"));
    QVERIFY(text.contains("  bytes    not pickled; the rest of svc has 898 bytes\n"));
    QVERIFY(text.contains("  defined  /srv/app.py:58\n"));
    QCOMPARE(text.count("  defined "), 1);
    QVERIFY(text.contains("\n\nsvc -> argument 2 of a later call : TypeError: cannot pickle 'generator' object\n"));
    QVERIFY(text.contains("1 object not examined"));
    QVERIFY(!text.contains("is picklable"));
  }

  void text_without_culprits() {
    const QString text = text_of(without_culprits());
    QVERIFY(text.startsWith("app.py:svc is picklable: 1,000 bytes, 12 objects\n"));
    QVERIFY(text.contains(QRegularExpression("600 bytes +60\\.0 %  svc\\.orders\\[1\\] \\(app\\.Order\\)\n")));
    QVERIFY(text.contains(QRegularExpression("200 bytes +20\\.0 %  svc\\.log \\(bytes\\)\n")));
    QVERIFY(text.contains(QRegularExpression("90 bytes +9\\.0 %  rest of svc\\.orders \\(list\\)\n")));
    QVERIFY(!text.contains("tiny"));
    QVERIFY(text.indexOf("svc.orders[1]") < text.indexOf("svc.log"));
  }

  void text_of_a_file_says_nothing_about_picklability() {
    ReportFacts about = facts();
    about.recorded = false;
    QVERIFY(text_of(without_culprits(), about).startsWith("app.py:svc: 1,000 bytes, 12 objects\n"));
    QVERIFY(json_of(without_culprits(), about)["picklable"].isNull());
  }

  void replayed_paths_are_marked() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "svc", kNoIndex, "A");
    builder.add_node(0, EdgeKind::StateItem, "'k'", 0, "B");
    builder.add_problem(1, {.exception = "TypeError", .message = "no"});
    const auto graph = builder.finish();
    QVERIFY(text_of(graph).contains("svc.__getstate__()['k'] : TypeError: no\n"));
    QVERIFY(text_of(graph).contains("  note     "));
    QVERIFY(json_of(graph)["problems"][0]["replayed"].toBool());
  }

  void no_text_reaches_the_terminal_as_a_command() {
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "a\x1b[2J", kNoIndex, "T\x07\r");
    builder.add_problem(0, {.exception = "E\n", .message = "m\x1b]0;x\x07\nn\x1b"});
    ReportFacts about = facts();
    about.source = "\x1b[31m\xff";
    const std::string text = text_report(Analysis(builder.finish()), about);
    for (const char c : text) QVERIFY(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  }

  void parts_do_not_overlap() {
    const auto graph = without_culprits();
    const std::vector<Part> parts = largest_parts(*graph, 100);
    std::uint64_t sum = 0;
    for (const Part& part : parts) sum += part.bytes;
    QCOMPARE(sum, std::uint64_t{1'000});
    QCOMPARE(largest_parts(*graph, 2).size(), std::size_t{2});
    QCOMPARE(largest_parts(*graph, 2)[0].node, 3u);
    QVERIFY(largest_parts(*GraphBuilder().finish(), 5).empty());
  }

  void json_has_the_same_facts() {
    const QJsonObject report = json_of(with_culprits());
    QCOMPARE(report["format"].toString(), "dill-report");
    QCOMPARE(report["version"].toInt(), 1);
    QCOMPARE(report["source"].toString(), "app.py:svc");
    QCOMPARE(report["dill"].toString(), "0.4.1");
    QCOMPARE(report["python"].toString(), "3.11.2");
    QCOMPARE(report["protocol"].toInt(), 4);
    QCOMPARE(report["bytes"].toInt(), 1'000);
    QCOMPARE(report["objects"].toInt(), 12);
    QCOMPARE(report["not_examined"].toInt(), 1);
    QCOMPARE(report["picklable"], QJsonValue(false));
    QCOMPARE(report["problems"].toArray().size(), 2);
    const QJsonObject problem = report["problems"][0].toObject();
    QCOMPARE(problem["path"].toString(), "svc.cfg['db']");
    QCOMPARE(problem["route"].toString(), "svc -> attribute cfg -> key 'db'");
    QCOMPARE(problem["node"].toInt(), 2);
    QCOMPARE(problem["type"].toString(), "sqlite3.Connection");
    QCOMPARE(problem["exception"].toString(), "TypeError");
    QCOMPARE(problem["message"].toString(), "cannot pickle 'sqlite3.Connection' object\nsecond line");
    QCOMPARE(problem["causes"].toArray().size(), 2);
    QCOMPARE(problem["causes"][0]["message"].toString(), "'x'");
    QCOMPARE(problem["advice"].toString(), "open it again after loading");
    QCOMPARE(problem["reducer"].toString(), "app.reduce_db");
    QCOMPARE(problem["bytes_own"].toInt(), 10);
    QCOMPARE(problem["bytes_retained"].toInt(), 10);
    QCOMPARE(problem["replayed"], QJsonValue(false));
    QVERIFY(report["problems"][1]["path"].isNull());
    QVERIFY(report["problems"][1]["advice"].isNull());
    QCOMPARE(report["problems"][1]["route"].toString(), "svc -> argument 2 of a later call");
    QCOMPARE(report["problems"][1]["defined"]["file"].toString(), "/srv/app.py");
    QCOMPARE(report["problems"][1]["defined"]["line"].toInt(), 58);
    QVERIFY(!problem.contains("defined"));

    const QJsonObject fine = json_of(without_culprits());
    QCOMPARE(fine["picklable"], QJsonValue(true));
    QCOMPARE(fine["parts"][0]["path"].toString(), "svc.orders[1]");
    QCOMPARE(fine["parts"][0]["bytes"].toInt(), 600);
    QCOMPARE(fine["parts"][0]["share"].toDouble(), 0.6);
  }

  void json_survives_odd_sources() {
    ReportFacts about = facts();
    about.source = "a\xff\"\n";
    QVERIFY(json_of(with_culprits(), about)["source"].toString().contains("\"\n"));
    about.source.clear();
    QVERIFY(json_of(with_culprits(), about)["source"].isNull());
  }

  void dot_marks_what_matters() {
    const std::string dot = dot_of(with_culprits());
    const auto line = [&](const std::string& begin) {
      const auto at = dot.find("\n  " + begin);
      return at == std::string::npos ? std::string() : dot.substr(at + 3, dot.find('\n', at + 1) - at - 3);
    };
    QVERIFY(line("n2 [").find("fillcolor=\"#c62828\"") != std::string::npos);
    QVERIFY(line("n2 [").find("TypeError: cannot pickle") != std::string::npos);
    QVERIFY(line("n4 [").find("fillcolor=\"#c62828\"") != std::string::npos);
    QVERIFY(line("n0 [").find("color=\"#ef6c00\"") != std::string::npos);
    QVERIFY(line("n1 [").find("color=\"#ef6c00\"") != std::string::npos);
    QVERIFY(line("n3 [").find("dashed") != std::string::npos);
    QVERIFY(line("n3 [").find("#ef6c00") == std::string::npos);
    QVERIFY(line("n1 -> n2").find("['db']") != std::string::npos);
    QVERIFY(dot.find("n0 -> n1 [label=\".again\", style=dashed") != std::string::npos);
  }

  void dot_is_read_by_graphviz() {
    if (!has_graphviz()) QSKIP("Graphviz is not installed");
    QCOMPARE(drawn(dot_of(with_culprits())).filter(QRegularExpression("^node ")).size(), 6);
    QVERIFY(!drawn(dot_of(without_culprits())).filter(QRegularExpression("^node ")).isEmpty());
    QVERIFY(!drawn(dot_of(GraphBuilder().finish())).isEmpty());

    // Every ASCII character and some entities, in every text.
    std::string odd = "&lt;&amp;#38; \\N \\G \\ \" <b> {a|b} é";
    for (char c = 1; c < 127; ++c) odd += c;
    for (std::size_t from = 0; from < odd.size(); from += 20) {
      GraphBuilder builder;
      const std::string part = odd.substr(from, 20);
      builder.add_node(kNoNode, EdgeKind::Root, part, kNoIndex, part);
      builder.add_node(0, EdgeKind::Attribute, part, kNoIndex, part);
      builder.set_text(1, part);
      builder.add_problem(1, {.exception = part, .message = part});
      const QStringList lines = drawn(dot_of(builder.finish()));
      QCOMPARE(lines.filter(QRegularExpression("^node ")).size(), 2);
      QCOMPARE(lines.filter(QRegularExpression("^edge ")).size(), 1);
    }
  }

  void dot_stays_readable() {
    // 5,000 culprits, each far below a root of its own depth, with many siblings.
    GraphBuilder builder;
    builder.add_node(kNoNode, EdgeKind::Root, "svc", kNoIndex, "list");
    for (std::uint32_t i = 0; i < 5'000; ++i) {
      NodeId node = builder.add_node(0, EdgeKind::Item, "", i, "list");
      for (int depth = 0; depth < 40; ++depth) node = builder.add_node(node, EdgeKind::Item, "", 0, "list");
      builder.add_problem(node, {.exception = "TypeError", .message = "no"});
    }
    const auto graph = builder.finish();
    const std::string dot = dot_of(graph);
    const QString text = QString::fromStdString(dot);
    const auto nodes = text.count(QRegularExpression("\n  n\\d+ \\["));
    QVERIFY2(nodes > 20 && nodes < 200, qPrintable(QString::number(nodes)));
    QVERIFY(text.contains(QRegularExpression("and [\\d,]+ culprits more")));
    QVERIFY(text.contains("objects between\", style=dotted"));
    QVERIFY(text.count("fillcolor=\"#c62828\"") >= 5);
    QVERIFY(text_of(graph).contains("and 4,800 more objects"));
    QCOMPARE(json_of(graph)["problems"].toArray().size(), 5'000);
  }
};

QTEST_APPLESS_MAIN(ReportTest)
#include "tst_report.moc"
