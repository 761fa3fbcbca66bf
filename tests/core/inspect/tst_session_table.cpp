// The variables of a session, from hand-made pickles: who owns what, and what is imported.
#include <QTest>

#include "inspect/meaning/session_table.h"
#include "pickle_samples.h"

using namespace dill;
using Storage = inspect::SessionVariable::Storage;

namespace {

template <std::size_t N>
std::optional<inspect::SessionTable> table(const char (&literal)[N]) {
  const auto data = samples::bytes(literal);
  const auto read = inspect::read_pickle(data);
  if (!read) qFatal("not a pickle: %s", read.error().message.c_str());
  return inspect::session_table(*read, data);
}

}  // namespace

class TestSessionTable : public QObject {
  Q_OBJECT

 private slots:
  void variables() {
    const auto found = table(
        "cdill._dill\n_import_module\n(S'__main__'\ntR(dS'a'\n]q\x01I1\nasS'b'\nh\x01sS'f'\ncos.path\njoin\nsS'c'\n}"
        "S'k'\nh\x01ssb.");
    QVERIFY(found);
    QCOMPARE(found->module, std::string("__main__"));
    QVERIFY(!found->fault);
    QCOMPARE(found->variables.size(), std::size_t{4});
    const auto& [a, b, f, c] =
        std::tie(found->variables[0], found->variables[1], found->variables[2], found->variables[3]);
    QCOMPARE(a.name, std::string("a"));
    QCOMPARE(a.type, std::string("list"));
    QVERIFY(a.storage == Storage::Value && a.bytes == 7);  // ]q\1I1\na
    QCOMPARE(b.same_as, std::string("a"));
    QVERIFY(b.storage == Storage::Same && b.bytes == 0);
    QVERIFY(f.storage == Storage::Reference);
    QCOMPARE(f.description, std::string("os.path.join"));
    QCOMPARE(f.needs, std::vector<std::string>{"os.path.join"});
    QCOMPARE(c.uses, std::vector<std::string>{"a"});
    QCOMPARE(found->imports, std::vector<std::string>{"os.path"});
  }

  void run_time_and_old_name() {
    const auto found = table("cdill.dill\n_import_module\n(S'__runtime__.m'\ntR(dS'x'\nI1\nsb.");
    QVERIFY(found && found->at_run_time);
    QCOMPARE(found->module, std::string("m"));
    QCOMPARE(found->variables.size(), std::size_t{1});
  }

  // The lists that refimported=True writes, one entry with its strings from the memo.
  void lists() {
    const auto found = table(
        "cdill._dill\n_import_module\n(S'__main__'\ntR(dS'x'\nS'sqrt'\np1\nsS'__dill_imported'\n(l(S'math'\np2\ng1\n"
        "tasS'__dill_imported_as'\n(l(g2\nS'pi'\nS'PI'\ntasS'__dill_imported_top_level'\n(l(S'os'\nS'system'\ntasb.");
    QVERIFY(found && found->refimported);
    QCOMPARE(found->variables.size(), std::size_t{4});
    QCOMPARE(found->variables[1].name, std::string("sqrt"));
    QCOMPARE(found->variables[1].description, std::string("math.sqrt"));
    QCOMPARE(found->variables[2].name, std::string("PI"));
    QCOMPARE(found->variables[2].description, std::string("math.pi"));
    QCOMPARE(found->variables[3].name, std::string("system"));
    QCOMPARE(found->variables[3].type, std::string("module"));
    QCOMPARE(found->imports, (std::vector<std::string>{"math", "os"}));
  }

  void cut_off() {
    const auto found = table("cdill._dill\n_import_module\n(S'__main__'\ntR(dS'a'\nI1\nsS'b'\n(lI2\na");
    QVERIFY(found && found->fault);
    QCOMPARE(found->variables.size(), std::size_t{1});
    QCOMPARE(found->variables[0].name, std::string("a"));
    const auto marked = table("cdill._dill\n_import_module\n(S'__main__'\ntR}(S'a'\nI1\nS'b'\n(lI2\na");
    QVERIFY(marked && marked->fault);
    QCOMPARE(marked->variables.size(), std::size_t{2});
    QCOMPARE(marked->variables[1].name, std::string("b"));
    QCOMPARE(marked->variables[1].description, std::string("1 item"));
  }

  void no_session() {
    QVERIFY(!table("I1\n."));
    QVERIFY(!table("cdill._dill\n_import_module\n(S'os'\ntR."));
    QVERIFY(!table("cos\nsystem\n(S'x'\ntR(dS'a'\nI1\nsb."));
    // A module that is its own variable, and a name that is no string.
    const auto odd = table("cdill._dill\n_import_module\n(S'm'\ntRp0\n(dS'me'\ng0\nsI1\nI2\nsb.");
    QVERIFY(odd);
    QCOMPARE(odd->variables[0].same_as, std::string("the module itself"));
    QVERIFY(!table("cdill._dill\n_import_module\n(tR."));
  }
};

QTEST_APPLESS_MAIN(TestSessionTable)
#include "tst_session_table.moc"
