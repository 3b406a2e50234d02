#pragma once

/// \file
/// The rule at the end of a zone's file, for all times after its last transition:
/// "CET-1CEST,M3.5.0,M10.5.0/3".

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wavetank {

/// A time zone as the environment variable TZ of POSIX describes it, read as Go's `tzset` does.
class PosixZone {
public:
    /// One stretch of time with one offset; without a begin or end, it has none.
    struct Span {
        std::chrono::seconds offset{};
        std::optional<std::chrono::sys_seconds> begin;
        std::optional<std::chrono::sys_seconds> end;
    };

    /// Returns nothing for a malformed text.
    [[nodiscard]] static std::optional<PosixZone> parse(std::string_view text);

    /// Finds the stretch around `time`. It ends at the latest with the year (counted as 365 days).
    [[nodiscard]] Span span_at(std::chrono::sys_seconds time) const;

    /// When in a year the clocks are changed.
    struct Change {
        enum class Form : std::uint8_t {
            DayWithoutLeapDay,  ///< 1 to 365; 29 February does not count
            Day,                ///< 0 to 365
            WeekdayOfMonth,     ///< the week-th such weekday, the last one if it is 5
        };
        Form form = Form::Day;
        std::int64_t day = 0;  ///< of the year, or of the week: 0 is Sunday
        std::int64_t week = 0;
        std::int64_t month = 0;
        std::int64_t time_of_day = 7200;  ///< in seconds of local time; may be outside the day

        /// Returns seconds of UTC since the start of `year`, with `offset` in force until then.
        [[nodiscard]] std::int64_t seconds_into(std::int64_t year, std::int64_t offset) const;
    };

private:
    struct Saving {
        std::int64_t offset = 0;
        Change begin;
        Change end;
    };

    std::int64_t offset_ = 0;  // of standard time, in seconds ahead of UTC
    std::optional<Saving> saving_;
};

}  // namespace wavetank
