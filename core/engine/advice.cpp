#include "engine/advice.h"

namespace dill::engine {
namespace {

using graph::EdgeKind;

struct Reason {
  std::string_view type;
  std::string_view text;
};

constexpr std::string_view kConnection =
    "A connection belongs to this process. Leave it out and open it again after loading.";
constexpr std::string_view kIterator =
    "A generator or iterator cannot be saved half-way. Keep its items, list(x), or keep the function that makes it and "
    "call it after loading.";
constexpr std::string_view kFrame =
    "Frames and tracebacks belong to running code. Keep their text instead: traceback.format_exception(exception).";
constexpr std::string_view kAsync =
    "Running coroutines and tasks cannot be saved. Keep the coroutine function and its arguments.";
constexpr std::string_view kBuffer = "Keep the data itself, bytes(x), or the path of the file it comes from.";
constexpr std::string_view kHalfWay = "A compressor cannot be saved half-way. Finish it and keep the bytes.";

constexpr Reason kReasons[] = {
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
    {"sqlite3.Connection", kConnection},
    {"sqlite3.Cursor", kConnection},
    {"socket.socket", kConnection},
    {"ssl.SSLSocket", kConnection},
    {"ssl.SSLContext", "An SSL context holds keys and cannot be saved. Make it again after loading."},
    {"select.epoll", "A poll object belongs to this process. Make it again after loading."},
    {"_queue.SimpleQueue", "Use queue.Queue, which can be pickled, or keep its items as a list."},
    {"memoryview", kBuffer},
    {"mmap.mmap", kBuffer},
    {"_hashlib.HASH", "Keep the data that was hashed, or the digest: h.hexdigest()."},
    {"re.Match", "Keep what you need of the match: m.group(), m.span(), m.groupdict()."},
    {"_struct.Struct", "Keep the format, s.format, and make the Struct again after loading."},
    {"_contextvars.ContextVar", "Context variables belong to their module. Make it a global of an importable module."},
    {"zlib.Compress", kHalfWay},
    {"zlib.Decompress", kHalfWay},
    {"subprocess.Popen", "A running process cannot be saved. Keep its arguments and its output."},
};

std::string_view last_part(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

// The class leaves the attribute out of its state.
std::string code_for_attribute(const Culprit& culprit) {
  std::string code =
      "    class HOLDER:\n"
      "        def __getstate__(self):\n"
      "            state = self.__dict__.copy()\n"
      "            state['NAME'] = None  # to be made again after loading\n"
      "            return state";
  code = replaced(std::move(code), "HOLDER", last_part(culprit.holder_type));
  return replaced(std::move(code), "NAME", culprit.label);
}

std::string code_for_slot(const Culprit& culprit) {
  std::string code =
      "    class HOLDER:\n"
      "        def __getstate__(self):\n"
      "            kept = [name for name in self.__slots__ if name != 'NAME' and hasattr(self, name)]\n"
      "            return None, {name: getattr(self, name) for name in kept}  # NAME is made again after loading";
  code = replaced(std::move(code), "HOLDER", last_part(culprit.holder_type));
  return replaced(std::move(code), "NAME", culprit.label);
}

// It is taken out for the time of the dump.
std::string code_to_set_aside(std::string_view expression) {
  const std::string target(expression);
  return "    held, " + target + " = " + target + ", None\n    ...  # dill.dump(...)\n    " + target + " = held";
}

std::string code_for(const Culprit& culprit) {
  switch (culprit.edge) {
    case EdgeKind::Attribute:
      return code_for_attribute(culprit);
    case EdgeKind::Slot:
      return code_for_slot(culprit);
    case EdgeKind::Item:
      if (culprit.holder_type == "tuple") return {};
      [[fallthrough]];
    case EdgeKind::DictValue:
    case EdgeKind::CellContents:
    case EdgeKind::Global:
    case EdgeKind::KwDefault:
      return culprit.expression.empty() || culprit.replayed ? std::string() : code_to_set_aside(culprit.expression);
    default:
      return {};
  }
}

}  // namespace

std::string advice_for(const Culprit& culprit) {
  std::string advice;
  for (const Reason& reason : kReasons)
    if (reason.type == culprit.type) advice = reason.text;
  const std::string code = code_for(culprit);
  if (!advice.empty() && !code.empty()) advice += "\n";
  return advice + code;
}

}  // namespace dill::engine
