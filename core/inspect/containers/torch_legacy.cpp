// What torch.save wrote before it wrote zips: a magic number, a version, facts about the system, the object and the keys
// of its storages, each a pickle; then the raw storages.
#include "inspect/containers/reading.h"
#include "pickle/decoder.h"

namespace dill::inspect::containers {

namespace {

constexpr int kPickles = 5;

}  // namespace

void read_torch_legacy(Reading& reading, const Place& place) {
  const std::size_t parent = reading.visit(place, Format::TorchLegacy);
  pickle::Decoder decoder(place.bytes, pickle::Frames::MayBeCut);
  int pickles = 0;
  while (pickles < kPickles) {
    const auto instruction = decoder.next();
    if (!instruction) break;
    pickles += instruction->opcode == pickle::Opcode::STOP ? 1 : 0;
  }
  const std::uint64_t end = pickles == kPickles ? decoder.position() : place.bytes.size();
  Place pickled = Reading::part(place, Format::TorchLegacy, parent, 0, end);
  pickled.view = place.view;
  reading.visit(pickled, Format::Pickle);
  if (end == place.bytes.size() || !reading.goes_on()) return;
  Place storages = Reading::part(place, Format::TorchLegacy, parent, end, place.bytes.size() - end);
  storages.path = inner_path(place, "<storages>");
  reading.read(storages);
}

}  // namespace dill::inspect::containers
