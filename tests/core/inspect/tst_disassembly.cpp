// Bytecode in pickles: tables beside it, the Python it is of, and that nothing in a damaged file leads astray. That it
// equals the module dis of each Python is tested in tests/python/test_disassembly.py.
#include <QTest>
#include <random>

#include "inspect/meaning/code_lines.h"
#include "inspect/meaning/details.h"
#include "inspect/meaning/disassembly.h"
#include "inspect/meaning/opcode_tables.h"
#include "inspect/meaning/session_table.h"
#include "inspect/static_graph.h"
#include "pickle_samples.h"

using namespace dill;
using inspect::Contents;
using inspect::line_ranges;

namespace {

using namespace std::string_view_literals;

// A pickle of a code object with 18 fields, which has this bytecode, constants (3, None), and names ("spam", "x").
std::vector<unsigned char> code_pickle(std::string_view code) {
  const auto text = [](std::string_view s) {
    return "\x8c" + std::string(1, static_cast<char>(s.size())) + std::string(s);
  };
  const auto bytes = [](std::string_view s) {
    return "C" + std::string(1, static_cast<char>(s.size())) + std::string(s);
  };
  std::string all = "cdill._dill\n_create_code\n(" + std::string("K\1K\0K\0K\1K\5K\3", 12) + bytes(code) + "K\3N\x86" +
                    text("spam") + text("x") + "\x86" + text("a") + "\x85" + text("app.py") + text("f") + text("f") +
                    "K\7" + bytes(std::string("\x80\0", 2)) + bytes("") + "))tR.";
  return {all.begin(), all.end()};
}

struct Read {
  explicit Read(std::vector<unsigned char> bytes)
      : data(std::move(bytes)), pickle(*inspect::read_pickle(data)), contents(*pickle.graph, data) {}
  std::vector<unsigned char> data;
  inspect::StaticPickle pickle;
  Contents contents;
};

}  // namespace

class TestDisassembly : public QObject {
  Q_OBJECT

 private slots:
  void tables() {
    for (int minor = inspect::kFirstPython; minor <= inspect::kLastPython; ++minor) {
      const inspect::OpcodeTable* const table = inspect::opcode_table(minor);
      QVERIFY(table != nullptr);
      QCOMPARE(table->minor, minor);
      std::size_t count = 0;
      for (std::size_t code = 0; code < table->opcode.size(); ++code) {
        if (table->opcode[code] == nullptr) continue;
        QCOMPARE(std::size_t{table->opcode[code]->code}, code);
        ++count;
      }
      QVERIFY(count > 100);
      QCOMPARE(table->operators.empty(), minor < 11);
    }
    QVERIFY(inspect::opcode_table(7) == nullptr);
    QVERIFY(inspect::opcode_table(15) == nullptr);
  }

  // There is no interpreter of 3.14 to compare with: an example from its documentation.
  void python_3_14() {
    // RESUME 0, LOAD_FAST_BORROW a, LOAD_SMALL_INT 5, BINARY_OP 26 ([]) with five caches, RETURN_VALUE.
    const Read read(code_pickle(std::string("\x80\0\x56\0\x5e\5\x2c\x1a\0\0\0\0\0\0\0\0\0\0\x23\0", 20)));
    const auto code = inspect::code_object(read.contents, 0);
    QVERIFY(code);
    QCOMPARE(inspect::pythons_of(*code), std::vector<int>{14});
    QCOMPARE(inspect::python_of(read.contents, ""), 14);
    const auto shown = inspect::disassemble(read.contents, *code, 14);
    QVERIFY(shown);
    QCOMPARE(shown->instructions.size(), std::size_t{5});
    QCOMPARE(std::string(shown->instructions[1].name), std::string("LOAD_FAST_BORROW"));
    QCOMPARE(shown->instructions[1].text, std::string("a"));
    QCOMPARE(shown->instructions[2].text, std::string("5"));
    QCOMPARE(shown->instructions[3].text, std::string("[]"));
    QCOMPARE(shown->instructions[4].offset, std::uint64_t{18});
    QCOMPARE(shown->instructions[0].line, std::int64_t{7});
  }

  // What the arguments of the instructions that are new or other in 3.14 stand for.
  void arguments_of_3_14() {
    std::string code("\x80\0", 2);
    std::vector<std::string> expected{""};
    const auto add = [&](unsigned opcode, unsigned argument, std::size_t caches, std::string text) {
      code += static_cast<char>(opcode);
      code += static_cast<char>(argument);
      code.append(2 * caches, '\0');
      expected.push_back(std::move(text));
    };
    add(81, 1, 0, "NotImplementedError");  // LOAD_COMMON_CONSTANT
    add(81, 4, 0, "any");
    add(95, 2, 0, "__aenter__");          // LOAD_SPECIAL
    add(56, 2 << 5 | 16, 1, "bool(==)");  // COMPARE_OP
    add(56, 5 << 5 | 2, 1, ">=");
    add(44, 13, 5, "+=");                        // BINARY_OP
    add(87, 0, 0, "a, a");                       // LOAD_FAST_BORROW_LOAD_FAST_BORROW
    add(94, 255, 0, "255");                      // LOAD_SMALL_INT
    add(96, 1 << 2 | 1, 1, "x + NULL|self");     // LOAD_SUPER_ATTR
    add(80, 0 << 1 | 1, 9, "spam + NULL|self");  // LOAD_ATTR
    add(108, 16, 0, "annotate");                 // SET_FUNCTION_ATTRIBUTE
    add(54, 5, 0, "INTRINSIC_SET_TYPEPARAM_DEFAULT");
    add(68, 1, 0, "from " + std::to_string(code.size()));  // END_ASYNC_FOR: here from itself
    add(75, 2, 1, "to " + std::to_string(code.size()));    // JUMP_BACKWARD, with a cache behind it
    const Read read(code_pickle(code));
    const auto object = inspect::code_object(read.contents, 0);
    QVERIFY(object);
    QCOMPARE(inspect::pythons_of(*object), std::vector<int>{14});
    const auto shown = inspect::disassemble(read.contents, *object, 14);
    QVERIFY(shown);
    QCOMPARE(shown->instructions.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) QCOMPARE(shown->instructions[i].text, expected[i]);
  }

  void unknown_bytecode() {
    const Read read(code_pickle("\xfe\1\xfd"));
    const auto code = inspect::code_object(read.contents, 0);
    QVERIFY(code && inspect::pythons_of(*code).empty());
    QCOMPARE(inspect::python_of(read.contents, ""), 0);
    QVERIFY(!inspect::disassemble(read.contents, *code, 0));
    const auto shown = inspect::disassemble(read.contents, *code, 12);
    QVERIFY(shown && shown->instructions.size() == 1);
    QCOMPARE(std::string(shown->instructions[0].name), std::string("unknown"));
    const auto lines = inspect::details(read.contents, 0, 0);
    QCOMPARE(lines.front(), std::string("code of f"));
    QVERIFY(lines.back().find("not known") != std::string::npos);
  }

  void line_tables() {
    const auto old = line_ranges(8, std::string("\2\1\4\xff\0\5\6\1", 8), 10, 20);
    QCOMPARE(old.size(), std::size_t{4});
    QCOMPARE(old[1].line, std::int64_t{11});
    QCOMPARE(old[2].line, std::int64_t{15});
    QCOMPARE(old[3].end, std::uint64_t{20});
    const auto ten = line_ranges(10, std::string("\2\1\4\x80\2\1", 6), 10, 8);
    QCOMPARE(ten.size(), std::size_t{3});
    QCOMPARE(ten[1].line, std::int64_t{-1});
    QCOMPARE(ten[2].line, std::int64_t{12});
    // One short entry, one line further down, one without location, one that is cut off.
    const auto eleven = line_ranges(11, std::string("\x80\0\xd9\1\2\xf8\xe8", 7), 10, 8);
    QCOMPARE(eleven.size(), std::size_t{3});
    QCOMPARE(eleven[1].line, std::int64_t{11});
    QCOMPARE(eleven[1].end, std::uint64_t{6});
    QCOMPARE(eleven[2].line, std::int64_t{-1});
    QVERIFY(line_ranges(12, "abc", 1, 4).empty());
    const auto exceptions = inspect::exception_ranges(std::string("\x01\x02\x41\x00\x03\x05", 6));
    QCOMPARE(exceptions.size(), std::size_t{1});
    QCOMPARE(exceptions[0].end, std::uint64_t{6});
    QCOMPARE(exceptions[0].target, std::uint64_t{128});
    QVERIFY(exceptions[0].depth == 1 && exceptions[0].lasti);
  }

  // Every object of damaged files is described without a crash or a hang; the sanitizers watch.
  void damage() {
    std::mt19937 random(1);
    std::size_t described = 0;
    for (const QString& name : samples::names()) {
      const std::vector<unsigned char> whole = samples::pickle(name);
      if (!name.startsWith("dill")) continue;
      for (int round = 0; round < 60; ++round) {
        std::vector<unsigned char> data = whole;
        for (int change = 0; change < round / 4; ++change)
          data[random() % data.size()] = static_cast<unsigned char>(random());
        const auto read = inspect::read_pickle(data);
        if (!read) continue;
        const Contents contents(*read->graph, data);
        const int python = inspect::python_of(contents, read->python);
        for (graph::NodeId node = 0; node < read->graph->size(); ++node) {
          described += inspect::details(contents, node, python).size();
        }
        (void)inspect::session_table(*read, data);
      }
    }
    QVERIFY(described > 1000);
  }
};

QTEST_APPLESS_MAIN(TestDisassembly)
#include "tst_disassembly.moc"
