#include "app/document.h"

#include <QFileInfo>

#include "app/load_snapshot.h"
#include "models/node_status.h"

namespace dill::gui {

namespace {

QString stageText(LoadStage stage, const QString& file) {
  switch (stage) {
    case LoadStage::File:
      return Document::tr("Reading %1…").arg(file);
    case LoadStage::Objects:
      return Document::tr("Reading the objects of %1…").arg(file);
    case LoadStage::Effects:
      return Document::tr("Listing what loading %1 would do…").arg(file);
  }
  return {};
}

}  // namespace

Document::Document(QObject* parent) : QObject(parent), debuggee_(new Debuggee(this)) {
  // One works; one more may still have to notice that it is not wanted any more.
  workers_.setMaxThreadCount(2);
  connect(debuggee_, &Debuggee::stateChanged, this, &Document::updateBusy);
  connect(debuggee_, &Debuggee::variablesListed, this, &Document::variablesListed);
  connect(debuggee_, &Debuggee::failed, this, &Document::runFailed);
  connect(debuggee_, &Debuggee::traceWritten, this, [this](const QString& path) {
    if (!request_) return;
    const QString script = QFileInfo(request_->script).fileName();
    load(path, request_->expression.isEmpty() ? script : script + QStringLiteral(": ") + request_->expression, false);
  });
  connect(debuggee_, &Debuggee::finished, this, [this] {
    if (!runAgain_) return;
    runAgain_ = false;
    startRun();
  });
}

Document::~Document() {
  stopLoading();
  workers_.waitForDone();
}

void Document::openFile(const QString& path) {
  file_ = path;
  member_.reset();
  startFile();
}

void Document::startFile() {
  reload_ = false;
  runAgain_ = false;
  debuggee_->cancel();
  request_.reset();
  emit started();
  emit variablesListed({});
  load(QString(file_), {}, true);
}

void Document::run(const RunRequest& request) {
  reload_ = false;
  stopLoading();
  file_.clear();
  request_ = request;
  if (debuggee_->state() != Debuggee::State::Idle) {
    runAgain_ = true;
    debuggee_->cancel();
    return;
  }
  startRun();
}

void Document::startRun() {
  emit started();
  emit variablesListed({});
  debuggee_->start(*request_);
  updateBusy();
}

void Document::reload() {
  if (request_) {
    run(RunRequest(*request_));
  } else if (!file_.isEmpty()) {
    startFile();
  }
  reload_ = true;  // what is shown for it comes later, from the worker
}

void Document::cancel() {
  stopLoading();
  runAgain_ = false;
  debuggee_->cancel();
  updateBusy();
}

void Document::stopLoading() {
  if (control_) control_->cancel.store(true);
  control_.reset();
  stage_ = LoadStage::File;
  percent_ = -1;
}

void Document::watch(LoadControl& control) {
  // The document outlives its workers (see the destructor). What belongs to an older job is dropped.
  control.progress = [this, job = &control, told = LoadStage::File, last = -1](LoadStage stage, std::uint64_t done,
                                                                               std::uint64_t total) mutable {
    const int percent =
        total == 0 ? -1 : static_cast<int>(static_cast<double>(done) / static_cast<double>(total) * 100);
    if (percent == last && stage == told) return;
    last = percent;
    told = stage;
    QMetaObject::invokeMethod(this, [this, job, stage, percent] {
      if (control_.get() != job) return;
      stage_ = stage;
      percent_ = percent;
      updateBusy();
    });
  };
}

void Document::load(const QString& path, const QString& title, bool chosen) {
  stopLoading();
  const auto control = control_ = std::make_shared<LoadControl>();
  updateBusy();
  LoadControl* shared = control.get();
  watch(*control);
  control->preview = [this, shared](SnapshotPtr beginning) {
    QMetaObject::invokeMethod(this, [this, shared, beginning = std::move(beginning)] {
      if (control_.get() != shared) return;
      show(beginning);
      reload_ = true;  // what comes next is more of the same
    });
  };
  workers_.start([this, control, path, title, chosen, member = member_] {
    auto result = loadSnapshot(path, title, control.get(), member);
    QMetaObject::invokeMethod(this, [this, control, path, chosen, result = std::move(result)] {
      if (control != control_) return;
      stopLoading();
      updateBusy();
      if (!result) return fail(result.error());
      show(*result);
      if (chosen) emit fileOpened(path);
    });
  });
}

void Document::showMember(std::size_t member, std::optional<quint64> offset) { loadPart(member, offset, std::nullopt); }

void Document::showFolded(graph::NodeId node) {
  if (!snapshot_ || !isFolded(*snapshot_->graph, node)) return;
  const graph::GraphColumns& columns = snapshot_->graph->columns();
  loadPart(snapshot_->member, columns.begin[node], BytePart{columns.begin[node], columns.end[node]});
}

void Document::loadPart(std::size_t member, std::optional<quint64> offset, const std::optional<BytePart>& part) {
  if (!snapshot_ || !snapshot_->report || member >= snapshot_->report->inspection.members.size()) return;
  stopLoading();
  const auto control = control_ = std::make_shared<LoadControl>();
  watch(*control);
  updateBusy();
  workers_.start([this, control, member, offset, part, from = snapshot_] {
    auto result = loadMember(*from, member, control.get(), part);
    QMetaObject::invokeMethod(this, [this, control, member, offset, result = std::move(result)] {
      if (control != control_) return;
      stopLoading();
      updateBusy();
      if (!result) return fail(result.error());
      reload_ = false;
      member_ = memberKey((*result)->report->inspection, member);
      show(*result);
      if (offset) emit offsetRequested(*offset);
    });
  });
}

void Document::show(const SnapshotPtr& snapshot) {
  snapshot_ = snapshot;
  emit snapshotChanged(snapshot_);
}

void Document::fail(const LoadError& error) { emit openFailed(error.message, error.details); }

void Document::updateBusy() {
  QString what;
  const QString script = request_ ? QFileInfo(request_->script).fileName() : QString();
  if (control_) {
    what = request_ ? tr("Reading what was recorded…") : stageText(stage_, QFileInfo(file_).fileName());
  } else {
    switch (debuggee_->state()) {
      case Debuggee::State::Starting:
        what = tr("Starting Python…");
        break;
      case Debuggee::State::Running:
        what = tr("Running %1…").arg(script);
        break;
      case Debuggee::State::Recording:
        what = tr("Recording the objects of %1…").arg(script);
        break;
      case Debuggee::State::Idle:
        break;
    }
  }
  emit busyChanged(isBusy(), what, percent_);
}

}  // namespace dill::gui
