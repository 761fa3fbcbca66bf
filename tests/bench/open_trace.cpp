// How long opening a large trace takes: map, verify, graph, and everything of graph::Analysis.
// Usage: bench_open_trace [nodes [runs]]; prints medians in milliseconds. Target: 1,000,000 nodes in under 500 ms.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <vector>

#include "graph/analysis.h"
#include "graph/find.h"
#include "sample_recording.h"
#include "trace/trace_file.h"

namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "bench_open_trace.XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace dill;
  const long nodes = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 1'000'000;
  const long runs = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 9;
  if (nodes < 1 || nodes > 20'000'000 || runs < 1) {
    std::fprintf(stderr, "usage: bench_open_trace [nodes [runs]]\n");
    return 2;
  }
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path / "large.dtrace";

  const trace::Recording recording = test::large_recording(static_cast<std::uint32_t>(nodes), 1);
  auto start = std::chrono::steady_clock::now();
  const auto saved = trace::save(recording, file);
  const double save_ms = milliseconds_since(start);
  if (!saved) {
    std::fprintf(stderr, "%s\n", saved.error().message.c_str());
    return 1;
  }
  std::printf("%ld nodes, %zu memo hits, file %.1f MB, saved in %.0f ms\n", nodes, recording.references.size(),
              static_cast<double>(saved->file_bytes) / 1e6, save_ms);

  std::vector<double> open_ms, analysis_ms, total_ms, cpu_ms, find_ms;
  for (long run = 0; run < runs; ++run) {
    const std::clock_t cpu_start = std::clock();
    start = std::chrono::steady_clock::now();
    const auto trace = trace::open(file);
    if (!trace) {
      std::fprintf(stderr, "%s\n", trace.error().message.c_str());
      return 1;
    }
    open_ms.push_back(milliseconds_since(start));
    const auto analysis_start = std::chrono::steady_clock::now();
    const graph::Analysis analysis((*trace)->graph);
    analysis_ms.push_back(milliseconds_since(analysis_start));
    total_ms.push_back(milliseconds_since(start));
    cpu_ms.push_back(1e3 * static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC);

    const auto find_start = std::chrono::steady_clock::now();
    const graph::Found found = graph::find(*(*trace)->graph, "12345", std::atomic<bool>(false));
    find_ms.push_back(milliseconds_since(find_start));
    if (found.nodes.empty() && nodes > 100'000) std::printf("nothing found\n");
  }
  std::printf("open (map, verify, graph)               %7.1f ms\n", median(open_ms));
  std::printf("analysis (paths, dominators, retained)  %7.1f ms\n", median(analysis_ms));
  std::printf("together                                %7.1f ms (%.1f ms of processor time)\n", median(total_ms),
              median(cpu_ms));
  std::printf("search for a text in all nodes          %7.1f ms\n", median(find_ms));
  return 0;
}
