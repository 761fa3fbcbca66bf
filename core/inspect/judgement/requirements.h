// What a file needs to be loaded: Python versions, modules.
#pragma once

#include "inspect/judgement/inspection.h"

namespace dill::inspect {

Requirements requirements_of(const Inspection& inspection);

}  // namespace dill::inspect
