// numpy's datetime64 and timedelta64: a count of some unit, as the date or the duration that it stands for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dill::inspect {

struct TimeUnit {
  std::string_view name;   // "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns" ...; "" if it is not known
  std::int64_t count = 1;  // of these units in one step: 25 in "25s"
};

// "ns", "25s"
std::string unit_text(const TimeUnit& unit);

// "2026-01-02", "2026-01-02T03:04:05.5", "NaT"; the number for a unit that is not known, or beyond what can be told.
std::string datetime64_text(std::int64_t value, const TimeUnit& unit);

// "1 day 2:00:00", "3 months", "NaT"; else as above.
std::string timedelta64_text(std::int64_t value, const TimeUnit& unit);

// The unit of that name; one without name if numpy has none.
TimeUnit time_unit(std::string_view name, std::int64_t count);

// The unit that numpy's C code numbers so (NPY_DATETIMEUNIT); "" if there is none.
std::string_view numbered_unit(std::int64_t number);

}  // namespace dill::inspect
