#include <wavetank/base/time_zone.hpp>

#include <gtest/gtest.h>

#include <string>

namespace wavetank {
namespace {

using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using namespace std::chrono_literals;

TimeZone zone(std::string_view name) {
    return TimeZone::load(name).value();
}

// The shortest file of version 2 that has only a rule: no transition, one local time, a footer.
std::string tzif_with_rule(const std::string& rule) {
    std::string header = "TZif2";
    header.resize(20, '\0');
    const auto count = [](char value) { return std::string{'\0', '\0', '\0', value}; };
    const std::string counts = count(0) + count(0) + count(0) + count(0) + count(1) + count(4);
    const std::string body = std::string(6, '\0') + std::string{"XXX\0", 4};
    return header + counts + body + header + counts + body + "\n" + rule + "\n";
}

TEST(TimeZone, IsUtcUnlessMadeOtherwise) {
    for (const TimeZone& utc :
         {TimeZone{}, zone(""), zone("UTC"), zone("Local"), zone("Etc/UTC")}) {
        EXPECT_EQ(utc.period_at(sys_days{2026y / 7 / 1}).offset, 0s);
    }
}

TEST(TimeZone, KnowsDaylightSavingLongAfterTheLastTransitionOfTheFile) {
    const TimeZone berlin = zone("Europe/Berlin");

    EXPECT_EQ(berlin.period_at(sys_days{2026y / 1 / 1}).offset, 1h);
    EXPECT_EQ(berlin.period_at(sys_days{2026y / 3 / 29} + 1h - 1s).offset, 1h);
    EXPECT_EQ(berlin.period_at(sys_days{2026y / 3 / 29} + 1h).offset, 2h);
    EXPECT_EQ(berlin.period_at(sys_days{2026y / 10 / 25} + 1h).offset, 1h);
    EXPECT_EQ(berlin.period_at(sys_days{2090y / 7 / 1}).offset, 2h);
    EXPECT_EQ(berlin.period_at(sys_days{1800y / 1 / 1}).offset, 53min + 28s) << "local mean time";
}

TEST(TimeZone, TurnsTheYearAroundInTheSouth) {
    const TimeZone sydney = zone("Australia/Sydney");

    EXPECT_EQ(sydney.period_at(sys_days{2080y / 1 / 1}).offset, 11h);
    EXPECT_EQ(sydney.period_at(sys_days{2080y / 7 / 1}).offset, 10h);
    EXPECT_EQ(sydney.period_at(sys_days{2080y / 12 / 1}).offset, 11h);
}

TEST(TimeZone, FindsTheTimeThatClocksShow) {
    const TimeZone berlin = zone("Europe/Berlin");

    EXPECT_EQ(berlin.to_sys(local_days{2026y / 7 / 1} + 12h), sys_days{2026y / 7 / 1} + 10h);
    EXPECT_EQ(berlin.to_local(sys_days{2026y / 7 / 1} + 10h), local_days{2026y / 7 / 1} + 12h);
    EXPECT_EQ(berlin.to_sys(local_days{2026y / 3 / 29} + 2h + 30min),
              sys_days{2026y / 3 / 29} + 1h + 30min)
        << "never shown";
    EXPECT_EQ(TimeZone::fixed(-3h).to_sys(local_days{2026y / 7 / 1}), sys_days{2026y / 7 / 1} + 3h);
}

TEST(TimeZone, ReadsEveryFormOfARule) {
    const auto offset = [](const std::string& rule, std::chrono::sys_seconds time) {
        return TimeZone::from_tzif(tzif_with_rule(rule)).value().period_at(time).offset;
    };
    const auto summer = sys_days{2028y / 7 / 1};  // a leap year
    EXPECT_EQ(offset("XXX5", summer), -5h);
    EXPECT_EQ(offset("<+0330>-3:30", summer), 3h + 30min);
    EXPECT_EQ(offset("EST5EDT", summer), -4h) << "the rules of the United States";
    EXPECT_EQ(offset("AAA0BBB,J60/0,J300/0", sys_days{2028y / 3 / 1}), 1h) << "1 March is J60";
    EXPECT_EQ(offset("AAA0BBB,J60/0,J300/0", sys_days{2028y / 2 / 29}), 0h);
    EXPECT_EQ(offset("AAA0BBB,59/0,300/0", sys_days{2028y / 2 / 29}), 1h);
    EXPECT_EQ(offset("AAA0BBB-2:00:30,0/0,J365/25", summer), 2h + 30s) << "all year";
    EXPECT_EQ(offset("AAA0BBB,M1.1.0", summer), 0h) << "malformed: what the file says holds";
}

TEST(TimeZone, ExplainsWhatItCannotRead) {
    const auto message = [](std::string_view name) { return TimeZone::load(name).error().message; };
    EXPECT_EQ(message("europe/berlin"), "unknown time zone europe/berlin");
    EXPECT_EQ(message("../etc/passwd"), "time: invalid location name");
    EXPECT_EQ(message("/etc/passwd"), "time: invalid location name");
    EXPECT_EQ(message("Europe"), "is a directory");
    const std::string whole = tzif_with_rule("XXX5");
    for (std::size_t length = 0; length < whole.size() - 6; ++length) {
        EXPECT_FALSE(TimeZone::from_tzif(whole.substr(0, length))) << length;
    }
}

TEST(TimeZone, WritesTheOffset) {
    EXPECT_EQ(to_rfc3339(default_wall_epoch, {}), "2026-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(default_wall_epoch, zone("Asia/Kolkata")), "2026-01-01T05:30:00+05:30");
    EXPECT_EQ(to_rfc3339(default_wall_epoch, zone("America/New_York")),
              "2025-12-31T19:00:00-05:00");
}

}  // namespace
}  // namespace wavetank
