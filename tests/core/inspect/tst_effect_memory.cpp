// The effects of a file take 64 MiB and 16 bytes for each entry of stack and memo, and not more, whatever the file does.
#include <malloc.h>

#include <QTest>
#include <fstream>
#include <functional>

#include "inspect/effects/effects.h"

using namespace dill;
using namespace dill::inspect;
using namespace std::literals;

namespace {

constexpr std::uint64_t kPromised = std::uint64_t{64} << 20;
constexpr std::uint64_t kPromisedPerEntry = 16;

struct Count : EffectSink {
  bool on_effect(const Effect& effect) override {
    ++effects;
    shown += effect.callee.expression().size() + effect.arguments.expression().size();
    return true;
  }
  std::uint64_t effects = 0;
  std::size_t shown = 0;
};

// A line of /proc/self/status in bytes.
std::uint64_t status_of(std::string_view wanted) {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != wanted) continue;
  std::uint64_t kilobytes = 0;
  status >> kilobytes;
  return kilobytes * 1024;
}

// Sets the peak back to what is in use now. False where the kernel does not do that.
bool forget_peak() {
  malloc_trim(0);
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5" << std::flush;
  return clear.good() && status_of("VmHWM:") < status_of("VmRSS:") + (std::uint64_t{1} << 20);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string number4(std::uint64_t value) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(value >> shift);
  return text;
}

// What write(i) gives for every i below `times`, one behind the other.
template <class Write>
std::string all_of(std::size_t times, Write write) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += write(i);
  return all;
}

// `entries` are those on the stack and in the memo at the most.
struct Program {
  const char* name;
  std::uint64_t entries;
  std::function<std::string()> data;
};

const std::array kPrograms{
    Program{"a list of numbers", 1000,
            [] { return "]" + repeated("(" + repeated("K\x01", 1000) + "e", 10'000) + "."; }},
    Program{"lists that are dropped at once", 10,
            [] {
              return repeated(
                         "](K\x01K\x02K\x03"
                         "e0",
                         4'000'000) +
                     "N.";
            }},
    Program{"tuples in the memo", 4'000'000, [] { return repeated("K\x01\x85\x94]00", 4'000'000) + "N."; }},
    Program{"tuples nested deep, each in the memo", 4'000'000,
            [] { return ")" + repeated("\x85\x94", 4'000'000) + "."; }},
    Program{"dicts nested deep", 6'000'000, [] { return repeated("}N", 3'000'000) + "."; }},
    Program{"objects on the stack", 16'000'000, [] { return repeated("N", 16'000'000) + "."; }},
    Program{"marks", 16'000'000, [] { return repeated("(", 16'000'000) + "N."; }},
    Program{"each third index of the memo", 2'000'000,
            [] { return all_of(2'000'000, [](std::size_t i) { return "]r" + number4(3 * i) + "0"; }) + "N."; }},
    Program{"indices of the memo far apart", 2'000'000,
            [] { return all_of(2'000'000, [](std::size_t i) { return "]r" + number4(2000 * i) + "0"; }) + "N."; }},
    Program{"calls", 10, [] { return "cm\nf\np0\n0" + repeated("g0\n(K\x01K\x02tR0", 2'000'000) + "N."; }},
    Program{"calls of calls", 10, [] { return "cm\nf\np0\n)R" + repeated("p1\n0g0\ng1\n\x85R", 1'000'000) + "."; }},
    Program{"names", 10,
            [] { return all_of(1'000'000, [](std::size_t i) { return "cm\nf" + std::to_string(i) + "\n0"; }) + "N."; }},
    Program{"long names", 10,
            [] {
              const std::string name(4000, 'n');
              return all_of(40'000, [&](std::size_t i) { return "cm\n" + name + std::to_string(i) + "\n0"; }) + "N.";
            }},
    Program{"long texts as arguments", 10,
            [] {
              const std::string text = "X" + number4(1'000'000) + std::string(1'000'000, 'x');
              return "cm\nf\np0\n0" + repeated("g0\n(" + text + text + "tR0", 40) + "N.";
            }},
    Program{"small pickles", 10, [] { return repeated("N.", 900'000); }},
};

}  // namespace

class TestEffectMemory : public QObject {
  Q_OBJECT

 private slots:
  void bounded_data() {
    QTest::addColumn<std::size_t>("index");
    for (std::size_t i = 0; i < kPrograms.size(); ++i) QTest::newRow(kPrograms[i].name) << i;
  }

  void bounded() {
#if defined(__SANITIZE_ADDRESS__)
    QSKIP("the address sanitizer keeps what is freed");
#else
    QFETCH(std::size_t, index);
    const Program& program = kPrograms[index];
    const std::string data = program.data();
    if (!forget_peak()) QSKIP("the kernel does not let a process forget its peak of memory");
    const std::uint64_t before = status_of("VmRSS:");
    Count sink;
    const EffectsResult result =
        read_effects({reinterpret_cast<const unsigned char*>(data.data()), data.size()}, {}, sink);
    const std::uint64_t more = status_of("VmHWM:") - before;
    QVERIFY2(result.complete, result.stopped.c_str());
    QVERIFY(!result.fault);
    const std::uint64_t promised = kPromised + kPromisedPerEntry * program.entries;
    qInfo("%.1f of %.1f MB, %llu effects", static_cast<double>(more) / 1e6, static_cast<double>(promised) / 1e6,
          static_cast<unsigned long long>(sink.effects));
    QVERIFY(more <= promised);
#endif
  }
};

QTEST_APPLESS_MAIN(TestEffectMemory)
#include "tst_effect_memory.moc"
