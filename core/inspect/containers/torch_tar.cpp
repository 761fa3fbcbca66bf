// The entries of what torch.save wrote first of all, a tar: "storages" and "tensors" begin with their number, then come as
// many pickles, each of them with raw data behind it.
#include <algorithm>
#include <array>
#include <deque>
#include <unordered_set>

#include "inspect/containers/little_endian.h"
#include "inspect/containers/reading.h"

namespace dill::inspect::containers {

namespace {

constexpr std::size_t kMostPickles = 10'000;
constexpr std::uint64_t kMostOpcodes = 2'000'000;  // that are tried

// Where the next pickle can begin behind one that ended at `at`. How long an item is stands in the pickle, as a name.
void add_next(Bytes bytes, std::uint64_t at, bool tensors, std::deque<std::uint64_t>& places) {
  constexpr std::array<std::uint64_t, 5> kItemSizes{1, 2, 4, 8, 16};
  places.push_back(at);  // behind the number of them
  if (bytes.size() - at < sizeof(std::uint64_t)) return;
  const std::uint64_t left = bytes.size() - at - sizeof(std::uint64_t);
  if (tensors) {  // dimensions, lengths and strides, offset in the storage
    const std::uint64_t dimensions = little_endian<std::uint32_t>(bytes, at);
    const std::uint64_t size = dimensions * 16 + 8;
    if (size <= left) places.push_back(at + 8 + size);
    return;
  }
  const auto items = little_endian<std::uint64_t>(bytes, at);
  for (const std::uint64_t size : kItemSizes)
    if (items <= left / size) places.push_back(at + 8 + items * size);
}

}  // namespace

void read_torch_tar_entry(Reading& reading, const Place& place, bool tensors) {
  const std::size_t parent = reading.visit(place, Format::Data);
  std::deque<std::uint64_t> places{0};
  std::unordered_set<std::uint64_t> known;
  std::uint64_t tries = kMostOpcodes;
  bool cut = false;
  for (; !places.empty() && reading.goes_on(); places.pop_front()) {
    const std::uint64_t at = places.front();
    if (at >= place.bytes.size() || known.contains(at)) continue;
    cut = known.size() >= kMostPickles || tries == 0;
    if (cut) break;
    known.insert(at);
    const Bytes rest = place.bytes.subspan(at);
    const PickleTrial trial = try_pickle(rest, std::min(tries, kTrialOpcodes));
    tries -= std::min(tries, trial.opcodes + 1);
    if (trial.answer == PickleTrial::Answer::No) continue;
    Place pickle = Reading::part(place, Format::TorchTar, parent, at, trial.stops ? trial.end : rest.size());
    pickle.path = at == 0 ? place.path : inner_path(place, "<at " + std::to_string(at) + ">");
    pickle.view = place.view;
    reading.visit(pickle, Format::Pickle);
    if (trial.stops) add_next(place.bytes, at + trial.end, tensors, places);
  }
  if (cut) reading.stop(place, "stopped-members", "stopped here: there are too many pickles between the storages");
}

}  // namespace dill::inspect::containers
