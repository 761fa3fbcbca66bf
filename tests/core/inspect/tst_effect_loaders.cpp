// Where the loaders part: frames that lie, lines that end with the file, odd numbers, arguments that are no tuple.
#include <QTest>

#include "recorded_effects.h"

using namespace dill;
using namespace dill::inspect;
using namespace dill::tests;

namespace {

constexpr Loader kC = Loader::CBytesIO;
constexpr Loader kPy = Loader::Python;

bool differs(std::string_view data, std::string_view id) {
  for (const LoaderDifference& difference : read(data).differences) {
    if (difference.id == id) return true;
  }
  return false;
}

}  // namespace

class TestEffectLoaders : public QObject {
  Q_OBJECT

 private slots:
  void well_formed_frames_are_read_alike() {
    const std::string body = "\x8c\x02os\x8c\x06system\x93)R."s;
    const std::string data = "\x80\x04"s + frame(body, body.size());
    const auto result = read(data);
    QVERIFY(result.differences.empty());
    for (std::size_t i = 0; i < kLoaderCount; ++i) {
      if (result.outcomes[i].reads) QCOMPARE(result.outcomes[i].effects, std::uint64_t{2});
    }
    // Frames may end behind an opcode's byte, or behind its length.
    QVERIFY(read("\x80\x04"s + frame(body, 1)).differences.empty());
    QVERIFY(read("\x80\x04"s + frame(body, 2)).differences.empty());
    QVERIFY(read("\x80\x04"s + frame(body, 0)).differences.empty());
  }

  void straddle() {
    // The frame ends within the text. loads() reads "no" and fails at "s"; a BytesIO gives "os" instead.
    const std::string data = "\x80\x04"s + frame("X\x02\x00\x00\x00nos\x8c\x06system\x93)R."s, 6);
    QCOMPARE(effects(data, kC), "lookup os system\ncall os.system ()\n"s);
    QCOMPARE(effects(data, Loader::Dill), "lookup os system\ncall os.system ()\n"s);
    QCOMPARE(effects(data, Loader::CLoads), ""s);
    QCOMPARE(fault(data, Loader::CLoads), "stack-underflow"s);
    QCOMPARE(fault(data, kC), ""s);
    QCOMPARE(fault(data, kPy), "frame-straddle"s);
    // All of the file is in its buffer, out of which nothing is dropped.
    QCOMPARE(effects(data, Loader::CFile, 8192), ""s);
    QVERIFY(differs(data, "loaders-differ-frame-straddle"));
  }

  void straddle_depends_on_the_buffer_of_the_file() {
    // The frame lies across the end of the first 4096 bytes, so that it is read and not looked at.
    const std::string pad = "X" + "\xea\x0f\x00\x00"s + std::string(4074, 'x') + "0";
    const std::string data = "\x80\x04"s + pad + frame("X\x02\x00\x00\x00nos\x8c\x06system\x93)R."s, 6);
    QCOMPARE(effects(data, Loader::CFile, 4096), "lookup os system\ncall os.system ()\n"s);
    QCOMPARE(effects(data, Loader::CFile, 8192), ""s);
  }

  void straddle_of_bytes_is_put_together() {
    const std::string data = "\x80\x04"s + frame("C\x02no0cm\nf\n."s, 3);
    QCOMPARE(effects(data, kC), "lookup m f\n"s);
    QCOMPARE(effects(data, Loader::CLoads), "lookup m f\n"s);
    QCOMPARE(fault(data, kPy), "frame-straddle"s);
    QCOMPARE(effects(data, kPy), ""s);
  }

  void numbers_that_straddle_have_the_value_that_is_read() {
    // What stands in the frame is lost: the sign of the float, a digit of the int.
    const auto called = [](std::string_view opcode, std::size_t inside) {
      const std::string before = "cm\nf\n";
      return effects("\x80\x04"s + frame(before + std::string(opcode) + "\x85R.", before.size() + inside),
                     Loader::CBytesIO);
    };
    QCOMPARE(called("F-2.25\n", 2), "lookup m f\ncall m.f (2.25,)\n"s);
    QCOMPARE(called("I125\n", 2), "lookup m f\ncall m.f (25,)\n"s);
    QCOMPARE(called("L125L\n", 3), "lookup m f\ncall m.f (5,)\n"s);
  }

  void frame_in_frame() {
    const std::string inner = frame("N.cm\nf\n."s, 2);
    const std::string data = "\x80\x04"s + frame(inner, 15);
    QCOMPARE(fault(data, kPy), "frame-in-frame"s);
    QCOMPARE(fault(data, kC), ""s);
  }

  void frame_beyond_the_end() {
    const std::string data = "\x80\x04"s + frame("cm\nf\n."s, 100);
    QCOMPARE(effects(data, kPy), "lookup m f\n"s);
    QCOMPARE(effects(data, kC), ""s);
    QCOMPARE(fault(data, kC), "frame-beyond-end"s);
    QCOMPARE(fault(data, kPy), ""s);
  }

  void stop_within_a_frame() {
    // loads() and a file go on behind the STOP, the others behind the frame.
    const std::string data = "\x80\x04"s + frame("N.cm\nf\n.cm\ng\n."s, 8);
    QCOMPARE(effects(data, kC), "lookup m g\n"s);
    QCOMPARE(effects(data, kPy), "lookup m g\n"s);
    QCOMPARE(effects(data, Loader::CFile, 8192), "lookup m f\nlookup m g\n"s);
    QVERIFY(differs(data, "loaders-differ-stop-in-frame"));
  }

  void lines_that_end_with_the_file() {
    QCOMPARE(effects("cos\nsystemX"sv, kPy), "lookup os system\n"s);
    QCOMPARE(effects("cos\nsystemX"sv, kC), ""s);
    QCOMPARE(effects("(S'ls'\nios\nsystemX"sv, kPy), "lookup os system\ncall os.system ('ls',)\n"s);
    QCOMPARE(effects("(S'ls'\nios\nsystemX"sv, kC), ""s);
    QCOMPARE(effects("c"sv, kPy), "lookup  \n"s);
    QCOMPARE(effects("Pidx"sv, kPy), "persistent 'id'\n"s);
    // Within a frame the Python machine refuses such a line.
    QCOMPARE(effects("\x80\x04"s + frame("cos\nsystemX"s, 11), kPy), ""s);
  }

  void inst_without_mark() {
    QCOMPARE(effects("ios\nsystem\n."sv, kPy), "lookup os system\n"s);
    QCOMPARE(effects("ios\nsystem\n."sv, kC), ""s);
    QCOMPARE(fault("ios\nsystem\n."sv, kPy), "no-mark"s);
  }

  void empty_names() {
    QCOMPARE(effects("cos\n\n."sv, kPy), "lookup os \n"s);
    QCOMPARE(effects("cos\n\n."sv, kC), ""s);
    QCOMPARE(fault("cos\n\n."sv, kC), "empty-name"s);
  }

  void arguments_that_are_no_tuple() {
    QCOMPARE(effects("cos\nsystem\n]S'ls'\naR."sv, kPy), "lookup os system\ncall os.system ['ls']\n"s);
    QCOMPARE(effects("cos\nsystem\n]S'ls'\naR."sv, kC), "lookup os system\n"s);
    QCOMPARE(effects("cos\nsystem\nS'ls'\n\x81."sv, kPy), "lookup os system\ncall os.system 'ls'\n"s);
    // What is unpacked can be anything, even if nothing is there to be called.
    QCOMPARE(effects("Ncm\nf\n)RR."sv, kPy), "lookup m f\ncall m.f ()\ncall None m.f()\n"s);
    QVERIFY(read("cm\nf\ncm\ng\n)RR."sv).doubtful_from);
  }

  void nothing_to_append() {
    QCOMPARE(effects("cm\nC\n)R(e."sv, kPy), "lookup m C\ncall m.C ()\nhook m.C() []\n"s);
    QCOMPARE(effects("cm\nC\n)R(e."sv, kC), "lookup m C\ncall m.C ()\n"s);
    QCOMPARE(fault("N(e."sv, kPy), "no-append"s);
    QCOMPARE(fault("N(e."sv, kC), ""s);
  }

  void state_of_a_builtin() {
    QCOMPARE(fault("]Nb."sv, kC), ""s);
    QCOMPARE(fault("]K\x00"
                   "b."sv,
                   kC),
             "no-state"s);
    QCOMPARE(fault("]K\x00"
                   "b."sv,
                   kPy),
             ""s);
    QCOMPARE(effects("]cm\nf\n)Rb."sv, kPy), "lookup m f\ncall m.f ()\nbuild [] m.f()\n"s);
  }

  void numbers_data() {
    QTest::addColumn<std::string>("data");
    QTest::addColumn<int>("accept");  // of CBytesIO 1, Python 2, CNew 4, PythonNew 8
    const auto row = [](std::string_view text, int accept) {
      QTest::newRow(QByteArray(text.data(), int(text.size())).toPercentEncoding().constData())
          << std::string(text) << accept;
    };
    row("I12\n"sv, 15);
    row("I-12\n"sv, 15);
    row("I+12\n"sv, 15);
    row("I 12 \n"sv, 15);
    row("I1_000\n"sv, 15);
    row("I0x1F\n"sv, 3);
    row("I0b1\n"sv, 3);
    row("I010\n"sv, 13);
    row("I089\n"sv, 12);
    row("I12\0junk\n"sv, 5);
    row("I\0\n"sv, 5);
    row("I\n"sv, 0);
    row("I1.5\n"sv, 0);
    row("I99999999999999999999\n"sv, 15);
    row("L12L\n"sv, 15);
    row("L12\n"sv, 15);
    row("L0x1F\n"sv, 3);
    row("L010\n"sv, 12);
    row("LL\n"sv, 0);
    row("L12LL\n"sv, 0);
    row("L12\0L\n"sv, 5);
    row("F1.5\n"sv, 15);
    row("F 1.5\n"sv, 10);
    row("F1_0.5\n"sv, 10);
    row("Finf\n"sv, 15);
    row("F-nan\n"sv, 15);
    row("F1e999\n"sv, 10);
    row("F1e-999\n"sv, 15);
    row("F0x1p3\n"sv, 0);
    row("F1.5\0junk\n"sv, 5);
    row("F\n"sv, 0);
    row("F.\n"sv, 0);
    row("F1e\n"sv, 0);
    row("Np0\n0g0\n"sv, 15);
    row("Np 0\n0g+0\n"sv, 15);
    row("Np0\0x\n"sv, 5);
    row("Np9223372036854775808\n"sv, 10);
    row("Np0x1\n"sv, 0);
    row("\x82\x00"sv, 10);
    row("\x84\xff\xff\xff\xff"sv, 10);
  }

  void numbers() {
    QFETCH(std::string, data);
    QFETCH(int, accept);
    const auto result = read(data + ".");
    int really = 0;
    int place = 1;
    for (const Loader loader : {Loader::CBytesIO, Loader::Python, Loader::CNew, Loader::PythonNew}) {
      if (!result.outcomes[static_cast<std::size_t>(loader)].fault) really |= place;
      place *= 2;
    }
    QCOMPARE(really, accept);
    QCOMPARE(result.fault.has_value(), accept == 0);
  }

  void large_memo_index() {
    const auto data = "Nr\x00\x00\x00\xffj\x00\x00\x00\xff."sv;
    QVERIFY(!read(data).fault);
    QVERIFY(differs(data, "loaders-differ-memo-index"));
    // Above 2**63 only the Python machine goes on; what it finds under such numbers is not told apart.
    const auto huge = "cm\nf\np99999999999999999999\n0g99999999999999999999\n)R."sv;
    QCOMPARE(fault(huge, kC), "bad-number"s);
    QVERIFY(!fault(huge, kPy).empty() || effects(huge, kPy) == "lookup m f\ncall ? ()\n"s);
  }

  void negative_length_of_text() { QCOMPARE(fault("T\xff\xff\xff\xff"sv, kC), "truncated"s); }
};

QTEST_APPLESS_MAIN(TestEffectLoaders)
#include "tst_effect_loaders.moc"
