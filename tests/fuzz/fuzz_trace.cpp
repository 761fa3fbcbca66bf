// trace::open: a graph that holds together, or an error.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "graph_walk.h"
#include "require.h"
#include "trace/trace_file.h"

using namespace dill;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const int file = ::memfd_create("trace", MFD_CLOEXEC);
  require(file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size), "the input can be written");
  {
    const auto trace = trace::open("/proc/self/fd/" + std::to_string(file));
    if (trace) {
      require((*trace)->file_bytes == size && (*trace)->pickle.size() <= size, "sizes are those of the file");
      fuzz::require_none(graph::inconsistency(*(*trace)->graph));
    } else {
      require(!trace.error().message.empty(), "an error says what is wrong");
    }
  }
  ::close(file);
  return 0;
}
