#include "app/load_snapshot.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <new>

#include "app/file_kind.h"
#include "file/mapped_file.h"
#include "graph/graph_builder.h"
#include "inspect/meaning/code_object.h"
#include "inspect/static_graph.h"
#include "models/node_text.h"
#include "trace/trace_file.h"

namespace dill::gui {
namespace {

using Result = tl::expected<SnapshotPtr, LoadError>;

QString tr(const char* text) { return QCoreApplication::translate("LoadSnapshot", text); }

bool cancelled(const LoadControl* control) { return control && control->cancel.load(std::memory_order_relaxed); }

void tell(const LoadControl* control, LoadStage stage, std::uint64_t done, std::uint64_t total) {
  if (control && control->progress) control->progress(stage, done, total);
}

std::shared_ptr<Snapshot> makeSnapshot(std::shared_ptr<const graph::ObjectGraph> graph, Origin origin,
                                       const QString& path, const QString& title) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->analysis = std::make_shared<graph::Analysis>(graph);
  snapshot->offsets = std::make_shared<OffsetIndex>(graph);
  snapshot->graph = std::move(graph);
  snapshot->origin = origin;
  snapshot->path = path;
  snapshot->recorded = QFileInfo(path).lastModified();
  snapshot->title = title.isEmpty() ? QFileInfo(path).fileName() : title;
  return snapshot;
}

Result fromTrace(const std::shared_ptr<const trace::Trace>& trace, const QString& path, const QString& title) {
  if (trace->graph->size() == 0) {
    return tl::unexpected(LoadError{tr("%1 is an empty recording: nothing was pickled.").arg(path), {}});
  }
  auto snapshot = makeSnapshot(trace->graph, Origin::Recorded, path, title);
  snapshot->meta = trace->meta;
  snapshot->bytes = trace->pickle;
  snapshot->storage = trace;
  return snapshot;
}

// The graph of one pickle. Never null; without nodes if the bytes cannot be read as one.
std::shared_ptr<Snapshot> fromPickle(std::span<const unsigned char> bytes, std::shared_ptr<const void> storage,
                                     const QString& path, const QString& title, const inspect::Limits& limits = {}) {
  const auto read = inspect::read_pickle(bytes, limits);
  auto snapshot = makeSnapshot(read ? read->graph : graph::GraphBuilder().finish(), Origin::StaticRead, path, title);
  snapshot->bytes = bytes;
  snapshot->storage = std::move(storage);
  snapshot->meta.bytes_total = bytes.size();
  snapshot->meta.source = path.toStdString();
  if (!read) {
    snapshot->notes << tr("At byte %1: %2").arg(countText(read.error().offset), toQString(read.error().message));
    return snapshot;
  }
  snapshot->meta.protocol = static_cast<std::uint32_t>(read->protocol);
  snapshot->meta.objects_total = read->objects;
  snapshot->python = inspect::python_of(inspect::Contents(*read->graph, bytes), read->python);
  if (auto session = inspect::session_table(*read, bytes)) {
    snapshot->session = std::make_shared<const inspect::SessionTable>(std::move(*session));
  }
  if (read->fault) {
    snapshot->notes << tr("The file is damaged or cut off at byte %1: %2. What comes before is shown.")
                           .arg(countText(read->fault->offset), toQString(read->fault->message));
  } else if (read->end < read->size) {
    snapshot->notes
        << tr("%1 after the end of the pickle are no pickle and are not shown.").arg(byteText(read->size - read->end));
  }
  return snapshot;
}

// The member `number` of a file that has been inspected, with all that is known about it; null if it was cancelled.
std::shared_ptr<Snapshot> fromMember(const FileReportPtr& report, std::size_t number, const QString& title,
                                     const LoadControl* control, const std::optional<BytePart>& part = {}) {
  const inspect::MemberReport& member = report->inspection.members[number];
  const QString name = member.path.empty()
                           ? title
                           : QStringLiteral("%1: %2").arg(title.isEmpty() ? QFileInfo(report->path).fileName() : title,
                                                          visibleText(toQString(member.path)));
  const std::shared_ptr<const void> storage = member.storage ? member.storage : report->storage;
  tell(control, LoadStage::Objects, 0, member.bytes.size());
  inspect::Limits limits;
  limits.proceed = [&](std::uint64_t done) {
    tell(control, LoadStage::Objects, done, member.bytes.size());
    return !cancelled(control);
  };
  if (part) {
    limits.shown_begin = part->begin;
    limits.shown_end = part->end;
  }
  auto snapshot = fromPickle(member.bytes, storage, report->path, name, limits);
  if (cancelled(control)) return nullptr;
  if (part) {
    snapshot->notes
        << tr("Bytes %1 to %2 are shown, what is before and behind them is folded. Reload shows the whole file.")
               .arg(countText(part->begin), countText(part->end));
  }
  snapshot->report = report;
  snapshot->member = number;
  static const std::atomic<bool> never = false;
  snapshot->effects = listEffects(member.bytes, control ? control->cancel : never, [&](std::uint64_t done) {
    tell(control, LoadStage::Effects, done, member.bytes.size());
  });
  if (cancelled(control)) return nullptr;
  snapshot->marks = NodeMarks(*snapshot->graph, *snapshot->offsets, report->inspection, number);
  return snapshot;
}

// Why there is nothing to show of a file in which no pickle was found.
LoadError nothingToShow(const inspect::Inspection& inspection, const QString& path) {
  const inspect::MemberReport& whole = inspection.members.front();
  const QString kind = fileKind(whole.format);
  LoadError error;
  if (kind.isEmpty()) {
    error.message = tr("%1 is neither a trace nor a pickle that can be read, nor a file that may hold one.").arg(path);
  } else {
    error.message = tr("%1 is %2: it holds no pickle.").arg(path, kind);
    const QString advice = fileAdvice(whole.format);
    if (!advice.isEmpty()) error.message += u' ' + advice;
  }
  QStringList details;
  for (const inspect::Finding& finding : inspection.findings) {
    details << tr("At byte %1: %2").arg(countText(finding.offset), visibleText(toQString(finding.message)));
    if (details.size() == 20) break;
  }
  error.details = details.join(u'\n');
  return error;
}

// Nothing of it can be drawn, but there are members to list.
std::shared_ptr<Snapshot> withoutGraph(const FileReportPtr& report, const QString& title) {
  auto snapshot = makeSnapshot(graph::GraphBuilder().finish(), Origin::StaticRead, report->path, title);
  snapshot->meta.bytes_total = report->inspection.size;
  snapshot->meta.source = report->path.toStdString();
  snapshot->report = report;
  return snapshot;
}

Result fromFile(const QString& path, const QString& title, LoadControl* control,
                const std::optional<MemberKey>& wanted) {
  const auto mapped = file::MappedFile::open(path.toStdString());
  if (!mapped) return tl::unexpected(LoadError{toQString(mapped.error().message), {}});
  const auto bytes = (*mapped)->bytes();
  if (bytes.empty()) {
    return tl::unexpected(LoadError{tr("%1 is empty: it holds no pickle and no trace.").arg(path), {}});
  }
  constexpr unsigned char kProto = 0x80;
  if (control && control->preview && bytes.size() > kPreviewAbove && bytes.front() == kProto) {
    auto beginning = fromPickle(bytes.first(kPreviewBytes), *mapped, path, title);
    if (beginning->graph->size() == 0) {  // it begins with something larger, whose bytes need not be looked at
      inspect::Limits few;
      few.max_objects = kPreviewObjects;
      beginning = fromPickle(bytes, *mapped, path, title, few);
    }
    beginning->notes = {tr("The beginning of the file. The rest of it is being read.")};
    if (beginning->graph->size() > 0) control->preview(beginning);
  }
  inspect::InspectOptions options;
  options.progress = [control](std::uint64_t done, std::uint64_t total) {
    tell(control, LoadStage::File, done, total);
    return !cancelled(control);
  };
  auto report = std::make_shared<FileReport>();
  report->path = path;
  report->storage = *mapped;
  report->inspection = inspect::inspect_bytes(bytes, options, *mapped);
  SnapshotPtr snapshot;
  if (cancelled(control)) return tl::unexpected(LoadError{});
  auto member = wanted ? findMember(report->inspection, *wanted) : std::nullopt;
  if (!member) member = firstMember(report->inspection);
  if (member) {
    snapshot = fromMember(report, *member, title, control);
    if (!snapshot) return tl::unexpected(LoadError{});
  } else if (report->inspection.members.size() > 1) {
    snapshot = withoutGraph(report, title);
  }
  if ((*mapped)->shrank()) return tl::unexpected(LoadError{toQString((*mapped)->shrank_error().message), {}});
  if (!snapshot) return tl::unexpected(nothingToShow(report->inspection, path));
  if (snapshot->graph->size() == 0 && report->inspection.members.size() == 1) {
    return tl::unexpected(LoadError{tr("%1 holds no object.").arg(path), snapshot->notes.join(u'\n')});
  }
  return snapshot;
}

template <typename Load>
Result guarded(const QString& path, const Load& load) {
  try {
    return load();
  } catch (const std::bad_alloc&) {
    return tl::unexpected(LoadError{tr("%1 needs more memory than there is.").arg(path), {}});
  }
}

}  // namespace

Result loadSnapshot(const QString& path, const QString& title, LoadControl* control,
                    const std::optional<MemberKey>& member) {
  return guarded(path, [&]() -> Result {
    const auto trace = trace::open(path.toStdString());
    if (trace) return fromTrace(*trace, path, title);
    const bool named = QFileInfo(path).suffix().compare(QLatin1String("dtrace"), Qt::CaseInsensitive) == 0;
    if (trace.error().kind != trace::Error::Kind::NotATrace || named) {
      return tl::unexpected(LoadError{toQString(trace.error().message), {}});
    }
    return fromFile(path, title, control, member);
  });
}

Result loadMember(const Snapshot& snapshot, std::size_t member, LoadControl* control,
                  const std::optional<BytePart>& part) {
  return guarded(snapshot.path, [&]() -> Result {
    SnapshotPtr loaded = fromMember(snapshot.report, member, QFileInfo(snapshot.path).fileName(), control, part);
    if (!loaded) return tl::unexpected(LoadError{});
    return loaded;
  });
}

}  // namespace dill::gui
