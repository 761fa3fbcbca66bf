// How much processor time the static reader needs for the effects of a file, or of 1.5 million tuples of three numbers
// if none is named: the best of five.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <vector>

#include "inspect/effects/effects.h"

namespace {

struct Count : dill::inspect::EffectSink {
  bool on_effect(const dill::inspect::Effect&) override {
    ++effects;
    return true;
  }
  std::uint64_t effects = 0;
};

// As pickle.dumps([(i, i + 1, i + 2) for i in range(1_500_000)], 3) writes it: 7.5 million opcodes, 31.5 MB.
std::vector<unsigned char> many_tuples() {
  std::vector<unsigned char> bytes;
  bytes.reserve(40'000'000);
  const auto number = [&](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<unsigned char>(value >> shift));
  };
  for (const char c : {'\x80', '\x03', ']', 'q', '\0'}) bytes.push_back(static_cast<unsigned char>(c));
  for (std::uint32_t i = 0; i < 1'500'000; ++i) {
    if (i % 1000 == 0) bytes.push_back('(');
    for (std::uint32_t j = 0; j < 3; ++j) {
      bytes.push_back('J');
      number(i + j);
    }
    bytes.push_back(0x87);
    bytes.push_back('r');
    number(i + 1);
    if (i % 1000 == 999) bytes.push_back('e');
  }
  bytes.push_back('.');
  return bytes;
}

std::vector<unsigned char> file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::size_t peak_kb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      std::size_t value = 0;
      status >> value;
      return value;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<unsigned char> bytes = argc > 1 ? file(argv[1]) : many_tuples();
  if (bytes.empty()) {
    std::fprintf(stderr, "bench_effects: nothing to read\n");
    return 1;
  }
  const std::size_t before = peak_kb();
  double best = 1e9;
  dill::inspect::EffectsResult result;
  for (int i = 0; i < 5; ++i) {
    Count count;
    const std::clock_t start = std::clock();
    result = dill::inspect::read_effects(bytes, {}, count);
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::printf(
      "%zu bytes, %llu opcodes, %llu effects: %.4f s, %.0f MB/s, %.2f ns an opcode, %zu kB on top of the data\n",
      bytes.size(), static_cast<unsigned long long>(result.opcodes), static_cast<unsigned long long>(result.effects),
      best, static_cast<double>(bytes.size()) / best / 1e6, best * 1e9 / static_cast<double>(result.opcodes),
      peak_kb() - before);
  if (result.fault)
    std::printf("fault at %llu: %s\n", static_cast<unsigned long long>(result.fault->offset),
                result.fault->message.c_str());
  return 0;
}
