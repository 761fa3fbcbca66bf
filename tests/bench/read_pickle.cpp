// How long the static reader takes for a pickle: the graph, and what of it is the symbolic machine.
// Usage: bench_read_pickle [FILE | TUPLES [RUNS]]; without a file a list of TUPLES (1,500,000) tuples (int, float, str),
// about 38 MB and 9 million opcodes, is made. Prints medians of processor time in milliseconds and the memory at its highest.
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "inspect/static_graph.h"
#include "inspect/symbolic_machine.h"

namespace {

using Bytes = std::vector<unsigned char>;

void append(Bytes& bytes, std::uint64_t number, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<unsigned char>(number >> (8 * i)));
}

// As CPython writes it: batches of 1,000 items, strings and tuples memoized.
Bytes tuples(std::uint32_t count) {
  Bytes bytes{0x80, 4, ']', 0x94};
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i % 1000 == 0) bytes.push_back('(');
    bytes.push_back('J');
    append(bytes, 100'000 + i, 4);
    bytes.push_back('G');
    const auto bits = std::bit_cast<std::uint64_t>(i / 3.0);
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<unsigned char>(bits >> shift));
    const std::string text = std::to_string(1'000'000 + i);
    bytes.push_back(0x8c);
    bytes.push_back(static_cast<unsigned char>(text.size()));
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.insert(bytes.end(), {0x94, 0x87, 0x94});
    if (i % 1000 == 999 || i + 1 == count) bytes.push_back('e');
  }
  bytes.push_back('.');
  return bytes;
}

double milliseconds(auto&& work) {
  const std::clock_t start = std::clock();
  work();
  return 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double median(std::vector<double> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

double megabytes_at_most() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace dill;
  const std::string what = argc > 1 ? argv[1] : "1500000";
  const int runs = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  Bytes data;
  if (what.find_first_not_of("0123456789") == std::string::npos) {
    data = tuples(static_cast<std::uint32_t>(std::strtoul(what.c_str(), nullptr, 10)));
  } else {
    std::ifstream file(what, std::ios::binary);
    data.assign(std::istreambuf_iterator<char>(file), {});
  }
  const double before = megabytes_at_most();
  std::vector<double> decoding, machine, all;
  std::uint64_t opcodes = 0, nodes = 0, values = 0;
  for (int run = 0; run < runs; ++run) {
    decoding.push_back(milliseconds([&] {
      pickle::Decoder decoder(data, pickle::Frames::MayBeCut);
      opcodes = 0;
      while (decoder.remaining() > 0 && decoder.next()) ++opcodes;
    }));
    machine.push_back(milliseconds([&] {
      inspect::SymbolicMachine symbolic(data, {});
      (void)symbolic.read_pickle();
      values = symbolic.values().size();
    }));
  }
  const double with_machine = megabytes_at_most();
  for (int run = 0; run < runs; ++run) {
    all.push_back(milliseconds([&] {
      const auto read = inspect::read_pickle(data);
      nodes = read ? read->graph->size() : 0;
      if (read && read->fault) std::printf("fault: %s\n", read->fault->message.c_str());
    }));
  }
  std::printf("%.1f MB, %llu opcodes, %llu values, %llu nodes\n", static_cast<double>(data.size()) / 1e6,
              static_cast<unsigned long long>(opcodes), static_cast<unsigned long long>(values),
              static_cast<unsigned long long>(nodes));
  std::printf("decoder %.0f ms, symbolic machine %.0f ms, graph %.0f ms\n", median(decoding), median(machine),
              median(all));
  std::printf("memory: machine %.0f MB, graph %.0f MB beside the file\n", with_machine - before,
              megabytes_at_most() - before);
  return 0;
}
