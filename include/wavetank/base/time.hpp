#pragma once

/// \file
/// Time as integers: durations and points of a run's own clock, and how people write them.

#include <wavetank/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace wavetank {

/// A span of time in integer nanoseconds; ±292 years.
using Duration = std::chrono::nanoseconds;

/// The clock of a run: it starts at zero and only a `Clock` advances it.
struct RunClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<RunClock>;
    static constexpr bool is_steady = true;
};

/// A point in the time of a run, counted from its start.
using TimePoint = RunClock::time_point;

/// A point in civil time, in nanoseconds since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// Where a run starts in civil time unless it is told otherwise: 2026-01-01T00:00:00Z.
inline constexpr WallTime default_wall_epoch{std::chrono::seconds{1767225600}};

/// Reads a duration as Go writes it: "300ms", "1.5h", "2h45m", "-1.5s"; units ns us µs ms s m h.
/// Errors: `BadRequest` with Go's wording if `text` is anything else or does not fit.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// Writes a duration as Go does: "1m30s", "1.5ms", "0s".
[[nodiscard]] std::string to_string(Duration duration);

/// Writes civil time as RFC 3339 in UTC, whole seconds ("2026-01-01T00:00:00Z"), rounding down.
[[nodiscard]] std::string to_rfc3339(WallTime time);

/// Writes civil time as RFC 3339 in UTC with six digits of a second ("...:00.000000Z").
[[nodiscard]] std::string to_rfc3339_micro(WallTime time);

/// Reads RFC 3339 with any offset and up to nine digits of a second.
/// Errors: `BadRequest` if `text` is anything else or is not in the years 1678 to 2261, which is
/// what `WallTime` can keep.
[[nodiscard]] Result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace wavetank
