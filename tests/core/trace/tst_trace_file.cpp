// Saving and opening .dtrace files: what is written is what is read, and what cannot be is refused in words.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <ranges>
#include <utility>

#include <sys/stat.h>

#include "sample_recording.h"
#include "trace/to_graph.h"
#include "trace/trace_file.h"

using namespace dill;
namespace fs = std::filesystem;

namespace {

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_all(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

bool same_problems(const graph::ObjectGraph& a, const graph::ObjectGraph& b) {
  return std::ranges::equal(a.problems(), b.problems(), [&](const graph::Problem& p, const graph::Problem& q) {
    return p.node == q.node && a.string(p.exception) == b.string(q.exception) &&
           a.string(p.message) == b.string(q.message) && a.string(p.expression) == b.string(q.expression) &&
           a.string(p.route) == b.string(q.route) && a.string(p.advice) == b.string(q.advice) &&
           p.replayed == q.replayed &&
           std::ranges::equal(p.causes, q.causes, [&](const graph::Cause& c, const graph::Cause& d) {
             return a.string(c.type) == b.string(d.type) && a.string(c.message) == b.string(d.message);
           });
  });
}

bool same(const graph::ObjectGraph& a, const graph::ObjectGraph& b) {
  const graph::GraphColumns &c = a.columns(), &d = b.columns();
  using std::ranges::equal;
  return equal(c.parent, d.parent) && equal(c.edge, d.edge) && equal(c.label, d.label) && equal(c.index, d.index) &&
         equal(c.type, d.type) && equal(c.detail_kind, d.detail_kind) && equal(c.detail, d.detail) &&
         equal(c.reduction, d.reduction) && equal(c.reducer, d.reducer) && equal(c.begin, d.begin) &&
         equal(c.end, d.end) && equal(c.memo, d.memo) && equal(c.count, d.count) && equal(c.outcome, d.outcome) &&
         equal(c.start_ns, d.start_ns) && equal(c.stop_ns, d.stop_ns) && equal(c.references, d.references) &&
         equal(c.string_ends, d.string_ends) && equal(c.string_bytes, d.string_bytes) && equal(c.texts, d.texts) &&
         equal(c.locations, d.locations) && same_problems(a, b);
}

}  // namespace

class TraceFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path file(const char* name) const { return folder_.filePath(name).toStdString(); }

  trace::Error open_error(const fs::path& path) const {
    const auto trace = trace::open(path);
    return trace ? trace::Error{trace::Error::Kind::BadRecording, "no error"} : trace.error();
  }

 private slots:
  void init() { QVERIFY(folder_.isValid()); }

  void round_trip_data() {
    QTest::addColumn<bool>("timed");
    QTest::newRow("timed") << true;
    QTest::newRow("not timed") << false;
  }

  void round_trip() {
    QFETCH(bool, timed);
    trace::Recording recording = test::small_recording(timed);
    const auto saved = trace::save(recording, file("a.dtrace"));
    QVERIFY2(saved, saved ? "" : saved.error().message.c_str());
    QCOMPARE(saved->file_bytes, fs::file_size(file("a.dtrace")));
    QVERIFY(!saved->pickle_left_out);

    const auto opened = trace::open(file("a.dtrace"));
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    const trace::Trace& trace = **opened;
    QVERIFY(std::ranges::equal(trace.pickle, recording.bytes));
    QCOMPARE(trace.meta.dill_version, recording.meta.dill_version);
    QCOMPARE(trace.meta.python_version, recording.meta.python_version);
    QCOMPARE(trace.meta.source, recording.meta.source);
    QCOMPARE(trace.meta.protocol, recording.meta.protocol);
    QCOMPARE(trace.meta.bytes_total, recording.meta.bytes_total);
    QCOMPARE(trace.meta.objects_total, recording.meta.objects_total);
    QCOMPARE(trace.meta.elapsed_ns, recording.meta.elapsed_ns);
    QCOMPARE(trace.meta.diagnosis, recording.meta.diagnosis);
    QCOMPARE(trace.file_bytes, saved->file_bytes);

    const graph::ObjectGraph& graph = *trace.graph;
    QCOMPARE(graph.size(), 6u);
    QCOMPARE(graph.description(2), std::string("'Zoë…' (120 characters)"));
    QCOMPARE(graph.description(5), std::string("-17 … (984 objects)"));
    QCOMPARE(graph.edge_text(3), std::string("['db']"));
    QCOMPARE(graph.problems_below(0), 1u);
    QCOMPARE(graph.string(graph.problem_of(3)->causes.at(1).message), std::string_view("'second'"));
    const graph::Location* place = graph.location_of(3);
    QVERIFY(place != nullptr);
    QCOMPARE(graph.string(place->file), std::string_view("/srv/app/näme.py"));
    QCOMPARE(place->line, 40u);
    QCOMPARE(place->last_line, 44u);
    QCOMPARE(int{place->in_class}, 0);
    QCOMPARE(int{graph.location_of(0)->in_class}, 1);
    QVERIFY(graph.location_of(1) == nullptr);
    QVERIFY(graph.location_of(5) == nullptr);
    QVERIFY(same(graph, *trace::to_graph(std::move(recording))));
  }

  // Written by the program before there were locations.
  void traces_of_minor_version_0() {
    const auto opened = trace::open(fs::path(DILL_TRACE_DATA) / "minor_0.dtrace");
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    const graph::ObjectGraph& graph = *(*opened)->graph;
    QCOMPARE(graph.problems().size(), std::size_t{1});
    QCOMPARE(graph.string(graph.problems()[0].expression), std::string_view("svc.cfg['db']"));
    for (graph::NodeId node = 0; node < graph.size(); ++node) QVERIFY(graph.location_of(node) == nullptr);
  }

  // The graph must not need the Trace, nor the Trace the file's name.
  void graph_outlives_trace_and_file() {
    QVERIFY(trace::save(test::small_recording(), file("b.dtrace")));
    std::shared_ptr<const graph::ObjectGraph> graph = (*trace::open(file("b.dtrace")))->graph;
    fs::remove(file("b.dtrace"));
    QCOMPARE(graph->type(3), std::string_view("sqlite3.Connection"));
  }

  void empty_recording() {
    QVERIFY(trace::save(trace::Recording{}, file("none.dtrace")));
    const auto opened = trace::open(file("none.dtrace"));
    QVERIFY(opened);
    QCOMPARE((*opened)->graph->size(), 0u);
    QVERIFY((*opened)->pickle.empty());
  }

  void large_recording() {
    trace::Recording recording = test::large_recording(50'000, 7);
    QVERIFY(trace::save(recording, file("large.dtrace")));
    const auto opened = trace::open(file("large.dtrace"));
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QVERIFY(same(*(*opened)->graph, *trace::to_graph(std::move(recording))));
  }

  void unfinished_nodes_get_an_end() {
    trace::Recording recording = test::small_recording();
    recording.records[0].end = 0;  // a walk that was broken off: never left
    recording.records[4].end = 0;
    QVERIFY(trace::save(recording, file("open.dtrace")));
    const auto opened = trace::open(file("open.dtrace"));
    QVERIFY(opened);
    QCOMPARE((*opened)->graph->columns().end[4], std::uint64_t{95});
    QCOMPARE((*opened)->graph->columns().end[0], std::uint64_t{95});
  }

  void pickle_is_left_out_before_the_trace_is_refused() {
    trace::Recording recording = test::small_recording();
    recording.bytes.resize(100'000);
    recording.meta.bytes_total = recording.bytes.size();
    const auto saved = trace::save(recording, file("c.dtrace"), {.max_bytes = 50'000});
    QVERIFY(saved);
    QVERIFY(saved->pickle_left_out);
    const auto opened = trace::open(file("c.dtrace"));
    QVERIFY(opened);
    QVERIFY((*opened)->pickle.empty());
    QVERIFY((*opened)->pickle_left_out);
    QCOMPARE((*opened)->meta.bytes_total, std::uint64_t{100'000});

    const auto refused = trace::save(recording, file("d.dtrace"), {.max_bytes = 1'000});
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, trace::Error::Kind::TooLarge);
    QVERIFY(!fs::exists(file("d.dtrace")));
  }

  void contradicting_recordings_are_refused() {
    const auto refused = [&](auto change) {
      trace::Recording recording = test::small_recording();
      change(recording);
      const auto saved = trace::save(recording, file("bad.dtrace"));
      return !saved && saved.error().kind == trace::Error::Kind::BadRecording && !fs::exists(file("bad.dtrace"));
    };
    QVERIFY(refused([](trace::Recording& r) { r.records[2].parent = 2; }));
    QVERIFY(refused([](trace::Recording& r) { r.records[5].end = 101; }));
    QVERIFY(refused([](trace::Recording& r) { r.records[1].type = 1'000; }));
    QVERIFY(refused([](trace::Recording& r) { r.references[0].to = 6; }));
    QVERIFY(refused([](trace::Recording& r) { r.problems[0].causes[1].message = 1'000; }));
    QVERIFY(refused([](trace::Recording& r) { r.times.pop_back(); }));
    QVERIFY(refused([](trace::Recording& r) { r.bytes.pop_back(); }));
    QVERIFY(refused([](trace::Recording& r) { r.records[1].label = r.strings.intern("\xff"); }));
    QVERIFY(refused([](trace::Recording& r) { r.meta.source = "\xc3"; }));
    QVERIFY(refused([](trace::Recording& r) { r.records[2].detail += 1 << 8; }));
    QVERIFY(refused([](trace::Recording& r) { r.records[5].count = 0; }));
    QVERIFY(refused([](trace::Recording& r) { r.locations[1].node = 6; }));
    QVERIFY(refused([](trace::Recording& r) { r.locations[1].node = 0; }));
    QVERIFY(refused([](trace::Recording& r) { r.locations[0].file = 1'000; }));
    QVERIFY(refused([](trace::Recording& r) { r.locations[0].line = 0; }));
    QVERIFY(refused([](trace::Recording& r) { r.locations[1].last_line = 39; }));
    QVERIFY(refused([](trace::Recording& r) { r.locations[1].in_class = 2; }));
  }

  void replaces_the_old_file_only_when_done() {
    QVERIFY(trace::save(test::small_recording(), file("e.dtrace")));
    const auto before = trace::open(file("e.dtrace"));
    QVERIFY(trace::save(test::large_recording(2'000, 1), file("e.dtrace")));
    QCOMPARE((*before)->graph->type(3), std::string_view("sqlite3.Connection"));  // the old file, still mapped
    QCOMPARE((*trace::open(file("e.dtrace")))->graph->size(), 2'000u);
    const QStringList left = QDir(folder_.path()).entryList({".*.part"}, QDir::Files | QDir::Hidden);
    QVERIFY2(left.isEmpty(), qPrintable(left.join(' ')));
  }

  void follows_a_symbolic_link() {
    write_all(file("target.dtrace"), "old");
    fs::create_symlink("target.dtrace", file("link.dtrace"));
    QVERIFY(trace::save(test::small_recording(), file("link.dtrace")));
    QVERIFY(fs::is_symlink(file("link.dtrace")));
    QVERIFY(trace::open(file("target.dtrace")));
  }

  void places_that_cannot_be_written() {
    const auto kind_of = [&](const fs::path& path) {
      const auto saved = trace::save(test::small_recording(), path);
      return saved ? trace::Error::Kind::CannotRead : saved.error().kind;
    };
    QCOMPARE(kind_of(file("no such folder") / "x.dtrace"), trace::Error::Kind::CannotWrite);
    QCOMPARE(kind_of(folder_.path().toStdString()), trace::Error::Kind::CannotWrite);
    QCOMPARE(kind_of("/dev/null"), trace::Error::Kind::CannotWrite);
    QVERIFY(fs::is_character_file("/dev/null"));
    QCOMPARE(kind_of(""), trace::Error::Kind::CannotWrite);
  }

  void files_that_are_no_traces() {
    using Kind = trace::Error::Kind;
    QCOMPARE(open_error(file("missing")).kind, Kind::CannotRead);
    QCOMPARE(open_error(folder_.path().toStdString()).kind, Kind::CannotRead);
    QCOMPARE(open_error("/dev/zero").kind, Kind::CannotRead);
    QCOMPARE(::mkfifo(file("pipe").c_str(), 0600), 0);
    QCOMPARE(open_error(file("pipe")).kind, Kind::CannotRead);
    write_all(file("empty"), "");
    QCOMPARE(open_error(file("empty")).kind, Kind::NotATrace);
    QVERIFY(open_error(file("empty")).message.ends_with("is empty"));
    write_all(file("pickle"), std::string("\x80\x04\x95", 3) + std::string(100, '.'));
    QCOMPARE(open_error(file("pickle")).kind, Kind::NotATrace);
    write_all(file("short"), "DTR1");
    QCOMPARE(open_error(file("short")).kind, Kind::NotATrace);
  }

  void other_versions() {
    QVERIFY(trace::save(test::small_recording(), file("f.dtrace")));
    std::string bytes = read_all(file("f.dtrace"));
    QCOMPARE(bytes.substr(8, 4), std::string("DTR1"));
    bytes[11] = '7';
    write_all(file("f.dtrace"), bytes);
    const trace::Error error = open_error(file("f.dtrace"));
    QCOMPARE(error.kind, trace::Error::Kind::UnknownVersion);
    QVERIFY2(error.message.ends_with("format version 7; this program reads version 1"), error.message.c_str());
    bytes[11] = '\n';
    write_all(file("f.dtrace"), bytes);
    QCOMPARE(open_error(file("f.dtrace")).kind, trace::Error::Kind::UnknownVersion);
  }
};

QTEST_APPLESS_MAIN(TraceFileTest)
#include "tst_trace_file.moc"
