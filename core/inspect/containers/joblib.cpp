#include <algorithm>
#include <cstring>

#include "inspect/containers/expanded_bytes.h"
#include "inspect/containers/joblib_machine.h"
#include "inspect/containers/reading.h"

namespace dill::inspect::containers {

namespace {

// Whether the name of a wrapper of arrays stands in the bytes.
bool mentions_wrapper(Reading& reading, Bytes bytes) {
  constexpr std::size_t kStep = std::size_t{64} << 20;
  for (std::size_t begin = 0; begin < bytes.size() && reading.proceeds(); begin += kStep) {
    // NumpyArrayWrapper, NDArrayWrapper and ZNDArrayWrapper at once: the bytes may be many.
    constexpr std::string_view kName = "ArrayWrapper";
    const Bytes part = bytes.subspan(begin, std::min(kStep + kName.size(), bytes.size() - begin));
    if (::memmem(part.data(), part.size(), kName.data(), kName.size()) != nullptr) return true;
  }
  return false;
}

}  // namespace

bool read_joblib(Reading& reading, const Place& place, const PickleTrial& trial) {
  // The name stands before the first array, at which a reader that knows nothing of arrays stops or fails.
  const Bytes before = trial.unclosed ? place.bytes : place.bytes.first(trial.end);
  if (!mentions_wrapper(reading, before)) return false;
  const JoblibDump dump = follow_joblib(place.bytes);
  for (const std::uint64_t at : dump.external) {
    reading.find(place, "joblib-external-array", Severity::Suspicious,
                 "loading reads an array from another file, whose name stands in the pickle", at);
  }
  if (dump.arrays.empty() && !dump.unknown_array) return false;

  Member member = Reading::as_member(place, Format::Joblib);
  auto stream = std::make_shared<ExpandedBytes>();
  for (const JoblibDump::Run& run : dump.runs) {
    member.pieces.push_back({.stream = stream->bytes().size(), .bytes = run.begin});
    if (!stream->append(place.bytes.subspan(run.begin, run.end - run.begin))) {
      reading.stop(place, "stopped-memory", "stopped here: there is no memory for the opcodes of the joblib dump");
      member.complete = false;
      break;
    }
  }
  for (const JoblibArray& array : dump.arrays) member.arrays.push_back({array.begin, array.end, array.objects});
  stream->trim();
  member.stream = stream->bytes();
  member.stream_storage = stream;
  const std::size_t parent = reading.visit(std::move(member));

  for (const JoblibArray& array : dump.arrays) {
    if (array.cut && !array.objects) {
      reading.find(place, "truncated-array", Severity::Error, "the file ends within an array", array.begin);
    }
    if (!array.objects || !reading.goes_on()) continue;
    Place objects = Reading::part(place, Format::Joblib, parent, array.begin, array.end - array.begin);
    objects.path = inner_path(place, "<array at " + std::to_string(array.begin) + ">");
    reading.visit(objects, Format::Pickle);
  }
  if (dump.unknown_array) {
    reading.find(place, "joblib-unknown-array", Severity::Suspicious,
                 "how long the array is that follows can only be known when it is loaded", dump.end);
  }
  // pickle.load() would take the arrays for opcodes.
  if (reading.goes_on()) {
    Member plain = Reading::as_member(place, Format::Pickle);
    plain.view = View::Other;
    reading.visit(std::move(plain));
  }
  if (dump.end < place.bytes.size() && reading.goes_on()) {
    Place behind = Reading::part(place, Format::Joblib, parent, dump.end, place.bytes.size() - dump.end);
    behind.path = inner_path(place, "<behind the pickle>");
    behind.view = View::Other;
    if (dump.stops) {
      reading.find(place, "trailing-data", Severity::Suspicious,
                   std::to_string(behind.bytes.size()) + " bytes follow the pickle", dump.end);
    }
    // What follows may be another dump, and so on.
    if (place.depth < reading.budgets().depth) {
      reading.read(behind);
    } else {
      reading.stop(behind, "stopped-depth", "stopped here: too much follows each other within the file");
    }
  }
  return true;
}

}  // namespace dill::inspect::containers
