// Pickles that want to cost more than their size: time stays linear, memory bounded, and the effects complete.
#include <QTest>
#include <algorithm>

#include "recorded_effects.h"

using namespace dill;
using namespace dill::inspect;
using namespace dill::tests;

namespace {

constexpr std::string_view kCall = "cos\nsystem\n(S'ls'\ntR.";
const std::string kCallEffects = "lookup os system\ncall os.system ('ls',)\n";

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

struct Count : EffectSink {
  bool on_effect(const Effect& effect) override {
    ++effects;
    last = effect.callee.expression();
    last_arguments = effect.arguments.expression();
    last_contents = effect.arguments.contents();
    return true;
  }
  std::uint64_t effects = 0;
  std::string last, last_arguments;
  std::uint8_t last_contents = 0;
};

EffectsResult count(std::string_view data, Count& sink, const EffectLimits& limits = {}) {
  return read_effects({reinterpret_cast<const unsigned char*>(data.data()), data.size()}, limits, sink);
}

std::string number4(std::uint32_t value) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(value >> shift);
  return text;
}

}  // namespace

class TestEffectBombs : public QObject {
  Q_OBJECT

 private slots:
  void memo_doubling() {
    // 200 tuples of two, each with the last one twice: 2**200 leaves.
    std::string data = "N";
    for (int i = 0; i < 200; ++i) data += "2\x86";
    data += "p0\n0cm\nf\ng0\n\x85R.";
    Count sink;
    const auto result = count(data, sink);
    QVERIFY(!result.fault);
    QVERIFY(result.endless && *result.endless < 100);
    QVERIFY(!result.too_deep);
    QVERIFY(sink.last_arguments.size() < 1000);
    QCOMPARE(int{sink.last_contents}, 0);
  }

  void what_is_endless() {
    const auto doubled = [](std::string_view begin, std::string_view end, int times) {
      std::string data = "N";
      for (int i = 0; i < times; ++i) {
        const std::string number = std::to_string(i);
        data +=
            "p" + number + "\n0" + std::string(begin) + "g" + number + "\n" + "g" + number + "\n" + std::string(end);
      }
      return data + ".";
    };
    Count sink;
    for (const auto& [begin, end] : {std::pair{"](", "e"}, {"(", "l"}, {"", "\x86"}, {"(", "\x91"}}) {
      QVERIFY(!count(doubled(begin, end, 38), sink).endless);
      QVERIFY(count(doubled(begin, end, 41), sink).endless);
    }
    std::string dicts = "N";
    for (int i = 0; i < 41; ++i) dicts += "p0\n0}(K\x01g0\nK\x02g0\nu";
    QVERIFY(count(dicts + ".", sink).endless);
    // A million references to a list of a thousand are no bomb.
    QVERIFY(!count("](" + repeated("K\x01", 1000) + "ep0\n0](" + repeated("g0\n", 1'000'000) + "e.", sink).endless);
  }

  void doubling_of_what_is_changed_later() {
    // A list that is in all of it gets an object: what each tuple holds is looked for, but not for ever.
    std::string data = "]p0\n";
    for (int i = 0; i < 200; ++i) data += "2\x86";
    data += "p1\n0g0\ncm\ng\na0cm\nf\ng1\n\x85R.";
    Count sink;
    QVERIFY(!count(data, sink).fault);
    QVERIFY((sink.last_contents & (kHoldsGlobal | kHoldsUnknown)) != 0);
  }

  void deep_nesting() {
    for (const std::string_view step : {"\x85"sv, "]2a"sv}) {
      const std::string data = ")" + repeated(step, 1'000'000) + "p0\n0" + std::string(kCall);
      RecordedEffects sink;
      const auto result = read(data, sink);
      QVERIFY(!result.fault);
      QVERIFY(!result.endless);
      QCOMPARE(sink.of(Loader::CLoads), kCallEffects);
    }
    Count sink;
    QVERIFY(!count(")" + repeated("\x85", 99'999) + ".", sink).too_deep);
    QCOMPARE(count(")" + repeated("\x85", 100'001) + ".", sink).too_deep.value_or(0), std::uint64_t{100'001});
    QVERIFY(count(repeated("]", 100'002) + repeated("a", 100'001) + ".", sink).too_deep);
  }

  void deep_arguments() {
    const std::string data = "cm\nf\n)" + repeated("\x85", 1'000'000) + "R.";
    Count sink;
    QVERIFY(!count(data, sink).fault);
    QCOMPARE(sink.effects, std::uint64_t{2});
    QVERIFY(sink.last_arguments.size() < 1000);
  }

  void deep_results() {
    // f(f(f(...)))
    const std::string data = "cm\nf\np0\n)" + repeated("R\x85p1\n0g0\ng1\n", 200'000) + "R.";
    Count sink;
    QVERIFY(!count(data, sink).fault);
    QCOMPARE(sink.effects, std::uint64_t{200'002});
    QVERIFY(sink.last_arguments.size() < 1000);
  }

  void a_million_marks() {
    RecordedEffects sink;
    const auto result = read(repeated("(", 1'000'000) + std::string(kCall), sink);
    QVERIFY(!result.fault);
    QCOMPARE(result.open_marks, std::uint64_t{1'000'000});
    QCOMPARE(sink.of(Loader::CLoads), kCallEffects);
  }

  void lengths_of_gigabytes() {
    for (const std::string_view head :
         {"X\xff\xff\xff\xff"sv, "B\xff\xff\xff\xff"sv, "T\xff\xff\xff\x7f"sv, "\x8b\xff\xff\xff\x7f"sv,
          "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"sv, "\x8e\xff\xff\xff\xff\xff\x00\x00\x00"sv,
          "\x96\xff\xff\xff\xff\xff\x00\x00\x00"sv}) {
      RecordedEffects sink;
      const auto result = read(std::string(kCall.substr(0, kCall.size() - 1)) + std::string(head) + "abc", sink);
      QVERIFY(result.fault);
      QCOMPARE(result.fault->id, "truncated"sv);
      QCOMPARE(sink.of(Loader::CLoads), kCallEffects);
    }
  }

  void memo_indices_everywhere() {
    std::string data = "N";
    std::uint32_t index = 1;
    for (int i = 0; i < 300'000; ++i) {
      index = index * 1664525U + 1013904223U;
      data += "r" + number4(index);
    }
    data += "0j" + number4(index) + "0" + std::string(kCall);
    RecordedEffects sink;
    const auto result = read(data, sink);
    QVERIFY(!result.fault);
    QVERIFY(result.differences.size() <= EffectLimits().max_differences);
    QVERIFY(result.more_differences);
    QCOMPARE(sink.of(Loader::CLoads), kCallEffects);
  }

  void memo_indices_that_grow() {
    // Each twice the one before: an array for them would be of 4 GB.
    std::string data = "N";
    for (std::uint32_t index = 1; index < 0x80000000U; index *= 2) data += "r" + number4(index);
    for (std::uint32_t index = 1; index < 0x80000000U; index *= 2) data += "j" + number4(index) + "0";
    QVERIFY(!read(data + ".").fault);
  }

  void many_names() {
    std::string data;
    for (int i = 0; i < 300'000; ++i) data += "cmodule" + std::to_string(i) + "\nname\n0";
    data += "cos\nsystem\n)R.";
    Count sink;
    QVERIFY(!count(data, sink).fault);
    QCOMPARE(sink.effects, std::uint64_t{300'002});
    QCOMPARE(sink.last, "os.system"s);
  }

  void long_names() {
    const std::string name(10'000'000, 'n');
    Count sink;
    const auto result = count("c" + name + "\n" + name + "\n)R.", sink);
    QCOMPARE(result.lookups, std::uint64_t{1});
    QVERIFY(sink.last.size() < 1000);
  }

  void what_is_given_up_for_memory() {
    // The class and the object are kept although everything else around them is given up many times over.
    EffectLimits limits;
    limits.max_memory = 1 << 16;
    const std::string filler = repeated("(K\x01K\x02K\x03t0", 100'000);
    RecordedEffects sink;
    const auto result = read("cm\nC\np0\n)Rp1\n(S'old'\ntp2\n" + filler + "0}b0g0\ng2\nR.", sink, limits);
    QVERIFY(!result.fault);
    QCOMPARE(sink.lines.size(), std::size_t{4});
    QCOMPARE(sink.lines[2].text, "build m.C(*?) {}"s);
    QCOMPARE(sink.lines[3].text, "call m.C (...)"s);
    QCOMPARE(int{sink.lines[3].contents}, 0);  // literals only, which ones is not known any more
  }

  void reading_can_be_stopped() {
    const std::string data = "]" +
                             repeated(
                                 "K\x01"
                                 "a",
                                 100'000) +
                             "cm\nn\n.";
    std::vector<std::uint64_t> told;
    EffectLimits limits;
    limits.proceed = [&](std::uint64_t done) {
      told.push_back(done);
      return true;
    };
    Count all;
    QVERIFY(count(data, all, limits).complete);
    QCOMPARE(all.effects, std::uint64_t{1});
    QVERIFY(told.size() > 20 && std::ranges::is_sorted(told) && told.back() <= data.size());
    std::size_t asked = 0;
    limits.proceed = [&](std::uint64_t) { return ++asked < 3; };
    Count some;
    const auto result = count(data, some, limits);
    QVERIFY(!result.complete && !result.stopped.empty());
    QCOMPARE(asked, std::size_t{3});
    QCOMPARE(some.effects, std::uint64_t{0});
  }

  void lists_that_are_given_up() {
    EffectLimits limits;
    limits.max_memory = 1 << 16;
    const std::string filler = repeated("(K\x01K\x02K\x03t0", 100'000);
    RecordedEffects sink;
    (void)read("cm\nC\np0\n0]p1\n" + filler + "cm\ng\na0g0\ng1\n\x85R.", sink, limits);
    QVERIFY((sink.lines.back().contents & kHoldsUnknown) != 0);
  }

  void limit_of_entries() {
    EffectLimits limits;
    limits.max_stack = 10'000;
    for (const std::string_view step : {"N"sv, "("sv, "N\x94"sv}) {
      Count sink;
      const auto result = count("cm\nf\n" + repeated(step, 50'000) + ".", sink, limits);
      QVERIFY(!result.complete);
      QVERIFY(!result.stopped.empty());
      QCOMPARE(sink.effects, std::uint64_t{1});
    }
  }

  void many_pickles() {
    Count sink;
    EffectLimits limits;
    limits.max_pickles = 1000;
    QVERIFY(!count(repeated("N.", 10'000), sink, limits).complete);
    QCOMPARE(count(repeated("N.", 10'000), sink).pickles, 10'000U);
  }

  void many_frames_that_lie() {
    // Every frame differs for the loaders; each of them reads the file once more, not each frame.
    std::string data = "\x80\x04";
    for (int i = 0; i < 20'000; ++i) data += frame("X\x02\x00\x00\x00noX\x01\x00\x00\x00z00"s, 6);
    RecordedEffects sink;
    const auto result = read(data + ".", sink);
    QVERIFY(result.differences.size() <= EffectLimits().max_differences);
  }
};

QTEST_APPLESS_MAIN(TestEffectBombs)
#include "tst_effect_bombs.moc"
