#include "app/document.h"

#include <QFileInfo>

#include "app/load_snapshot.h"

namespace dill::gui {

Document::Document(QObject* parent) : QObject(parent), debuggee_(new Debuggee(this)) {
  workers_.setMaxThreadCount(1);
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
  ++job_;
  workers_.waitForDone();
}

void Document::openFile(const QString& path) {
  reload_ = false;
  runAgain_ = false;
  debuggee_->cancel();
  request_.reset();
  file_ = path;
  emit started();
  emit variablesListed({});
  load(path, {}, true);
}

void Document::run(const RunRequest& request) {
  reload_ = false;
  ++job_;
  loading_ = false;
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
    openFile(QString(file_));
  }
  reload_ = true;  // what is shown for it comes later, from the worker
}

void Document::cancel() {
  ++job_;
  loading_ = false;
  runAgain_ = false;
  debuggee_->cancel();
  updateBusy();
}

void Document::load(const QString& path, const QString& title, bool chosen) {
  const quint64 job = ++job_;
  loading_ = true;
  updateBusy();
  workers_.start([this, job, path, title, chosen] {
    auto result = loadSnapshot(path, title);
    // The document outlives its workers (see the destructor).
    QMetaObject::invokeMethod(this, [this, job, path, chosen, result = std::move(result)] {
      if (job != job_) return;
      loading_ = false;
      updateBusy();
      if (!result) {
        emit openFailed(result.error().message, result.error().details);
        return;
      }
      snapshot_ = *result;
      emit snapshotChanged(snapshot_);
      if (chosen) emit fileOpened(path);
    });
  });
}

void Document::updateBusy() {
  QString what;
  const QString script = request_ ? QFileInfo(request_->script).fileName() : QString();
  if (loading_) {
    what = request_ ? tr("Reading what was recorded…") : tr("Reading %1…").arg(QFileInfo(file_).fileName());
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
  emit busyChanged(isBusy(), what);
}

}  // namespace dill::gui
