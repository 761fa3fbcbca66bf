#include "file/shrink_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>

namespace dill::file {

namespace detail {

// One mapping. The list of them only grows, entries are used again, so that the handler can walk it without a lock.
struct Guarded {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::size_t> size{0};  // 0: free
  std::atomic<bool> faulted{false};
  Guarded* next = nullptr;
};

}  // namespace detail

namespace {

using detail::Guarded;

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free && std::atomic<Guarded*>::is_always_lock_free &&
                  std::atomic<bool>::is_always_lock_free,
              "the handler may not wait for a lock");

std::atomic<Guarded*> g_first{nullptr};
std::mutex g_mutex;              // whoever changes the list or the handlers; never taken by the handler
struct sigaction g_original {};  // before the first installation
struct sigaction g_previous {};  // before the latest one
std::atomic<bool> g_passing_on{false};
std::uintptr_t g_page = 4096;

// Puts zeros from the page of `address` to the end of its mapping; false if it lies in none.
bool cover(std::uintptr_t address) {
  for (Guarded* guarded = g_first.load(std::memory_order_acquire); guarded != nullptr; guarded = guarded->next) {
    const std::uintptr_t begin = guarded->begin.load(std::memory_order_acquire);
    const std::size_t size = guarded->size.load(std::memory_order_acquire);
    if (size == 0 || address < begin || address - begin >= size) continue;
    // The entry may have been given to another mapping between the two loads.
    if (guarded->begin.load(std::memory_order_acquire) != begin) continue;
    const std::uintptr_t page = address & ~(g_page - 1);
    void* const zeros = ::mmap(reinterpret_cast<void*>(page), size - (page - begin), PROT_READ,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED) return false;
    guarded->faulted.store(true, std::memory_order_release);
    return true;
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  // A positive code: sent by the system because of an access, not by kill().
  if (info->si_code > 0 && cover(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    errno = error;
    return;
  }
  const bool is_handler = g_previous.sa_handler != SIG_DFL && g_previous.sa_handler != SIG_IGN;
  if (!is_handler || g_passing_on.exchange(true)) {
    // Nobody else wants it; or the previous handler gave it back, as Python's faulthandler does when it has printed
    // where the program is. Returning repeats the access, which then ends as if this handler had never been.
    ::sigaction(SIGBUS, &g_original, nullptr);
    if (info->si_code <= 0) ::raise(SIGBUS);
    errno = error;
    return;
  }
  if ((g_previous.sa_flags & SA_SIGINFO) != 0) {
    g_previous.sa_sigaction(signal, info, context);
  } else {
    g_previous.sa_handler(signal);
  }
  g_passing_on.store(false);
  errno = error;
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &on_bus_error;
}

// Puts the handler on top, also if another one was put there since. The caller holds g_mutex.
void install() {
  static bool installed = false;
  struct sigaction current {};
  if (::sigaction(SIGBUS, nullptr, &current) != 0 || is_ours(current)) return;
  if (!installed) {
    g_page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    g_original = current;
    installed = true;
  }
  g_previous = current;
  struct sigaction action {};
  action.sa_sigaction = &on_bus_error;
  // SA_NODEFER: a previous handler that raises the signal again must get it at once, while it is known to be passed on.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

ShrinkGuard::ShrinkGuard(std::span<const unsigned char> mapping) {
  if (mapping.empty()) return;
  const std::lock_guard lock(g_mutex);
  install();
  Guarded* free = g_first.load(std::memory_order_relaxed);
  while (free != nullptr && free->size.load(std::memory_order_relaxed) != 0) free = free->next;
  const bool is_new = free == nullptr;
  if (is_new) free = new Guarded;
  free->faulted.store(false, std::memory_order_relaxed);
  free->begin.store(reinterpret_cast<std::uintptr_t>(mapping.data()), std::memory_order_release);
  free->size.store(mapping.size(), std::memory_order_release);
  if (is_new) {
    // Never freed: the handler may be looking at it.
    free->next = g_first.load(std::memory_order_relaxed);
    g_first.store(free, std::memory_order_release);
  }
  guarded_ = free;
}

void ShrinkGuard::release() {
  if (guarded_ == nullptr) return;
  const std::lock_guard lock(g_mutex);
  guarded_->size.store(0, std::memory_order_release);
  guarded_->begin.store(0, std::memory_order_release);
  guarded_ = nullptr;
}

bool ShrinkGuard::faulted() const { return guarded_ != nullptr && guarded_->faulted.load(std::memory_order_acquire); }

}  // namespace dill::file
