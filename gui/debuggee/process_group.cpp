#include "debuggee/process_group.h"

#include <csignal>

#include <sys/prctl.h>
#include <unistd.h>

namespace dill::gui {

void leadOwnGroup(QProcess& process) {
  const pid_t parent = ::getpid();
  // Runs between fork and exec: async-signal-safe calls only.
  process.setChildProcessModifier([parent] {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // the parent died before the request was in force
  });
}

void signalGroup(qint64 leader, int signal) {
  if (leader <= 1) return;  // kill(-1) would mean every process there is
  const auto pid = static_cast<pid_t>(leader);
  if (::kill(-pid, signal) != 0) ::kill(pid, signal);  // not yet a leader: forked, but before setsid
}

}  // namespace dill::gui
