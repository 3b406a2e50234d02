#include <wavetank/api/compact_optional.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace wavetank::api {
namespace {

using namespace std::chrono_literals;

TEST(CompactOptional, TakesNoMoreRoomThanItsValue) {
    EXPECT_EQ(sizeof(CompactOptional<Time>), sizeof(Time));
    EXPECT_EQ(sizeof(CompactOptional<std::int64_t>), sizeof(std::int64_t));
}

TEST(CompactOptional, TellsAbsentFromZero) {
    CompactOptional<std::int64_t> seconds;

    EXPECT_FALSE(seconds.has_value());
    EXPECT_EQ(seconds.value_or(30), 30);
    seconds.emplace();
    EXPECT_TRUE(seconds.has_value());
    EXPECT_EQ(seconds, 0);
    seconds.reset();
    EXPECT_FALSE(seconds);
}

TEST(CompactOptional, ConvertsFromAndToAnOptional) {
    const std::optional<Time> given{Time{WallTime{5s}}};
    const CompactOptional<Time> kept{given};

    EXPECT_EQ(std::optional<Time>{kept}, given);
    EXPECT_EQ(CompactOptional<Time>{std::optional<Time>{}}, CompactOptional<Time>{});
    EXPECT_EQ(kept->value, WallTime{5s});
}

TEST(CompactOptional, PutsNothingBeforeSomething) {
    const CompactOptional<Time> nothing;

    EXPECT_LT(nothing, Time{WallTime{-1h * 24 * 365 * 200}});
    EXPECT_LT(Time{WallTime{1s}}, CompactOptional<Time>{Time{WallTime{2s}}});
}

}  // namespace
}  // namespace wavetank::api
