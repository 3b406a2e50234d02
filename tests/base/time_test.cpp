#include <wavetank/base/time.hpp>

#include <gtest/gtest.h>

namespace wavetank {
namespace {

using namespace std::chrono_literals;

TEST(Time, ReadsDurationsAsGoWritesThem) {
    EXPECT_EQ(*parse_duration("1m30s"), 90s);
    EXPECT_EQ(*parse_duration("1.5ms"), 1500us);
    EXPECT_EQ(*parse_duration("-2h45m"), -(2h + 45min));
    EXPECT_EQ(*parse_duration("0"), 0s);
    for (const char* text : {"", "1", "1x", "s", "1m30", ".s", "9999999h"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Time, SaysWhatIsWrongWithADurationInGosWords) {
    const auto message = [](std::string_view text) { return parse_duration(text).error().message; };
    EXPECT_EQ(message(""), "time: invalid duration \"\"");
    EXPECT_EQ(message("5"), "time: missing unit in duration \"5\"");
    EXPECT_EQ(message("1d"), "time: unknown unit \"d\" in duration \"1d\"");
    EXPECT_EQ(message(".s"), "time: invalid duration \".s\"");
    EXPECT_EQ(message("1h\x01\""), "time: unknown unit \"h\\x01\\\"\" in duration \"1h\\x01\\\"\"");
    EXPECT_EQ(message("9223372036854775808ns"), "time: invalid duration \"9223372036854775808ns\"");
    EXPECT_EQ(*parse_duration("-9223372036854775808ns"), Duration::min());
}

TEST(Time, WritesDurationsAsGoDoes) {
    EXPECT_EQ(to_string(Duration{90s}), "1m30s");
    EXPECT_EQ(to_string(Duration{1h}), "1h0m0s");
    EXPECT_EQ(to_string(Duration{1500us}), "1.5ms");
    EXPECT_EQ(to_string(Duration{-1500ms}), "-1.5s");
    EXPECT_EQ(to_string(Duration{0}), "0s");
}

TEST(Time, ReadsAndWritesRfc3339) {
    EXPECT_EQ(to_rfc3339(default_wall_epoch), "2026-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339_micro(default_wall_epoch + 1500us), "2026-01-01T00:00:00.001500Z");
    EXPECT_EQ(*parse_rfc3339("2026-01-01T01:00:00.5+01:00"), default_wall_epoch + 500ms);
    for (const char* text : {"", "2026-01-01", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
    EXPECT_EQ(to_rfc3339(*parse_rfc3339("1678-01-01T00:00:00+23:59")), "1677-12-31T00:01:00Z");
    EXPECT_EQ(to_rfc3339(*parse_rfc3339("2261-12-31T23:59:59Z")), "2261-12-31T23:59:59Z");
    EXPECT_EQ(parse_rfc3339("1026-01-01T00:00:00Z").error().message,
              "parsing time \"1026-01-01T00:00:00Z\": only the years 1678 to 2261 can be kept");
}

}  // namespace
}  // namespace wavetank
