#include "trace/trace_file.h"

#include <flatbuffers/flatbuffers.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "file/mapped_file.h"
#include "graph/text.h"
#include "graph/utf8.h"
#include "trace/columns.h"
#include "trace/file_check.h"
#include "trace/new_file.h"
#include "trace_format_generated.h"

namespace dill::trace {

namespace {

static_assert(std::endian::native == std::endian::little,
              "columns are used straight from the file, whose numbers are little-endian");

// References and locations are used where they lie in the file.
static_assert(sizeof(graph::Reference) == sizeof(format::Reference));
static_assert(alignof(graph::Reference) == alignof(format::Reference));
static_assert(offsetof(graph::Reference, to) == 4 && offsetof(graph::Reference, label) == 8 &&
              offsetof(graph::Reference, index) == 12 && offsetof(graph::Reference, kind) == 16);

static_assert(sizeof(graph::Location) == sizeof(format::Location));
static_assert(alignof(graph::Location) == alignof(format::Location));
static_assert(offsetof(graph::Location, file) == 4 && offsetof(graph::Location, line) == 8 &&
              offsetof(graph::Location, last_line) == 12 && offsetof(graph::Location, in_class) == 16);

constexpr std::uint16_t kMinor = 1;
// Bytes of a file: 4 size, 4 offset of the root table, then the identifier, whose last character is the major version.
constexpr std::size_t kIdentifierAt = 8;
constexpr std::size_t kHeaderBytes = 12;
constexpr char kMajor = '1';

// ---- writing ----

// Upper bound of the file's size without the pickle.
std::uint64_t size_bound(const Recording& recording) {
  constexpr std::uint64_t kPerNode = 4 * 7 + 8 * 3 + 4;  // 32-bit, 64-bit and 8-bit columns
  constexpr std::uint64_t kTables = 4096;                // tables, lengths, padding
  std::uint64_t size = kTables + recording.records.size() * kPerNode;
  if (!recording.times.empty()) size += recording.records.size() * 16;
  size += recording.references.size() * sizeof(format::Reference);
  size += recording.locations.size() * sizeof(format::Location);
  size += recording.strings.size() * 4 + recording.strings.bytes().size() + recording.texts.size();
  for (const graph::Problem& problem : recording.problems) {
    size += sizeof(format::Problem) + problem.causes.size() * sizeof(format::Cause);
  }
  return size + recording.meta.dill_version.size() + recording.meta.python_version.size() +
         recording.meta.source.size();
}

template <typename Number>
auto numbers(flatbuffers::FlatBufferBuilder& builder, const std::vector<Number>& column) {
  return builder.CreateVector(column);
}

// Characters and enumerators go as bytes.
template <typename Byte>
auto bytes(flatbuffers::FlatBufferBuilder& builder, const std::vector<Byte>& column) {
  static_assert(sizeof(Byte) == 1);
  return builder.CreateVector(reinterpret_cast<const std::uint8_t*>(column.data()), column.size());
}

auto references(flatbuffers::FlatBufferBuilder& builder, const std::vector<graph::Reference>& references) {
  return builder.CreateVectorOfStructs<format::Reference>(
      references.size(), [&](std::size_t i, format::Reference* out) {
        const graph::Reference& in = references[i];
        *out = format::Reference(in.from, in.to, in.label, in.index, static_cast<std::uint8_t>(in.kind));
      });
}

auto locations(flatbuffers::FlatBufferBuilder& builder, const std::vector<graph::Location>& locations) {
  return builder.CreateVectorOfStructs<format::Location>(locations.size(), [&](std::size_t i, format::Location* out) {
    const graph::Location& in = locations[i];
    *out = format::Location(in.node, in.file, in.line, in.last_line, in.in_class);
  });
}

flatbuffers::Offset<format::Trace> build(flatbuffers::FlatBufferBuilder& builder, const Recording& recording,
                                         const RecordColumns& columns, bool pickle_left_out) {
  std::vector<format::Problem> problems;
  std::vector<format::Cause> causes;
  for (const graph::Problem& problem : recording.problems) {
    for (const graph::Cause& cause : problem.causes) causes.emplace_back(cause.type, cause.message);
    problems.emplace_back(problem.node, problem.exception, problem.message, problem.expression, problem.route,
                          problem.advice, static_cast<std::uint32_t>(causes.size()), problem.replayed ? 1 : 0);
  }

  const Meta& meta = recording.meta;
  const auto dill_version = builder.CreateString(meta.dill_version);
  const auto python_version = builder.CreateString(meta.python_version);
  const auto source = builder.CreateString(meta.source);
  const auto meta_table =
      format::CreateMeta(builder, dill_version, python_version, source, meta.protocol, meta.bytes_total,
                         meta.objects_total, meta.elapsed_ns, meta.diagnosis, pickle_left_out);

  const auto parent = numbers(builder, columns.parent);
  const auto edge = bytes(builder, columns.edge);
  const auto label = numbers(builder, columns.label);
  const auto index = numbers(builder, columns.index);
  const auto type = numbers(builder, columns.type);
  const auto detail_kind = bytes(builder, columns.detail_kind);
  const auto detail = numbers(builder, columns.detail);
  const auto reduction = bytes(builder, columns.reduction);
  const auto reducer = numbers(builder, columns.reducer);
  const auto begin = numbers(builder, columns.begin);
  const auto end = numbers(builder, columns.end);
  const auto memo = numbers(builder, columns.memo);
  const auto count = numbers(builder, columns.count);
  const auto outcome = bytes(builder, columns.outcome);
  const bool timed = !columns.start_ns.empty();
  const auto start_ns = timed ? numbers(builder, columns.start_ns) : 0;
  const auto stop_ns = timed ? numbers(builder, columns.stop_ns) : 0;
  const auto reference_vector = references(builder, recording.references);
  const auto string_ends = numbers(builder, recording.strings.ends());
  const auto string_bytes = bytes(builder, recording.strings.bytes());
  const auto texts = bytes(builder, recording.texts);
  const auto problem_vector = builder.CreateVectorOfStructs(problems);
  const auto cause_vector = builder.CreateVectorOfStructs(causes);
  const bool with_pickle = !recording.bytes.empty() && !pickle_left_out;
  const auto pickle = with_pickle ? bytes(builder, recording.bytes) : 0;
  const auto location_vector = recording.locations.empty() ? 0 : locations(builder, recording.locations);
  return format::CreateTrace(builder, kMinor, meta_table, parent, edge, label, index, type, detail_kind, detail,
                             reduction, reducer, begin, end, memo, count, outcome, start_ns, stop_ns, reference_vector,
                             string_ends, string_bytes, texts, problem_vector, cause_vector, pickle, location_vector);
}

std::string check_recording(const Recording& recording, const RecordColumns& c) {
  if (!recording.times.empty() && recording.times.size() != recording.records.size()) {
    return "times for some records only";
  }
  if (!recording.bytes.empty() && recording.bytes.size() != recording.meta.bytes_total) {
    return "a pickle of another length than it says";
  }
  for (const std::string* text :
       {&recording.meta.dill_version, &recording.meta.python_version, &recording.meta.source}) {
    if (!graph::is_utf8(*text)) return "a version or source that is not UTF-8";
  }
  return check_columns(graph_columns(c, recording), recording.problems, recording.meta.bytes_total);
}

// ---- reading ----

template <typename Value, typename Number>
std::span<const Value> column(const flatbuffers::Vector<Number>* vector) {
  static_assert(sizeof(Value) == sizeof(Number));
  if (vector == nullptr) return {};
  return {reinterpret_cast<const Value*>(vector->Data()), vector->size()};
}

// The same for vectors of structs, whose bytes are those of ours.
template <typename Value, typename Struct>
std::span<const Value> struct_column(const flatbuffers::Vector<const Struct*>* vector) {
  static_assert(sizeof(Value) == sizeof(Struct));
  if (vector == nullptr) return {};
  return {reinterpret_cast<const Value*>(vector->Data()), vector->size()};
}

// Everything that is reached by an offset, followed once: a file that another program shortens turns into zeros at any
// moment, and an offset of zero is a null pointer, however well the verifier found it before.
struct Parts {
  explicit Parts(const format::Trace& trace)
      : meta(trace.meta()),
        dill_version(meta == nullptr ? nullptr : meta->dill_version()),
        python_version(meta == nullptr ? nullptr : meta->python_version()),
        source(meta == nullptr ? nullptr : meta->source()),
        problems(struct_column<format::Problem>(trace.problems())),
        causes(struct_column<format::Cause>(trace.causes())),
        pickle(column<unsigned char>(trace.pickle())) {}

  bool complete() const {
    return meta != nullptr && dill_version != nullptr && python_version != nullptr && source != nullptr;
  }

  const format::Meta* meta;
  const flatbuffers::String* dill_version;
  const flatbuffers::String* python_version;
  const flatbuffers::String* source;
  std::span<const format::Problem> problems;
  std::span<const format::Cause> causes;
  std::span<const unsigned char> pickle;
};

// false if a problem's causes are out of bounds.
bool read_problems(const Parts& parts, std::vector<graph::Problem>& problems) {
  std::uint32_t first = 0;
  problems.reserve(parts.problems.size());
  for (const format::Problem& in : parts.problems) {
    const std::uint32_t end = in.causes_end();
    if (end < first || end > parts.causes.size() || in.replayed() > 1) return false;
    graph::Problem problem{.node = in.node(),
                           .exception = in.exception(),
                           .message = in.message(),
                           .expression = in.expression(),
                           .route = in.route(),
                           .advice = in.advice(),
                           .replayed = in.replayed() != 0,
                           .causes = {}};
    problem.causes.reserve(end - first);
    for (; first < end; ++first) problem.causes.push_back({parts.causes[first].type(), parts.causes[first].message()});
    problems.push_back(std::move(problem));
  }
  return first == parts.causes.size();
}

graph::GraphColumns columns_of(const format::Trace& trace) {
  return {.parent = column<graph::NodeId>(trace.parent()),
          .edge = column<graph::EdgeKind>(trace.edge()),
          .label = column<graph::StringId>(trace.label()),
          .index = column<std::uint32_t>(trace.index()),
          .type = column<graph::StringId>(trace.type()),
          .detail_kind = column<graph::DetailKind>(trace.detail_kind()),
          .detail = column<std::uint64_t>(trace.detail()),
          .reduction = column<graph::Reduction>(trace.reduction()),
          .reducer = column<graph::StringId>(trace.reducer()),
          .begin = column<std::uint64_t>(trace.begin()),
          .end = column<std::uint64_t>(trace.end()),
          .memo = column<std::uint32_t>(trace.memo()),
          .count = column<std::uint32_t>(trace.count()),
          .outcome = column<graph::Outcome>(trace.outcome()),
          .start_ns = column<std::uint64_t>(trace.start_ns()),
          .stop_ns = column<std::uint64_t>(trace.stop_ns()),
          .references = struct_column<graph::Reference>(trace.references()),
          .string_ends = column<std::uint32_t>(trace.string_ends()),
          .string_bytes = column<char>(trace.string_bytes()),
          .texts = column<char>(trace.texts()),
          .locations = struct_column<graph::Location>(trace.locations())};
}

// The verifier looks at where a vector begins, with its length of four bytes, but not at what follows it.
template <typename Value>
bool is_aligned(std::span<const Value> column) {
  return column.empty() || reinterpret_cast<std::uintptr_t>(column.data()) % alignof(Value) == 0;
}

bool are_aligned(const graph::GraphColumns& columns) {
  return is_aligned(columns.detail) && is_aligned(columns.begin) && is_aligned(columns.end) &&
         is_aligned(columns.start_ns) && is_aligned(columns.stop_ns) && is_aligned(columns.references) &&
         is_aligned(columns.locations);
}

// What the first bytes of a file say about it; nullopt if they are those of a complete file of our version.
std::optional<Error> check_header(std::span<const unsigned char> file, const std::string& name) {
  using Kind = Error::Kind;
  if (file.empty()) return Error{Kind::NotATrace, name + " is empty"};
  const std::string_view identifier(reinterpret_cast<const char*>(file.data()) + kIdentifierAt,
                                    file.size() < kHeaderBytes ? 0 : kHeaderBytes - kIdentifierAt);
  if (!identifier.starts_with("DTR")) return Error{Kind::NotATrace, name + " is not a dill trace"};
  if (identifier.back() != kMajor) {
    const char major = identifier.back();
    const std::string theirs = major > ' ' && major <= '~' ? std::string(1, major) : std::string("unknown");
    return Error{Kind::UnknownVersion,
                 name + " is a dill trace of format version " + theirs + "; this program reads version " + kMajor};
  }
  std::uint32_t rest;
  std::memcpy(&rest, file.data(), sizeof rest);
  const std::uint64_t expected = std::uint64_t{rest} + sizeof rest;
  if (expected > kMaxFileBytes) return Error{Kind::Damaged, name + " is damaged: impossible size"};
  if (file.size() < expected) {
    return Error{Kind::Truncated, name + " is incomplete: " + graph::grouped_digits(file.size()) + " of " +
                                      graph::counted(expected, "byte") + " are there"};
  }
  if (file.size() > expected) {
    return Error{Kind::Damaged,
                 name + " is damaged: " + graph::counted(file.size() - expected, "byte") + " behind its end"};
  }
  return std::nullopt;
}

}  // namespace

tl::expected<Saved, Error> save(const Recording& recording, const std::filesystem::path& path,
                                const SaveOptions& options) {
  const std::uint64_t limit = std::min(options.max_bytes, kMaxFileBytes);
  const std::uint64_t bound = size_bound(recording);
  if (bound > limit) {
    return tl::unexpected(Error{Error::Kind::TooLarge, "cannot write " + path.string() + ": the trace needs " +
                                                           graph::byte_size(bound) + ", a file holds at most " +
                                                           graph::byte_size(limit)});
  }
  const bool left_out = recording.bytes.size() > limit - bound;
  const RecordColumns columns(recording);
  if (const std::string wrong = check_recording(recording, columns); !wrong.empty()) {
    return tl::unexpected(
        Error{Error::Kind::BadRecording, "cannot write " + path.string() + ": the recording has " + wrong});
  }

  flatbuffers::FlatBufferBuilder builder(static_cast<std::size_t>(bound + (left_out ? 0 : recording.bytes.size())));
  format::FinishSizePrefixedTraceBuffer(builder, build(builder, recording, columns, left_out));
  const auto written = write_new_file(path, {builder.GetBufferPointer(), builder.GetSize()});
  if (!written) return tl::unexpected(written.error());
  return Saved{.file_bytes = builder.GetSize(), .pickle_left_out = left_out};
}

namespace {

tl::expected<std::shared_ptr<const Trace>, Error> read_trace(const std::shared_ptr<const file::MappedFile>& file,
                                                             const std::string& name) {
  if (auto error = check_header(file->bytes(), name)) return tl::unexpected(std::move(*error));
  const auto damaged = [&](const std::string& what) {
    return tl::unexpected(Error{Error::Kind::Damaged, name + " is damaged: " + what});
  };

  // Two tables at depth two is all that the format has.
  flatbuffers::Verifier verifier(file->bytes().data(), file->bytes().size(), /*max_depth=*/4, /*max_tables=*/4);
  if (!format::VerifySizePrefixedTraceBuffer(verifier)) return damaged("its parts do not fit together");
  const format::Trace& content = *format::GetSizePrefixedTrace(file->bytes().data());

  const Parts parts(content);
  if (!parts.complete()) return damaged("a part is not there");
  std::vector<graph::Problem> problems;
  if (!read_problems(parts, problems)) return damaged("a problem's causes are out of bounds");
  const format::Meta& meta = *parts.meta;
  const graph::GraphColumns columns = columns_of(content);
  if (!are_aligned(columns)) return damaged("a column does not begin where its numbers can");
  if (const std::string wrong = check_columns(columns, problems, meta.bytes_total()); !wrong.empty()) {
    return damaged("it has " + wrong);
  }
  for (const flatbuffers::String* text : {parts.dill_version, parts.python_version, parts.source}) {
    if (!graph::is_utf8({text->c_str(), text->size()})) return damaged("a version or source is not UTF-8");
  }
  if (!parts.pickle.empty() && parts.pickle.size() != meta.bytes_total()) {
    return damaged("the pickle has another length");
  }

  auto trace = std::make_shared<Trace>();
  trace->meta = {.dill_version = parts.dill_version->str(),
                 .python_version = parts.python_version->str(),
                 .source = parts.source->str(),
                 .protocol = meta.protocol(),
                 .bytes_total = meta.bytes_total(),
                 .objects_total = meta.objects_total(),
                 .elapsed_ns = meta.elapsed_ns(),
                 .diagnosis = meta.diagnosis()};
  trace->graph = std::make_shared<const graph::ObjectGraph>(columns, std::move(problems), file);
  trace->pickle = parts.pickle;
  trace->pickle_left_out = meta.pickle_left_out();
  trace->file_bytes = file->bytes().size();
  trace->storage = file;
  return trace;
}

}  // namespace

tl::expected<std::shared_ptr<const Trace>, Error> open(const std::filesystem::path& path) {
  const auto mapped = file::MappedFile::open(path);
  if (!mapped) return tl::unexpected(Error{Error::Kind::CannotRead, mapped.error().message});
  auto trace = read_trace(*mapped, path.string());
  // Zeros were read instead of what is gone, so neither the trace nor what was found wrong with it means anything.
  if ((*mapped)->shrank()) return tl::unexpected(Error{Error::Kind::Truncated, (*mapped)->shrank_error().message});
  return trace;
}

}  // namespace dill::trace
