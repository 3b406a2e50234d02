#include <wavetank/metrics/counter.hpp>

#include <gtest/gtest.h>

namespace wavetank::metrics {
namespace {

using namespace std::chrono_literals;

TEST(Counter, AddsUp) {
    Counter one;
    one.add();
    one.add(4);
    Counter two;
    two.add(2);
    two.merge(one);

    EXPECT_EQ(two.value(), 7U);
}

TEST(Gauge, AveragesOverTime) {
    Gauge gauge;
    gauge.set(TimePoint{1s}, 4);
    gauge.add(TimePoint{3s}, -2);

    EXPECT_EQ(gauge.value(), 2);
    EXPECT_EQ(gauge.max(), 4);
    EXPECT_EQ(gauge.average(TimePoint{5s}), (0 * 1 + 4 * 2 + 2 * 2) / 5.0);
    EXPECT_EQ(gauge.integral_seconds(TimePoint{5s}), 12);
}

TEST(Gauge, IsItsLevelBeforeAnyTimeHasPassed) {
    const Gauge gauge{TimePoint{7s}, 3};

    EXPECT_EQ(gauge.average(TimePoint{7s}), 3);
}

}  // namespace
}  // namespace wavetank::metrics
