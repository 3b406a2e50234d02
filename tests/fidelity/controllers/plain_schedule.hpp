#pragma once

/// \file
/// The times of a simple schedule in UTC, found minute by minute.

#include "controllers/cron_job.hpp"

#include <string>

namespace wavetank::fidelity {

/// Reads five fields of numbers, or "@hourly", "@daily" or "@every 90m".
/// Errors: a time zone, or anything else.
[[nodiscard]] Result<controllers::CronTimes> parse_plain_schedule(const std::string& schedule,
                                                                  const std::string& time_zone);

}  // namespace wavetank::fidelity
