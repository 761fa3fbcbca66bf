#include "static_files.h"

#include "inspect/static_graph.h"

namespace dill::gui::samples {

QString dataFile(const QString& name) { return QStringLiteral(DILL_GUI_DATA "/") + name; }

QByteArray hostilePickle() {
  return "(dVname\nVmodel\nsVrun\nc"
         "posix\nsystem\n(S'touch canary'\ntRs.";
}

SnapshotPtr staticSnapshot(const QByteArray& pickle, std::vector<inspect::Finding> findings,
                           std::vector<inspect::GlobalName> globals) {
  auto kept = std::make_shared<const QByteArray>(pickle);
  const std::span<const unsigned char> bytes(reinterpret_cast<const unsigned char*>(kept->constData()),
                                             static_cast<std::size_t>(kept->size()));
  const auto read = inspect::read_pickle(bytes);
  if (!read) qFatal("%s", read.error().message.c_str());
  auto report = std::make_shared<FileReport>();
  report->path = QStringLiteral("sample.pkl");
  report->storage = kept;
  inspect::MemberReport member;
  member.format = "pickle";
  member.size = bytes.size();
  member.is_pickle = true;
  member.bytes = bytes;
  member.globals = std::move(globals);
  for (const inspect::Finding& finding : findings) {
    if (finding.severity == inspect::Severity::Dangerous) member.verdict = inspect::Verdict::Dangerous;
    if (finding.severity == inspect::Severity::Suspicious && member.verdict == inspect::Verdict::Clean) {
      member.verdict = inspect::Verdict::Suspicious;
    }
  }
  if (!findings.empty()) member.level = inspect::Level::Calls;
  report->inspection.verdict = member.verdict;
  report->inspection.level = member.level;
  report->inspection.size = bytes.size();
  report->inspection.findings = std::move(findings);
  report->inspection.members.push_back(std::move(member));

  auto snapshot = std::make_shared<Snapshot>();
  snapshot->graph = read->graph;
  snapshot->origin = Origin::StaticRead;
  snapshot->analysis = std::make_shared<graph::Analysis>(snapshot->graph);
  snapshot->offsets = std::make_shared<OffsetIndex>(snapshot->graph);
  snapshot->path = snapshot->title = QStringLiteral("sample.pkl");
  snapshot->meta.bytes_total = bytes.size();
  snapshot->bytes = bytes;
  snapshot->storage = kept;
  const std::atomic<bool> never = false;
  snapshot->effects = listEffects(bytes, never);
  snapshot->marks = NodeMarks(*snapshot->graph, *snapshot->offsets, report->inspection, 0);
  snapshot->report = report;
  return snapshot;
}

}  // namespace dill::gui::samples
