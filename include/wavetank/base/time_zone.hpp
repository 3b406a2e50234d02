#pragma once

/// \file
/// What the clocks of a place show: IANA time zones with their daylight saving rules.
///
/// The rules are those of the system's database of compiled zones (RFC 8536, "TZif"), read as Go's
/// `time` package reads it, because Kubernetes' schedules are decided by what Go says. GCC 12 has
/// no zones in <chrono>; the format is small enough to read here.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace wavetank {

struct TimeZoneRules;  // private

/// A time zone, as a small value; UTC unless made otherwise.
///
/// Threads: `const` members may be called concurrently.
class TimeZone {
public:
    /// One stretch of time with one offset: [begin, end). The end may come too early, never too
    /// late.
    struct Period {
        std::chrono::seconds offset{};  ///< local time is UTC plus this
        std::chrono::sys_seconds begin{};
        std::chrono::sys_seconds end{};
    };

    /// Makes UTC.
    TimeZone() = default;

    /// Makes a zone that is always `offset` ahead of UTC.
    [[nodiscard]] static TimeZone fixed(std::chrono::seconds offset);

    /// Reads a zone of the system's database: "Europe/Berlin". "", "UTC" and "Local" are UTC: a
    /// control plane runs in UTC here.
    ///
    /// Errors: `BadRequest` with Go's text: "unknown time zone Nope", "time: invalid location
    /// name", "malformed time zone information", "is a directory".
    /// Determinism: depends on the machine's database, which changes with politics.
    /// Cost: reads a file of a few kilobytes; keep the result.
    [[nodiscard]] static Result<TimeZone> load(std::string_view name);

    /// Reads the contents of one file of the database, format version 1 to 3.
    /// Errors: `BadRequest`, "malformed time zone information".
    [[nodiscard]] static Result<TimeZone> from_tzif(std::string_view data);

    [[nodiscard]] Period period_at(std::chrono::sys_seconds time) const;

    [[nodiscard]] std::chrono::local_seconds to_local(std::chrono::sys_seconds time) const;

    /// Returns the time at which the clocks show `time`. Of two, the one that Go's `time.Date`
    /// chooses; if they never show it, a time that differs by as much as the clocks were changed.
    [[nodiscard]] std::chrono::sys_seconds to_sys(std::chrono::local_seconds time) const;

private:
    explicit TimeZone(std::shared_ptr<const TimeZoneRules> rules);

    std::shared_ptr<const TimeZoneRules> rules_;  // null: UTC
};

/// Writes civil time as RFC 3339 with the offset of `zone`: "2026-01-01T01:00:00+01:00", "Z" if
/// that is zero; whole seconds, rounding down, and whole minutes of the offset.
[[nodiscard]] std::string to_rfc3339(WallTime time, const TimeZone& zone);

}  // namespace wavetank
