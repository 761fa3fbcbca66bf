// What the window is about: a file that is opened, or a program that is run and examined.
//
// Everything that takes time happens elsewhere: files are read in a worker thread, programs run in the debuggee. The
// newest request wins; results of older ones are dropped.
#pragma once

#include <QObject>
#include <QThreadPool>

#include <cstdint>
#include <memory>
#include <optional>

#include "debuggee/debuggee.h"
#include "models/snapshot.h"

namespace dill::gui {

enum class LoadStage : std::uint8_t;
struct BytePart;
struct LoadControl;
struct LoadError;

class Document : public QObject {
  Q_OBJECT
 public:
  explicit Document(QObject* parent = nullptr);
  ~Document() override;  // ends the program that runs

  // Opens a trace, or any other file by the static reader.
  void openFile(const QString& path);
  // Runs a program and shows what was recorded. A program that still runs is ended first.
  void run(const RunRequest& request);
  // Shows another member of the file on show, and there the object that the byte `offset` belongs to.
  void showMember(std::size_t member, std::optional<quint64> offset = {});
  // Shows the objects that a node of the graph on show stands for, if it is a folded part of it.
  void showFolded(graph::NodeId node);
  // Once more what was opened or run last; of a file the member that was chosen.
  void reload();
  bool canReload() const { return request_.has_value() || !file_.isEmpty(); }
  // Ends what is going on; what is on show stays.
  void cancel();
  bool isBusy() const { return control_ || debuggee_->state() != Debuggee::State::Idle; }

  // While snapshotChanged() is emitted: it is the same thing as before, newer or more of it.
  bool isReload() const { return reload_; }

  SnapshotPtr snapshot() const { return snapshot_; }
  const std::optional<RunRequest>& lastRun() const { return request_; }
  Debuggee* debuggee() const { return debuggee_; }

 signals:
  void busyChanged(bool busy, const QString& what, int percent);  // percent: -1 if it is not known
  void started();  // something new is being opened or run: messages about the last thing are out of date
  void snapshotChanged(const dill::gui::SnapshotPtr& snapshot);
  void variablesListed(const QVector<dill::gui::VariableSummary>& variables);
  void offsetRequested(quint64 offset);  // behind snapshotChanged(): what is to be selected
  void openFailed(const QString& message, const QString& details);
  void runFailed(const dill::gui::RunFailure& failure);
  void fileOpened(const QString& path);  // a file the user chose, for the list of recent ones

 private:
  void startFile();
  void load(const QString& path, const QString& title, bool chosen);
  void loadPart(std::size_t member, std::optional<quint64> offset, const std::optional<BytePart>& part);
  // Keeps `control`'s job in view: how far it is goes to busyChanged().
  void watch(LoadControl& control);
  void stopLoading();
  void show(const SnapshotPtr& snapshot);
  void fail(const LoadError& error);
  void startRun();
  void updateBusy();

  Debuggee* debuggee_;
  QThreadPool workers_;
  std::shared_ptr<LoadControl> control_;  // of the loading job that runs, shared with it; null: none does
  LoadStage stage_{};                     // of that job
  int percent_ = -1;                      // of that stage; -1: not known
  bool reload_ = false;                   // the newest request is a repetition of the last
  bool runAgain_ = false;                 // a request waits until the running program has ended
  QString file_;                          // last file, if the last thing was one
  std::optional<MemberKey> member_;       // of that file, which the user chose to see
  std::optional<RunRequest> request_;
  SnapshotPtr snapshot_;
};

}  // namespace dill::gui
