// Known functions and calls that are harmless or not depending on what they are called with.
#pragma once

#include <optional>

#include "inspect/effects/effects.h"
#include "inspect/finding.h"
#include "inspect/judgement/target.h"

namespace dill::inspect {

// How bad it is to hand this function to something that may call it with arguments of its choice: it evaluates,
// imports, opens or loads what it is given, or reaches attributes. Nothing for all others.
std::optional<Severity> gadget_severity(const Target& target);

// Whether a call makes an object without a call of __init__: cls.__new__(cls) and no more.
bool makes_empty_object(const Effect& effect);

}  // namespace dill::inspect
