#include <wavetank/metrics/histogram.hpp>

#include <wavetank/base/distribution.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace wavetank::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, IsZeroWhileEmpty) {
    const Histogram histogram;

    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.percentile(0.5), 0ns);
    EXPECT_EQ(histogram.mean(), 0ns);
    EXPECT_EQ(histogram.count_up_to(1h), 0U);
    EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, IsExactForSmallValuesAndItsEnds) {
    Histogram histogram;
    for (int value = 1; value <= 100; ++value) {
        histogram.record(Duration{value});
    }

    EXPECT_EQ(histogram.percentile(0), 1ns);
    EXPECT_EQ(histogram.percentile(0.5), 50ns);
    EXPECT_EQ(histogram.percentile(0.99), 99ns);
    EXPECT_EQ(histogram.percentile(1), 100ns);
    EXPECT_EQ(histogram.mean(), 50ns);
    EXPECT_EQ(histogram.sum_nanoseconds(), 5050);
    EXPECT_EQ(histogram.count_up_to(30ns), 30U);
    EXPECT_EQ(histogram.buckets().size(), 100U);
}

// Beside a sorted list, over 15 orders of magnitude.
TEST(Histogram, StaysWithinOnePercentOfTheTrueQuantile) {
    for (const Duration mean :
         {Duration{1us}, Duration{5ms}, Duration{1h}, Duration{24h * 20000}}) {
        Random random{6};
        const Distribution distribution = Distribution::lognormal(mean, 1);
        Histogram histogram;
        std::vector<Duration> sorted;
        for (int i = 0; i < 10'000; ++i) {
            sorted.push_back(distribution.sample(random));
            histogram.record(sorted.back());
        }
        std::sort(sorted.begin(), sorted.end());
        for (const double quantile : {0.001, 0.25, 0.5, 0.9, 0.99, 0.999}) {
            const auto rank = static_cast<std::size_t>(std::ceil(quantile * 10'000));
            const auto exact = static_cast<double>(sorted[rank - 1].count());
            EXPECT_NEAR(static_cast<double>(histogram.percentile(quantile).count()), exact,
                        0.01 * exact + 0.5);
        }
        EXPECT_EQ(histogram.min(), sorted.front());
        EXPECT_EQ(histogram.max(), sorted.back());
    }
}

TEST(Histogram, TakesTheWholeRangeOfDurations) {
    Histogram histogram;
    histogram.record(Duration::max(), 3);
    histogram.record(-5ns);

    EXPECT_EQ(histogram.min(), 0ns);
    EXPECT_EQ(histogram.max(), Duration::max());
    EXPECT_EQ(histogram.buckets().back().high, Duration::max());
    EXPECT_EQ(histogram.sum_nanoseconds(), 3 * 9223372036854775807.0);
    EXPECT_EQ(histogram.count_up_to(Duration::max()), 4U);
}

TEST(Histogram, MergesToWhatOneWouldHaveCounted) {
    Histogram all;
    Histogram left;
    Histogram right;
    Random random{2};
    for (int i = 0; i < 1'000; ++i) {
        const auto value = Duration{static_cast<Duration::rep>(random.below(1'000'000))};
        all.record(value);
        (i % 3 == 0 ? left : right).record(value);
    }
    Histogram merged;
    merged.merge(left);
    merged.merge(right);
    merged.merge(Histogram{});

    EXPECT_EQ(merged, all);
    right.merge(left);
    EXPECT_EQ(right, all);
}

}  // namespace
}  // namespace wavetank::metrics
