// Child processes in a group of their own, so that all of a program can be ended at once.
#pragma once

#include <QProcess>

namespace dill::gui {

// Must be called before process.start(): the child leads a new session (and process group) and is killed by the kernel
// when the thread that started it ends.
void leadOwnGroup(QProcess& process);

// Sends `signal` to every process of the group that `leader` leads, whether the leader still runs or not.
void signalGroup(qint64 leader, int signal);

}  // namespace dill::gui
