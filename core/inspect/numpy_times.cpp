#include "inspect/numpy_times.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace dill::inspect {

namespace {

struct Unit {
  std::string_view name;
  std::string_view plural;
  std::int64_t in_a_day;  // 0: longer than a day
  int digits;             // of a second behind the point
};

// In the order of NPY_DATETIMEUNIT, where 3 is not used any more. Of the units below a nanosecond a day has more than
// a number holds.
constexpr std::array<Unit, 11> kUnits{{{"Y", "years", 0, 0},
                                       {"M", "months", 0, 0},
                                       {"W", "weeks", 0, 0},
                                       {"", "", 0, 0},
                                       {"D", "days", 1, 0},
                                       {"h", "hours", 24, 0},
                                       {"m", "minutes", 1'440, 0},
                                       {"s", "seconds", 86'400, 0},
                                       {"ms", "milliseconds", 86'400'000, 3},
                                       {"us", "microseconds", 86'400'000'000, 6},
                                       {"ns", "nanoseconds", 86'400'000'000'000, 9}}};

constexpr std::int64_t kNotATime = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kFarDay = 400'000'000'000;  // beyond the years that are told

const Unit* unit_of(std::string_view name) {
  const auto* const found = std::ranges::find(kUnits, name, &Unit::name);
  return found == kUnits.end() || name.empty() ? nullptr : found;
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

std::string padded(std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number < 0 ? -number : number);
  return (number < 0 ? "-" : "") + std::string(digits.size() < width ? width - digits.size() : 0, '0') + digits;
}

// Howard Hinnant's civil_from_days.
std::string date_text(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = floor_div(days, 146'097);
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march + (month_from_march < 10 ? 3 : -9);
  return padded(year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4) + "-" + padded(month, 2) + "-" + padded(day, 2);
}

// Seconds of a day and what is behind the point, as ":SS.fff" without what is zero at the end.
std::string seconds_text(std::int64_t second, std::int64_t fraction, int digits, bool always) {
  std::string text;
  if (always || second % 60 != 0 || fraction != 0) text += ":" + padded(second % 60, 2);
  if (fraction != 0) {
    std::string behind = padded(fraction, static_cast<std::size_t>(digits));
    behind.resize(behind.find_last_not_of('0') + 1);
    text += "." + behind;
  }
  return text;
}

struct TimeOfDay {
  std::int64_t day, second, fraction;
};

TimeOfDay split(std::int64_t value, const Unit& unit) {
  const std::int64_t day = floor_div(value, unit.in_a_day);
  std::int64_t rest = value % unit.in_a_day;  // `day` times a day may be below what a number holds
  if (rest < 0) rest += unit.in_a_day;
  if (unit.in_a_day <= 86'400) return {day, rest * (86'400 / unit.in_a_day), 0};
  const std::int64_t in_a_second = unit.in_a_day / 86'400;
  return {day, rest / in_a_second, rest % in_a_second};
}

// `value` steps in single units; nothing if these are too many.
std::optional<std::int64_t> steps(std::int64_t value, std::int64_t count) {
  std::int64_t found = 0;
  if (__builtin_mul_overflow(value, count, &found)) return std::nullopt;
  return found;
}

}  // namespace

std::string unit_text(const TimeUnit& unit) {
  return (unit.count == 1 ? std::string() : std::to_string(unit.count)) + std::string(unit.name);
}

TimeUnit time_unit(std::string_view name, std::int64_t count) {
  const Unit* const known = unit_of(name);
  return known == nullptr ? TimeUnit{} : TimeUnit{known->name, count};
}

std::string_view numbered_unit(std::int64_t number) {
  return number >= 0 && number < static_cast<std::int64_t>(kUnits.size())
             ? kUnits[static_cast<std::size_t>(number)].name
             : std::string_view();
}

std::string datetime64_text(std::int64_t value, const TimeUnit& unit) {
  if (value == kNotATime) return "NaT";
  const Unit* const known = unit_of(unit.name);
  const auto found = steps(value, unit.count);
  // Years and weeks that are so far away would overflow below.
  const bool far = known != nullptr && known->in_a_day == 0 && found && (*found > kFarDay || *found < -kFarDay);
  if (known == nullptr || !found || far) return std::to_string(value);
  if (known->name == "Y") return padded(1970 + *found, 4);
  if (known->name == "M") {
    const std::int64_t year = floor_div(*found, 12);
    return padded(1970 + year, 4) + "-" + padded(*found - 12 * year + 1, 2);
  }
  const TimeOfDay time = known->name == "W" ? TimeOfDay{*found * 7, 0, 0} : split(*found, *known);
  if (time.day > kFarDay || time.day < -kFarDay) return std::to_string(value);
  std::string text = date_text(time.day);
  if (time.second == 0 && time.fraction == 0) return text;
  return text + "T" + padded(time.second / 3'600, 2) + ":" + padded(time.second / 60 % 60, 2) +
         seconds_text(time.second, time.fraction, known->digits, false);
}

std::string timedelta64_text(std::int64_t value, const TimeUnit& unit) {
  if (value == kNotATime) return "NaT";
  const Unit* const known = unit_of(unit.name);
  const auto found = steps(value, unit.count);
  if (known == nullptr || !found) return std::to_string(value);
  if (known->in_a_day == 0) return std::to_string(*found) + " " + std::string(known->plural);
  const TimeOfDay time = split(*found, *known);
  std::string text;
  if (time.day != 0) text = std::to_string(time.day) + (time.day == 1 || time.day == -1 ? " day" : " days");
  if (!text.empty() && time.second == 0 && time.fraction == 0) return text;
  if (!text.empty()) text += " ";
  return text + std::to_string(time.second / 3'600) + ":" + padded(time.second / 60 % 60, 2) +
         seconds_text(time.second, time.fraction, known->digits, true);
}

}  // namespace dill::inspect
