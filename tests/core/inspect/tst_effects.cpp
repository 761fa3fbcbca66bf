// What loading would do, opcode by opcode: each way to import and to call, hooks, hashes, names, faults.
#include <QTest>

#include "pickle/escapes.h"
#include "recorded_effects.h"

using namespace dill;
using namespace dill::inspect;
using namespace dill::tests;

class TestEffects : public QObject {
  Q_OBJECT

 private slots:
  void calls_data() {
    QTest::addColumn<std::string>("data");
    QTest::addColumn<std::string>("expected");
    const auto row = [](const char* name, std::string_view data, std::string_view expected) {
      QTest::newRow(name) << std::string(data) << std::string(expected);
    };
    const auto os_system = [&](const char* name, std::string_view data) {
      row(name, data, "lookup os system\ncall os.system ('ls',)\n");
    };
    // An object whose class nobody knows, and what is done with it.
    const auto with_object = [&](const char* name, std::string_view before, std::string_view behind,
                                 std::string_view expected) {
      row(name, std::string(before) + "cm\nC\n)R" + std::string(behind),
          "lookup m C\ncall m.C ()\n" + std::string(expected));
    };
    row("data only",
        "\x80\x04]\x94(K\x01}\x8c\x01"
        "a\x88s\x85(NN\x91\x8f(K\x02\x90"
        "e."sv,
        "");
    os_system("REDUCE", "cos\nsystem\n(S'ls'\ntR."sv);
    os_system("STACK_GLOBAL", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R."sv);
    os_system("INST", "(S'ls'\nios\nsystem\n."sv);
    os_system("OBJ", "(cos\nsystem\nS'ls'\no."sv);
    os_system("result dropped by POP", "cos\nsystem\n(S'ls'\ntR0N."sv);
    os_system("result dropped by POP_MARK", "(cos\nsystem\n(S'ls'\ntR1N."sv);
    os_system("result below the top", "cos\nsystem\n(S'ls'\ntRN."sv);
    os_system("arguments from the memo", "(S'ls'\ntp0\n0cos\nsystem\ng0\nR."sv);
    os_system("payload before a fault", "cos\nsystem\n(S'ls'\ntR\xff"sv);
    with_object("BUILD", ""sv, "}S'a'\nK\x01sb."sv, "build m.C() {'a': 1}\n");
    with_object("APPEND", ""sv,
                "K\x01"
                "a."sv,
                "hook m.C() [1]\n");
    with_object("APPENDS", ""sv,
                "(K\x01K\x02"
                "e."sv,
                "hook m.C() [1, 2]\n");
    with_object("SETITEM", ""sv, "K\x01K\x02s."sv, "hook m.C() {1: 2}\n");
    with_object("SETITEMS", ""sv, "(K\x01K\x02u."sv, "hook m.C() {1: 2}\n");
    with_object("ADDITEMS", "\x80\x04"sv, "(K\x01\x90."sv, "hook m.C() [1]\n");
    with_object("key", "}"sv, "Ns."sv, "hash m.C()\n");
    with_object("key within a tuple", "}"sv, "\x85\x85Ns."sv, "hash ((m.C(),),)\n");
    with_object("key of DICT", "("sv, "Nd."sv, "hash m.C()\n");
    with_object("member of a set", "\x8f("sv, "\x90."sv, "hash m.C()\n");
    with_object("member of a frozenset", "("sv, "\x91."sv, "hash m.C()\n");
    with_object("frozenset as a key", "}("sv, "\x91Ns."sv, "hash m.C()\n");
    with_object("index of a list",
                "]K\x01"
                "a"sv,
                "Ns."sv, "hook [1] {m.C(): None}\n");
    with_object("item of a bytearray", "\x96\x00\x00\x00\x00\x00\x00\x00\x00"sv, "a."sv,
                "hook bytearray(b''...) [m.C()]\n");
    with_object("buffer of an object", ""sv, "\x98."sv, "hook m.C() ?\n");
    row("NEWOBJ",
        "\x80\x02"
        "ca\nC\nK\x01\x85\x81."sv,
        "lookup a C\ncall a.C (1,)\n");
    row("NEWOBJ_EX",
        "\x80\x04"
        "ca\nC\n)}\x8c\x01kK\x05s\x92."sv,
        "lookup a C\ncall a.C () {'k': 5}\n");
    row("import only", "cos\nsystem\n0N."sv, "lookup os system\n");
    row("memo written twice", "S'safe'\np0\n0S'system'\np0\n0S'os'\ng0\n\x93)R."sv,
        "lookup os system\ncall os.system ()\n");
    row("DUP", "cos\nsystem\n2)R."sv, "lookup os system\ncall os.system ()\n");
    row("BUILD of a class", "cm\nC\n}b."sv, "lookup m C\nbuild m.C {}\n");
    row("PERSID", "Pname\n."sv, "persistent 'name'\n");
    row("BINPERSID", "K\x05Q."sv, "persistent 5\n");
    row("EXT1", "\x80\x02\x82\x05."sv, "extension 5\n");
    row("EXT2", "\x80\x02\x83\x01\x02."sv, "extension 513\n");
    row("EXT4", "\x80\x02\x84\x01\x00\x01\x00."sv, "extension 65537\n");
    row("calling an extension", "\x80\x02\x82\x05)R."sv, "extension 5\ncall <extension 5> ()\n");
    row("getattr chain", "cbuiltins\ngetattr\n(cos\npath\nS'join'\ntR)R."sv,
        "lookup builtins getattr\nlookup os path\ncall builtins.getattr (os.path, 'join')\n"
        "call builtins.getattr(os.path, 'join') ()\n");
    row("computed name", "S'os'\ncm\nf\n)R\x93)R."sv,
        "lookup m f\ncall m.f ()\nlookup os ?\ncall find_class('os', m.f()) ()\n");
    row("computed module", "cm\nf\n)RS'system'\n\x93."sv, "lookup m f\ncall m.f ()\nlookup ? system\n");
    row("Python 2 module", "c__builtin__\neval\n0N."sv, "lookup __builtin__ eval -> builtins eval\n");
    row("Python 2 name", "ccopy_reg\n_reconstructor\n0N."sv,
        "lookup copy_reg _reconstructor -> copyreg _reconstructor\n");
    row("Python 2 class", "c__builtin__\nreduce\n0N."sv, "lookup __builtin__ reduce -> functools reduce\n");
    row("no Python 2 name in protocol 3",
        "\x80\x03"
        "c__builtin__\neval\n0N."sv,
        "lookup __builtin__ eval\n");
    row("PROTO in the middle",
        "\x80\x03"
        "c__builtin__\neval\n0\x80\x02"
        "c__builtin__\neval\n0N."sv,
        "lookup __builtin__ eval\nlookup __builtin__ eval -> builtins eval\n");
    row("dill's own names", "c__builtin__\n__main__\n0cdill.dill\nf\n0N."sv,
        "lookup __builtin__ __main__ -> __main__ __dict__\nlookup dill.dill f -> dill._dill f\n");
    row("names that look alike when joined", "S'a\\nb'\nS'c'\n\x93S'a'\nS'b\\nc'\n\x93)R."sv,
        "lookup a\nb c\nlookup a b\nc\ncall a.b\\nc ()\n");
    row("escapes in a name", "S'\\x6fs'\nVs\\u0079stem\n\x93."sv, "lookup os system\n");
    row("name in every encoding", "U\x02osT\x06\x00\x00\x00system\x93."sv, "lookup os system\n");
    row("second pickle", "N.cos\nsystem\n)R."sv, "lookup os system\ncall os.system ()\n");
  }

  void calls() {
    QFETCH(std::string, data);
    QFETCH(std::string, expected);
    for (const Loader loader : {Loader::CBytesIO, Loader::CFile, Loader::Python, Loader::CNew, Loader::Dill})
      QCOMPARE(effects(data, loader), expected);
  }

  void order_and_offsets() {
    RecordedEffects sink;
    const auto result = read("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R."sv, sink);
    QCOMPARE(sink.lines.size(), std::size_t{2});
    QCOMPARE(sink.lines[0].offset, std::uint64_t{14});
    QCOMPARE(sink.lines[1].offset, std::uint64_t{20});
    QVERIFY(!result.fault);
    QVERIFY(!result.dynamic);
    QCOMPARE(result.protocol, 4);
    QCOMPARE(result.end, std::uint64_t{22});
    QCOMPARE(result.outcomes[0].effects, std::uint64_t{2});
  }

  void second_pickle_is_for_who_loads_again() {
    RecordedEffects sink;
    const auto result = read("N.cos\nsystem\n)R."sv, sink);
    QCOMPARE(result.pickles, 2U);
    QCOMPARE(sink.lines.size(), std::size_t{2});
    for (const auto& line : sink.lines) {
      QCOMPARE(line.reach, Reach::NotReached);
      QVERIFY((line.loaders & bit(Loader::CLoads)) == 0);
      QVERIFY((line.loaders & bit(Loader::CBytesIO)) != 0);
    }
    QCOMPARE(effects("N.garbage"sv), ""s);
    QVERIFY(!read("N.garbage"sv).fault);
    QVERIFY(read("N.garbage"sv).trailing_fault);
  }

  void torch_loads_five() {
    const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s;
    RecordedEffects sink;
    (void)read(magic + "N.N.cos\nsystem\n0N.N.cm\nlate\n0N."s, sink);
    QCOMPARE(sink.of(Loader::TorchLegacy), "lookup os system\n"s);
    QCOMPARE(sink.lines[0].reach, Reach::Reached);
    QCOMPARE(sink.lines[1].reach, Reach::NotReached);
  }

  void after_fault() {
    // The list has no hash: no loader goes on, but what follows is told.
    RecordedEffects sink;
    const auto result = read("cm\nf\n)R0}]Nscos\nsystem\n(S'ls'\ntR."sv, sink);
    QVERIFY(result.fault);
    QCOMPARE(result.fault->id, "unhashable-key"sv);
    QCOMPARE(result.fault->offset, std::uint64_t{11});
    QCOMPARE(result.fault->after, std::uint64_t{2});
    QCOMPARE(sink.lines.size(), std::size_t{4});
    QCOMPARE(sink.lines[1].reach, Reach::Reached);
    QCOMPARE(sink.lines[2].reach, Reach::AfterFault);
    QCOMPARE(sink.lines[2].loaders, kNoLoader);
    QCOMPARE(sink.lines[3].text, "call os.system ('ls',)"s);
  }

  void faults_data() {
    QTest::addColumn<std::string>("data");
    QTest::addColumn<std::string>("id");
    const auto row = [](std::string_view data, const char* id) {
      QTest::newRow(id) << std::string(data) << std::string(id);
    };
    row("", "no-stop");
    row("K\x01", "no-stop");
    row("K", "truncated");
    row("X\xff\xff\xff\xff"
        "abc"sv,
        "truncated");
    row("\x8d\xff\xff\xff\xff\xff\xff\xff\xff."sv, "too-long");
    row("\x8b\xff\xff\xff\xff."sv, "negative-length");
    row("R.", "stack-underflow");
    row("(.", "unexpected-mark");
    row("t.", "no-mark");
    row("\xff", "unknown-opcode");
    row("\x80\x06N.", "bad-protocol");
    row("h\x07.", "memo-hole");
    row("g-1\n.", "memo-hole");
    row("Np-1\n.", "bad-number");
    row("]]Ns.", "bad-index");
    row("}]Ns.", "unhashable-key");
    row("(]\x91.", "unhashable-key");
    row("}(]\x85Nu.", "unhashable-key");
    row("NNa.", "no-append");
    row("NNNs.", "no-setitem");
    row("](N\x90.", "no-add");
    row("N)R.", "not-callable");
    row("cm\nf\nNR.", "arguments-no-tuple");
    row("\x80\x04"
        "cm\nC\n)]\x92.",
        "keywords-no-dict");
    row("NN\x93.", "name-no-text");
    row("]K\x01"
        "b.",
        "no-state");
    row("(Nd.", "odd-items");
    row("}(Nu.", "odd-items");
    row("X\x01\x00\x00\x00\xff."sv, "bad-text");
    row("c\xff\nf\n.", "bad-text");
    row("i\xff\nf\n.", "no-mark");
    row("S'a\n.", "bad-quotes");
    row("S'\\x'\n.", "bad-escape");
    row("V\\u12\n.", "bad-escape");
    row("Iabc\n.", "bad-number");
    row("K\x01\x98.", "no-buffer");
    row("\x95\xff\x00\x00\x00\x00\x00\x00\x00N."sv, "frame-beyond-end");
  }

  void faults() {
    QFETCH(std::string, data);
    QFETCH(std::string, id);
    QCOMPARE(fault(data, Loader::CBytesIO), id);
    const auto result = read(data);
    QVERIFY(id == "frame-beyond-end" || result.fault);
  }

  void needs() {
    RecordedEffects sink;
    const auto result = read(
        "\x80\x02\x82\x05"
        "0Pid\n0U\x01\xff"
        "0\x97"
        "0cm\nf\n."sv,
        sink);
    QCOMPARE(result.needs.size(), std::size_t{4});
    QVERIFY(!result.fault);
    QVERIFY(result.dynamic);
    QCOMPARE(int{sink.lines.back().needs}, kNeedsRegistry | kNeedsPersistentLoad | kNeedsEncoding | kNeedsBuffers);
    QVERIFY(read("cm\nf\n."sv).needs.empty());
  }

  void arguments_say_what_they_hold() {
    const auto contents = [](std::string_view data) {
      RecordedEffects sink;
      (void)read(data, sink);
      return int{sink.lines.back().contents};
    };
    QCOMPARE(contents("cm\nf\n(K\x01](S'a'\n}\x88"
                      "etR."sv),
             0);
    QCOMPARE(contents("cm\nf\n(](cm\ng\netR."sv), int{kHoldsGlobal});
    QCOMPARE(contents("cm\nf\n(}cm\ng\n)RNstR."sv), int{kHoldsResult});
    QCOMPARE(contents("cm\nf\n(Pa\ntR."sv), int{kHoldsPersistent});
    QCOMPARE(contents("cm\nf\n(\x82\x01tR."sv), int{kHoldsExtension});
    QCOMPARE(contents("cm\nf\n(\x97tR."sv), int{kHoldsBuffer});
    // The list is in the tuple before it gets what is dangerous.
    QCOMPARE(contents("]p0\n\x85p1\n0g0\ncm\ng\na0cm\nf\ng1\nR."sv), int{kHoldsGlobal});
  }

  void changed_items_are_not_shown_as_they_were() {
    RecordedEffects sink;
    (void)read("cm\nf\n]S'safe'\naK\x00S'evil'\ns\x85R."sv, sink);
    QCOMPARE(sink.lines.back().text, "call m.f ([...],)"s);
    (void)read(
        "cm\nf\n\x96\x04\x00\x00\x00\x00\x00\x00\x00safeK\x41"
        "a\x85R."sv,
        sink);
    QVERIFY(sink.lines.back().text.find("safe") == std::string::npos);
    QCOMPARE(int{sink.lines.back().contents}, int{kHoldsUnknown});
  }

  void expressions_are_cut_between_characters() {
    struct Sink : EffectSink {
      bool on_effect(const Effect& effect) override {
        for (std::size_t limit = 0; limit < 60; ++limit) {
          const std::string text = effect.arguments.expression(limit);
          const std::string_view view = text;
          if (!pickle::is_utf8({reinterpret_cast<const unsigned char*>(view.data()), view.size()},
                               pickle::Surrogates::Refuse))
            wrong.push_back(text);
          longest = std::max(longest, text.size() - std::min(text.size(), limit));
        }
        return true;
      }
      std::vector<std::string> wrong;
      std::size_t longest = 0;
    } sink;
    // Quotes take two bytes; the last text is longer than all that may be shown.
    const auto text = [](std::string_view utf8) {
      std::string opcode = "X";
      for (int shift = 0; shift < 32; shift += 8) opcode += static_cast<char>(utf8.size() >> shift);
      return opcode + std::string(utf8);
    };
    const std::string data = "cm\nf\n(" + text("'\xc3\xa9'\xe2\x82\xac'\xf0\x9f\x90\x8d\n\xc3\xa9") +
                             text(std::string(100'000, 'a')) + "tR.";
    (void)read_effects({reinterpret_cast<const unsigned char*>(data.data()), data.size()}, {}, sink);
    QVERIFY(sink.wrong.empty());
    QVERIFY(sink.longest < 20);
  }

  void sink_can_stop() {
    RecordedEffects sink;
    sink.stop_after = 1;
    const auto result = read("cm\nf\n0cm\ng\n."sv, sink);
    QCOMPARE(sink.lines.size(), std::size_t{1});
    QVERIFY(!result.complete);
    QVERIFY(!result.stopped.empty());
  }

  void health() {
    const auto result = read("N(N(K\x01p5\n."sv);
    QCOMPARE(result.open_marks, std::uint64_t{2});
    QCOMPARE(result.left_on_stack, std::uint64_t{2});
    QCOMPARE(result.highest_memo, std::uint64_t{5});
    QCOMPARE(result.pickles, 1U);
  }
};

QTEST_APPLESS_MAIN(TestEffects)
#include "tst_effects.moc"
