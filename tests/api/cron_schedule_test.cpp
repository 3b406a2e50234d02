#include <wavetank/api/cron_schedule.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wavetank::api {
namespace {

std::string next_of(std::string_view text, std::string_view zone, std::string_view after) {
    const auto schedule = CronSchedule::parse(text, zone);
    if (!schedule) {
        return schedule.error().message;
    }
    const auto next = schedule->next(parse_rfc3339(after).value());
    return next ? to_rfc3339(*next) : "never";
}

TEST(CronSchedule, FindsTheNextWholeMinute) {
    EXPECT_EQ(next_of("*/5 * * * *", "", "2026-01-01T00:00:00Z"), "2026-01-01T00:05:00Z");
    EXPECT_EQ(next_of("*/5 * * * *", "", "2026-01-01T00:04:59.5Z"), "2026-01-01T00:05:00Z");
    EXPECT_EQ(next_of("0 0 29 feb *", "", "2026-01-01T00:00:00Z"), "2028-02-29T00:00:00Z");
    EXPECT_EQ(next_of("0 0 30 2 *", "", "2026-01-01T00:00:00Z"), "never");
}

TEST(CronSchedule, WantsBothDaysOnlyIfOneOfThemIsAPlainStar) {
    EXPECT_EQ(next_of("0 0 13 * 5", "", "2026-01-01T00:00:00Z"), "2026-01-02T00:00:00Z");
    EXPECT_EQ(next_of("0 0 13 * *", "", "2026-01-01T00:00:00Z"), "2026-01-13T00:00:00Z");
    EXPECT_EQ(next_of("0 0 */20 * 5", "", "2026-01-01T00:00:00Z"), "2026-01-02T00:00:00Z");
}

TEST(CronSchedule, FollowsTheClocksOfItsZone) {
    EXPECT_EQ(next_of("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z"),
              "2026-03-30T00:30:00Z")
        << "half past two does not exist on the 29th";
    EXPECT_EQ(next_of("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z"),
              "2026-10-25T01:30:00Z")
        << "and exists twice on 25 October";
    EXPECT_EQ(next_of("TZ=Asia/Tokyo 0 9 * * *", "Europe/Berlin", "2026-01-01T01:00:00Z"),
              "2026-01-02T00:00:00Z")
        << "a zone in the text wins";
    EXPECT_EQ(next_of("0 9 * * *", "Nope/Nope", "2026-01-01T00:00:00Z"), "2026-01-01T09:00:00Z")
        << "a zone that does not exist is ignored";
}

TEST(CronSchedule, PassesOverADayThatAZoneLeftOut) {
    EXPECT_EQ(next_of("0 0 * * 6", "Pacific/Apia", "2011-12-28T12:00:00Z"), "2011-12-30T10:00:00Z");
}

TEST(CronSchedule, CountsIntervalsFromTheWholeSecond) {
    EXPECT_EQ(next_of("@every 1h30m", "Asia/Tokyo", "2026-01-01T00:00:00.7Z"),
              "2026-01-01T01:30:00Z");
    EXPECT_EQ(next_of("@every 1ms", "", "2026-01-01T00:00:00Z"), "2026-01-01T00:00:01Z");
    EXPECT_EQ(next_of("@every 2000000h", "", "2200-01-01T00:00:00Z"), "never");
}

TEST(CronSchedule, SaysWhatIsWrongInUpstreamsWords) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "empty spec string"},
        {"nope", "expected exactly 5 fields, found 1: [nope]"},
        {"60 * * * *", "end of range (60) above maximum (59): 60"},
        {"5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"},
        {"1/2/3 * * * *", "too many slashes: 1/2/3"},
        {"*/-1 * * * *", "negative number (-1) not allowed: -1"},
        {"* * * * 99999999999999999999",
         "failed to parse int from 99999999999999999999: strconv.Atoi: parsing "
         "\"99999999999999999999\": value out of range"},
        {"@every", "unrecognized descriptor: @every"},
        {"@every 5", "failed to parse duration @every 5: time: missing unit in duration \"5\""},
        {"@every 1d",
         "failed to parse duration @every 1d: time: unknown unit \"d\" in duration \"1d\""},
        {"TZ=UTC", "invalid schedule format: runtime error: slice bounds out of range [:-1]"},
        {"TZ=Nope * * * * *", "provided bad location Nope: unknown time zone Nope"},
        {"TZ=../x * * * * *", "provided bad location ../x: time: invalid location name"},
    };
    for (const auto& [text, message] : cases) {
        EXPECT_EQ(next_of(text, "", "2026-01-01T00:00:00Z"), message) << text;
    }
    EXPECT_EQ(next_of("", "UTC", "2026-01-01T00:00:00Z"), "expected exactly 5 fields, found 0: []");
}

}  // namespace
}  // namespace wavetank::api
