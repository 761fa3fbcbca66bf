#include "app/load_snapshot.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <new>

#include "inspect/static_graph.h"
#include "models/node_text.h"
#include "trace/trace_file.h"

namespace dill::gui {
namespace {

using Result = tl::expected<SnapshotPtr, LoadError>;

QString tr(const char* text) { return QCoreApplication::translate("LoadSnapshot", text); }

std::shared_ptr<Snapshot> makeSnapshot(std::shared_ptr<const graph::ObjectGraph> graph, Origin origin,
                                       const QString& path, const QString& title) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->analysis = std::make_shared<graph::Analysis>(graph);
  snapshot->graph = std::move(graph);
  snapshot->origin = origin;
  snapshot->path = path;
  snapshot->recorded = QFileInfo(path).lastModified();
  snapshot->title = title.isEmpty() ? QFileInfo(path).fileName() : title;
  return snapshot;
}

Result fromTrace(const trace::Trace& trace, const QString& path, const QString& title) {
  if (trace.graph->size() == 0) {
    return tl::unexpected(LoadError{tr("%1 is an empty recording: nothing was pickled.").arg(path), {}});
  }
  auto snapshot = makeSnapshot(trace.graph, Origin::Recorded, path, title);
  snapshot->meta = trace.meta;
  return snapshot;
}

Result fromPickle(const QString& path, const QString& title) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) {
    return tl::unexpected(LoadError{tr("%1 cannot be read: %2.").arg(path, file.errorString()), {}});
  }
  if (file.size() == 0) {
    return tl::unexpected(LoadError{tr("%1 is empty: it holds no pickle and no trace.").arg(path), {}});
  }
  const uchar* bytes = file.map(0, file.size());
  QByteArray copy;
  if (!bytes) {  // a pipe or a file system without mapping
    copy = file.readAll();
    bytes = reinterpret_cast<const uchar*>(copy.constData());
  }
  const auto size = static_cast<std::size_t>(copy.isEmpty() ? file.size() : copy.size());
  const auto read = inspect::read_pickle({bytes, size});
  if (!read) {
    return tl::unexpected(
        LoadError{tr("%1 is neither a trace nor a pickle that can be read.").arg(path),
                  tr("At byte %1: %2").arg(countText(read.error().offset), toQString(read.error().message))});
  }
  if (read->graph->size() == 0) {
    QString why;
    if (read->fault) why = tr("At byte %1: %2").arg(countText(read->fault->offset), toQString(read->fault->message));
    return tl::unexpected(LoadError{tr("%1 holds no object.").arg(path), why});
  }
  auto snapshot = makeSnapshot(read->graph, Origin::StaticRead, path, title);
  snapshot->meta.protocol = static_cast<std::uint32_t>(read->protocol);
  snapshot->meta.bytes_total = size;
  snapshot->meta.objects_total = read->objects;
  snapshot->meta.source = path.toStdString();
  if (read->fault) {
    snapshot->notes << tr("The file is damaged or cut off at byte %1: %2. What comes before is shown.")
                           .arg(countText(read->fault->offset), toQString(read->fault->message));
  } else if (read->end < read->size) {
    snapshot->notes
        << tr("%1 after the end of the pickle are no pickle and are not shown.").arg(byteText(read->size - read->end));
  }
  return snapshot;
}

}  // namespace

tl::expected<SnapshotPtr, LoadError> loadSnapshot(const QString& path, const QString& title) {
  try {
    const auto trace = trace::open(path.toStdString());
    if (trace) return fromTrace(**trace, path, title);
    const bool named = QFileInfo(path).suffix().compare(QLatin1String("dtrace"), Qt::CaseInsensitive) == 0;
    if (trace.error().kind != trace::Error::Kind::NotATrace || named) {
      return tl::unexpected(LoadError{toQString(trace.error().message), {}});
    }
    return fromPickle(path, title);
  } catch (const std::bad_alloc&) {
    return tl::unexpected(LoadError{tr("%1 needs more memory than there is.").arg(path), {}});
  }
}

}  // namespace dill::gui
