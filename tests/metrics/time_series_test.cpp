#include <wavetank/metrics/time_series.hpp>

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

namespace wavetank::metrics {
namespace {

using namespace std::chrono_literals;

TEST(TimeSeries, SumsUpEachWindow) {
    TimeSeries series{{.window = 10s}};
    series.record(TimePoint{0s}, 5);
    series.record(TimePoint{9s}, 1);
    series.record(TimePoint{20s}, -2);

    ASSERT_EQ(series.windows().size(), 3U);
    EXPECT_EQ(series.windows()[0], (TimeSeries::Window{.count = 2, .sum = 6, .min = 1, .max = 5}));
    EXPECT_EQ(series.windows()[0].mean(), 3);
    EXPECT_EQ(series.windows()[1].count, 0U);
    EXPECT_EQ(series.windows()[1].mean(), 0);
    EXPECT_EQ(series.windows()[2].max, -2);
}

TEST(TimeSeries, WidensItsWindowsAsTheRunGrows) {
    TimeSeries series{{.window = 1s, .windows_max = 4}};
    for (int second = 0; second < 10; ++second) {
        series.record(TimePoint{std::chrono::seconds{second}}, second);
    }

    EXPECT_EQ(series.window(), Duration{4s});
    ASSERT_EQ(series.windows().size(), 3U);
    EXPECT_EQ(series.windows()[0].sum, 0 + 1 + 2 + 3);
    EXPECT_EQ(series.windows()[1].sum, 4 + 5 + 6 + 7);
    EXPECT_EQ(series.windows()[2].sum, 8 + 9);
    EXPECT_EQ(series.windows()[2].min, 8);
}

TEST(TimeSeries, MergesToWhatOneWouldHaveRecorded) {
    Random random{8};
    TimeSeries all{{.windows_max = 16}};
    TimeSeries left{{.windows_max = 16}};
    TimeSeries right{{.windows_max = 16}};
    for (int i = 0; i < 500; ++i) {
        const TimePoint time{std::chrono::seconds{random.below(static_cast<std::uint64_t>(i) + 1)}};
        const auto value = static_cast<std::int64_t>(random.below(100));
        all.record(time, value);
        (i < 100 ? left : right).record(time, value);
    }
    TimeSeries other_way = right;
    left.merge(right);

    EXPECT_EQ(left, all);
    other_way.merge(left);
    EXPECT_EQ(other_way.window(), all.window());
}

}  // namespace
}  // namespace wavetank::metrics
