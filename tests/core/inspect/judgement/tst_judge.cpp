// The judge: which level, verdict and findings the effects of hand-made pickles come to.
#include <QTest>

#include "inspect/judgement/inspection.h"
#include "inspect/judgement/rules.h"

using namespace dill;
using inspect::Inspection;

namespace {

QString q(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<int>(text.size())); }

QString ids(const Inspection& found) {
  QStringList list;
  for (const inspect::Finding& finding : found.findings) list << q(finding.id);
  return list.join(' ');
}

Inspection judge(const QByteArray& data, std::shared_ptr<const inspect::Rules> rules = nullptr) {
  inspect::InspectOptions options;
  options.rules = std::move(rules);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and unsigned char
  return inspect::inspect_bytes(
      {reinterpret_cast<const unsigned char*>(data.data()), static_cast<std::size_t>(data.size())}, options);
}

template <std::size_t N>
QByteArray pickle(const char (&literal)[N]) {
  return {literal, static_cast<qsizetype>(N - 1)};
}

}  // namespace

class TestJudge : public QObject {
  Q_OBJECT

 private slots:
  void verdicts_data();
  void verdicts();
  void rulesOfTheUser();
  void wrongRules_data();
  void wrongRules();
  void builtInListsAreWellFormed();
  void names();
  void nestedPicklesAreMembers();
  void aMillionCallsLeaveOneFinding();
};

void TestJudge::verdicts_data() {
  QTest::addColumn<QByteArray>("data");
  QTest::addColumn<QString>("verdict");
  QTest::addColumn<QString>("level");
  QTest::addColumn<QString>("expected");  // ids of the findings

  const auto row = [](const char* name, const QByteArray& data, const char* verdict, const char* level,
                      const char* expected) {
    QTest::newRow(name) << data << QString(verdict) << QString(level) << QString(expected);
  };
  row("data",
      pickle("\x80\x04]K\x01"
             "a."),
      "clean", "data only", "");
  row("known type", pickle("cdatetime\ndate\n(C\x04\x07\xe8\x01\x01tR."), "clean", "reconstruction", "");
  row("ordered dict that is filled", pickle("ccollections\nOrderedDict\n)R(K\x01K\x02u."), "clean", "reconstruction",
      "");
  row("import only", pickle("cos\nsystem\n."), "suspicious", "calls", "dangerous-name");
  row("os.system", pickle("cos\nsystem\n(S'id'\ntR."), "dangerous", "calls", "dangerous-call dangerous-name");
  row("by INST", pickle("(S'id'\nios\nsystem\n."), "dangerous", "calls", "dangerous-call dangerous-name");
  row("by OBJ", pickle("(cos\nsystem\nS'id'\no."), "dangerous", "calls", "dangerous-call dangerous-name");
  row("Python 2 name", pickle("c__builtin__\neval\n(S'1'\ntR."), "dangerous", "calls", "dangerous-call dangerous-name");
  row("dotted name", pickle("\x80\x04\x8c\x06random\x8c\x0a_os.system\x93\x8c\x02id\x85R."), "dangerous", "calls",
      "dangerous-call dangerous-name");
  row("getattr chain",
      pickle(
          "cbuiltins\ngetattr\n(cbuiltins\ngetattr\n(crandom\n_os\nS'path'\ntRS'os'\ntRp0\n0cbuiltins\ngetattr\n(g0\nS'"
          "system'\ntR(S'id'\ntR."),
      "dangerous", "calls", "dangerous-call dangerous-name dangerous-name dangerous-name");
  row("getattr of a module",
      pickle("cdill._dill\n_get_attr\n(cdill._dill\n_import_module\n(S'os'\ntRS'system'\ntR(S'id'\ntR."), "dangerous",
      "calls", "dangerous-call dangerous-name");
  row("unknown class", pickle("cshop\nOrder\n)\x81."), "suspicious", "calls", "unknown-name unknown-call");
  row("unknown class with a state", pickle("cshop\nOrder\n)\x81}b."), "suspicious", "calls",
      "unknown-name unknown-call");
  row("danger handed to unknown code", pickle("cshop\nOrder\n(cos\nsystem\ntR."), "dangerous", "calls",
      "dangerous-argument unknown-name dangerous-name");
  row("danger as a factory", pickle("ccollections\ndefaultdict\n(cos\nsystem\ntR."), "dangerous", "calls",
      "dangerous-argument dangerous-name");
  row("list as a factory", pickle("ccollections\ndefaultdict\n(c__builtin__\nlist\ntR."), "clean", "reconstruction",
      "");
  row("evaluated range", pickle("cdill._dill\n_eval_repr\n(S'range(0, 3)'\ntR."), "clean", "reconstruction", "");
  row("evaluated call", pickle("cdill._dill\n_eval_repr\n(S'exit()'\ntR."), "dangerous", "calls",
      "evaluates-expression");
  row("computed name",
      pickle("\x80\x04"
             "cshop\nname\n)R\x8c\x06system\x93."),
      "dangerous", "calls", "computed-name unknown-name unknown-call");
  row("append to what has no append",
      pickle("ctypes\nSimpleNamespace\n)RK\x01"
             "a."),
      "dangerous", "calls", "hook-call");
  row("module is changed", pickle("cjson\n__doc__\n}b."), "dangerous", "calls", "changes-global");
  row("persistent id", pickle("S'x'\nQ."), "clean", "reconstruction", "persistent-id");
  row("extension", pickle("\x82\x01."), "suspicious", "calls", "extension-code");
  row("call of an extension", pickle("\x82\x01)R."), "dangerous", "calls", "extension-call extension-code");
  row("call of a result", pickle("cshop\nmake\n)R)R."), "dangerous", "calls",
      "computed-callee unknown-name unknown-call");
  row("danger before the end of a broken file",
      pickle("\x80\x02"
             "cos\nsystem\n(S'id'\ntR\xff"),
      "dangerous", "calls", "dangerous-call dangerous-name unknown-opcode");
  row("cut off", pickle("\x80\x04]K\x01"), "error", "data only", "no-stop");
  row("empty", QByteArray(), "error", "data only", "not-a-pickle");
  row("look-alike letters", QByteArray("c\xd0\xbe\xd1\x95\nsystem\n."), "suspicious", "calls",
      "unknown-name misleading-name");
  row("method of an object", pickle("cbuiltins\ngetattr\n(cpathlib\nPosixPath\n(S'x'\ntRS'touch'\ntR."), "suspicious",
      "calls", "method-of-object");
  row("method of a value", pickle("cbuiltins\ngetattr\n((lS'append'\ntR."), "clean", "reconstruction", "");
  row("method that is planted",
      pickle("ctypes\nSimpleNamespace\n)R}S'__array__'\ncbuiltins\ngetattr\n(cpathlib\nPosixPath\n(S'x'\ntRS'touch'\n"
             "tRsb."),
      "dangerous", "calls", "plants-method method-of-object");
  row("function that evaluates, planted", pickle("ctypes\nSimpleNamespace\n)R}S'a'\ncdill._dill\n_eval_repr\nsb."),
      "dangerous", "calls", "dangerous-argument");
  row("function that evaluates, handed over",
      pickle("cnumpy.random._pickle\n__generator_ctor\n(S'1'\ncdill._dill\n_eval_repr\ntR."), "dangerous", "calls",
      "dangerous-argument");
  row("method of an object, handed over",
      pickle("cnumpy.random._pickle\n__generator_ctor\n(I1\ncbuiltins\ngetattr\n(cpathlib\nPosixPath\n(S'x'\ntRS'touch'"
             "\ntRtR."),
      "dangerous", "calls", "dangerous-argument method-of-object");
  row("known class under a method's name",
      pickle("ctypes\nSimpleNamespace\n)R}S'__orig_class__'\nc__builtin__\nlist\nsb."), "clean", "reconstruction", "");
  row("attributes of objects in a row",
      pickle("c__builtin__\nlist\n(c__builtin__\nmap\n(coperator\nattrgetter\n(S'touch'\ntR(cpathlib\nPosixPath\n(S'x'"
             "\ntRltRtR."),
      "dangerous", "calls", "runs-while-loading callable-kept");
  row("function until", pickle("c__builtin__\nlist\n(c__builtin__\niter\n(cshop\nmake\nNtRtR."), "dangerous", "calls",
      "runs-while-loading unknown-name callable-kept");
  row("factory that is asked", pickle("coperator\ngetitem\n(ccollections\ndefaultdict\n(cshop\nmake\ntRK\x01tR."),
      "dangerous", "calls", "runs-while-loading unknown-name callable-kept");
  row("state of a logger", pickle("clogging\ngetLogger\n(S'a'\ntR}S'disabled'\nI01\nsb."), "suspicious", "calls",
      "sets-attribute");
  row("empty object of a forbidden class", pickle("csubprocess\nPopen\n)\x81."), "suspicious", "calls",
      "dangerous-name empty-object");
  row("empty object by the old protocol",
      pickle("ccopy_reg\n_reconstructor\n(csubprocess\nPopen\nc__builtin__\nobject\nNtR."), "suspicious", "calls",
      "dangerous-name empty-object");
  row("object of a forbidden class with arguments", pickle("csubprocess\nPopen\n(S'id'\nt\x81."), "dangerous", "calls",
      "dangerous-call dangerous-name");
  row("forbidden class that is called", pickle("csubprocess\nPopen\n)R."), "dangerous", "calls",
      "dangerous-call dangerous-name");
  row("state of a forbidden class", pickle("ctempfile\n_TemporaryFileCloser\n)\x81}S'name'\nS'x'\nsb."), "dangerous",
      "calls", "dangerous-call dangerous-name empty-object");
  row("forbidden function as a class", pickle("cos\nsystem\n)\x81."), "dangerous", "calls",
      "dangerous-call dangerous-name");
  row("empty archive", pickle("czipfile\nZipFile\n)\x81}S'mode'\nS'r'\nsb."), "suspicious", "calls", "unusual-call");
  row("archive that is opened", pickle("czipfile\nZipFile\n(S'x'\nS'w'\ntR."), "dangerous", "calls", "dangerous-call");
  row("estimator", pickle("csklearn.svm._classes\nSVC\n)\x81}S'C'\nF1\nsb."), "clean", "reconstruction", "");
  row("estimator with arguments", pickle("csklearn.svm._classes\nSVC\n(F1\ntR."), "suspicious", "calls",
      "unusual-call");
  row("class that inherits from a forbidden one",
      pickle("c__builtin__\ntype\n(S'A'\n(cunittest.case\nTestCase\nt(dtR."), "suspicious", "calls",
      "dangerous-name code-in-file");
  row("class that inherits from a forbidden one, called",
      pickle("c__builtin__\ntype\n(S'A'\n(csubprocess\nPopen\nt(dtR(S'id'\ntR."), "dangerous", "calls",
      "dangerous-call dangerous-name code-in-file");
  row("class with a forbidden method", pickle("c__builtin__\ntype\n(S'A'\n(t(dS'f'\ncos\nsystem\nstR."), "dangerous",
      "calls", "dangerous-argument dangerous-name");
  row("variables of a module", pickle("cjson\n__dict__\n."), "clean", "reconstruction", "");
  row("variables of a module that are changed", pickle("cjson\n__dict__\nS'dumps'\nNs."), "dangerous", "calls",
      "changes-global");
  row("variables of a module handed over", pickle("coperator\ngetitem\n(cjson\n__dict__\nS'loads'\ntR."), "dangerous",
      "calls", "dangerous-argument");
  row("session of data", pickle("cdill._dill\n_import_module\n(S'__main__'\ntR}S'a'\nK\x01sb."), "clean",
      "reconstruction", "session-state");
  row("session and more", pickle("(cdill._dill\n_import_module\n(S'__main__'\ntR}S'a'\nK\x01sbl."), "suspicious",
      "calls", "session-state");
  row("pattern of bytes by an old protocol", pickle("cre\n_compile\n(c_codecs\nencode\n(S'a'\nS'latin1'\ntRK\x00tR."),
      "clean", "reconstruction", "");
  row("layer of an old torch file", pickle("((S'module'\nctorch.nn.modules.linear\nLinear\nS'f'\ntQo."), "clean",
      "reconstruction", "persistent-id");
  row("danger as a layer of an old torch file", pickle("((S'module'\ncos\nsystem\nS'f'\ntQS'id'\no."), "dangerous",
      "calls", "dangerous-call dangerous-name persistent-id");
  row("trailing bytes", pickle("N.\x01\x02"), "clean", "data only", "trailing-bytes");
  row("lazy call that is used up", pickle("c__builtin__\nlist\n(c__builtin__\nmap\n(cos\nsystem\n(S'id'\nltRtR."),
      "dangerous", "calls", "dangerous-argument dangerous-name");
}

void TestJudge::verdicts() {
  QFETCH(QByteArray, data);
  QFETCH(QString, expected);
  const Inspection found = judge(data);
  QCOMPARE(ids(found), expected);
  QTEST(q(to_string(found.verdict)), "verdict");
  QTEST(q(to_string(found.level)), "level");
}

void TestJudge::rulesOfTheUser() {
  const auto rules =
      inspect::Rules::extended(inspect::Rules::built_in(),
                               R"({"version": 1, "rules": [{"rule": "allow", "names": ["shop.Order"], "reason": "ours"},
                                  {"rule": "forbid", "names": ["datetime.date"], "reason": "is forbidden here"}]})",
                               "test");
  QVERIFY(rules.has_value());
  QCOMPARE(q(to_string(judge(pickle("cshop\nOrder\n)\x81."), *rules).verdict)), QString("clean"));
  QCOMPARE(ids(judge(pickle("cdatetime\ndate\n(C\x04\x07\xe8\x01\x01tR."), *rules)),
           QString("dangerous-call dangerous-name"));
}

void TestJudge::wrongRules_data() {
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("message");
  QTest::newRow("no JSON") << "{"
                           << "f is not JSON";
  QTest::newRow("no rules") << "{}"
                            << "f is no list of rules: it has no \"rules\"";
  QTest::newRow("version") << R"({"version": 2, "rules": []})"
                           << "f: \"version\" must be 1";
  QTest::newRow("kind") << R"({"version": 1, "rules": [{"rule": "maybe", "reason": ""}]})"
                        << R"(f: rule 1: "rule" must be "allow", "caution" or "forbid", not "maybe")";
  QTest::newRow("key") << R"({"version": 1, "rules": [{"ruel": "allow"}]})"
                       << R"(f: rule 1: has the unknown key "ruel")";
  QTest::newRow("names") << R"({"version": 1, "rules": [{"rule": "allow", "names": [3], "reason": ""}]})"
                         << R"(f: rule 1: "names" must be a list of texts)";
  QTest::newRow("no module") << R"({"version": 1, "rules": [{"rule": "allow", "names": ["x"], "reason": ""}]})"
                             << R"(f: rule 1: "x" is not "module.name")";
}

void TestJudge::wrongRules() {
  QFETCH(QString, json);
  QFETCH(QString, message);
  const auto rules = inspect::Rules::extended(inspect::Rules::built_in(), json.toStdString(), "f");
  QVERIFY(!rules.has_value());
  QCOMPARE(q(rules.error().message), message);
}

void TestJudge::builtInListsAreWellFormed() {
  const auto rules = inspect::Rules::built_in();
  // One of each list: a list that is not well-formed would be missing.
  QVERIFY(rules->find("os", "system") != nullptr);
  QVERIFY(rules->find("os", "system")->kind == inspect::RuleKind::Forbid);
  QVERIFY(rules->find("collections", "OrderedDict")->kind == inspect::RuleKind::Allow);
  QVERIFY(rules->find("math", "sqrt")->kind == inspect::RuleKind::Caution);
  QVERIFY(rules->find("posix", "system")->kind == inspect::RuleKind::Forbid);
  QVERIFY(rules->find("torch.nn", "Module") == nullptr);
}

void TestJudge::names() {
  const Inspection found =
      judge(pickle("cshop\nOrder\n)\x81"
                   "0cshop\nOrder\n)\x81."));
  QCOMPARE(found.globals.size(), std::size_t(1));
  QCOMPARE(q(*found.globals[0].module), QString("shop"));
  QCOMPARE(q(*found.globals[0].name), QString("Order"));
  QCOMPARE(found.globals[0].lookups, std::uint64_t(2));
  QCOMPARE(found.globals[0].calls, std::uint64_t(2));
  QVERIFY(!found.dynamic);
}

void TestJudge::nestedPicklesAreMembers() {
  const QByteArray inner = pickle("cos\nsystem\n(S'id'\ntR.");
  QByteArray outer = pickle("cpickle\nloads\n(C");
  outer += static_cast<char>(inner.size());
  outer += inner + "tR.";
  const Inspection found = judge(outer);
  QCOMPARE(found.members.size(), std::size_t(2));
  QCOMPARE(q(to_string(found.verdict)), QString("dangerous"));
  QVERIFY(found.members[1].verdict == inspect::Verdict::Dangerous);
  QVERIFY(!found.members[1].path.empty());
}

void TestJudge::aMillionCallsLeaveOneFinding() {
  QByteArray data("]cshop\nOrder\nq\x00", 16);
  data = QByteArray("cshop\nOrder\n") + QByteArray("q\x00", 2) + "0](";
  for (int i = 0; i < 100'000; ++i) data += QByteArray("h\x00)\x81", 4);
  data += "e.";
  const Inspection found = judge(data);
  QCOMPARE(ids(found), QString("unknown-name unknown-call"));
  QCOMPARE(found.globals[0].calls, std::uint64_t(100'000));
  QCOMPARE(found.findings[1].count, std::uint64_t(100'000));
}

QTEST_GUILESS_MAIN(TestJudge)
#include "tst_judge.moc"
