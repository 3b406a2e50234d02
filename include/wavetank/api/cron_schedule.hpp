#pragma once

/// \file
/// When is it time again? The schedules of CronJobs: "*/5 * * * *", "@daily", "@every 1h30m".
///
/// Reads what the standard parser of github.com/robfig/cron v3 reads and finds the times that it
/// finds, because a CronJob's schedule is whatever that library makes of it: at the change of
/// clocks, for one, a time that does not exist is skipped and one that comes twice counts twice.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/base/time_zone.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace wavetank::api {

/// A schedule of a CronJob.
///
/// Threads: `const` members may be called concurrently.
class CronSchedule {
public:
    /// Reads `text` as kube-controller-manager does for a CronJob with this `schedule` and
    /// `timeZone` (empty: none). A zone within the text ("TZ=Asia/Tokyo 0 9 * * *", "CRON_TZ=...")
    /// wins, and a `timeZone` that does not exist is ignored; asking `TimeZone::load` first is the
    /// caller's part.
    ///
    /// Errors: `BadRequest` with upstream's text: "expected exactly 5 fields, found 1: [nope]".
    [[nodiscard]] static Result<CronSchedule> parse(std::string_view text,
                                                    std::string_view time_zone = {});

    /// Returns the first time after `after`, always a whole second; nothing if there is none
    /// within five years, or none that a `WallTime` can hold.
    ///
    /// A schedule without a zone of its own follows the clocks of `local`. Departs from upstream
    /// where its search never ends: a day that a zone left out (30 December 2011 in
    /// Pacific/Apia) is passed over.
    [[nodiscard]] std::optional<WallTime> next(WallTime after, const TimeZone& local = {}) const;

    /// Which values match, a bit each. Bit 63 tells of a plain star: a day must then match both
    /// rules for days, else one of them.
    struct Fields {
        std::uint64_t minutes = 0;
        std::uint64_t hours = 0;
        std::uint64_t days_of_month = 0;
        std::uint64_t months = 0;
        std::uint64_t days_of_week = 0;  ///< 0 is Sunday
    };

private:
    Fields fields_;
    std::optional<std::chrono::seconds> interval_;
    std::optional<TimeZone> zone_;
};

}  // namespace wavetank::api
