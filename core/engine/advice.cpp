#include "engine/advice.h"

#include <iterator>

namespace dill::engine {
namespace {

struct Advice {
  std::string_view type;
  std::string_view text;
};

constexpr std::string_view kReopen =
    "A connection belongs to this process. Leave it out and open it again after loading:\n"
    "    def __getstate__(self):\n"
    "        state = self.__dict__.copy()\n"
    "        state['NAME'] = None\n"
    "        return state\n"
    "    def __setstate__(self, state):\n"
    "        self.__dict__.update(state)\n"
    "        self.NAME = connect_again()";

constexpr std::string_view kIterator =
    "A generator or iterator cannot be saved half-way. Keep its items, list(x), or keep the function that makes it and "
    "call it after loading.";

constexpr std::string_view kFrame =
    "Frames and tracebacks belong to running code. Keep their text instead: traceback.format_exception(exception).";

constexpr std::string_view kAsync =
    "Running coroutines and tasks cannot be saved. Keep the coroutine function and its arguments.";

constexpr std::string_view kBuffer = "Keep the data itself: bytes(x), or the path of the file it comes from.";

constexpr Advice kAdvice[] = {
    {"generator", kIterator},
    {"callable_iterator", kIterator},
    {"_csv.reader", kIterator},
    {"async_generator", kAsync},
    {"coroutine", kAsync},
    {"_asyncio.Task", kAsync},
    {"_asyncio.Future", kAsync},
    {"frame", kFrame},
    {"traceback", kFrame},
    {"_thread._local",
     "Thread-local data belongs to its threads. Keep what is in it as plain attributes, or make the threading.local() "
     "where it is used (a module global) instead of holding it."},
    {"_thread.lock", "Locks are rebuilt by dill; another pickler needs it left out of __getstate__."},
    {"sqlite3.Connection", kReopen},
    {"sqlite3.Cursor", kReopen},
    {"socket.socket", kReopen},
    {"ssl.SSLSocket", kReopen},
    {"ssl.SSLContext", kReopen},
    {"select.epoll", kReopen},
    {"_queue.SimpleQueue", "Use queue.Queue, which can be pickled, or keep its items as a list."},
    {"memoryview", kBuffer},
    {"mmap.mmap", kBuffer},
    {"_hashlib.HASH", "Keep the data that was hashed, or the digest: h.hexdigest()."},
    {"re.Match", "Keep what you need of the match: m.group(), m.span(), m.groupdict()."},
    {"_struct.Struct", "Keep the format, s.format, and make the Struct again after loading."},
    {"_contextvars.ContextVar", "Context variables belong to their module. Make it a global of an importable module."},
    {"zlib.Compress", "A compressor cannot be saved half-way. Finish it and keep the bytes."},
    {"zlib.Decompress", "A decompressor cannot be saved half-way. Finish it and keep the bytes."},
    {"subprocess.Popen", "A running process cannot be saved. Keep its arguments and its output."},
};

}  // namespace

std::string_view advice_for(std::string_view type) {
  for (const Advice& advice : kAdvice)
    if (advice.type == type) return advice.text;
  return {};
}

}  // namespace dill::engine
