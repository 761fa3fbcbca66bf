#include "inspect/containers/expanded_bytes.h"

#include <algorithm>
#include <cstring>

namespace dill::inspect::containers {

namespace {
constexpr std::size_t kFirst = std::size_t{64} << 10;
}  // namespace

std::span<unsigned char> ExpandedBytes::room() {
  if (size_ == memory_.size() && !memory_.resize(std::max(kFirst, memory_.size() * 2))) return {};
  return {data() + size_, memory_.size() - size_};
}

bool ExpandedBytes::append(std::span<const unsigned char> bytes) {
  while (!bytes.empty()) {
    const std::span<unsigned char> space = room();
    if (space.empty()) return false;
    const std::size_t count = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), count);
    commit(count);
    bytes = bytes.subspan(count);
  }
  return true;
}

void ExpandedBytes::trim() {
  // It only becomes smaller: where that fails, there is a little too much of it.
  if (size_ != 0) (void)memory_.resize(size_);
}

}  // namespace dill::inspect::containers
