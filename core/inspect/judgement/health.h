// Findings about the stream itself: where it breaks, what is odd about it, how loaders read it differently.
#pragma once

#include <cstdint>

#include "inspect/effects/effects.h"
#include "inspect/judgement/finding_collector.h"

namespace dill::inspect {

// `other_view`: the bytes are something else as well, so that it breaks off is no fault of the file.
void add_health(const EffectsResult& effects, std::uint64_t size, bool other_view, FindingCollector& findings);

}  // namespace dill::inspect
