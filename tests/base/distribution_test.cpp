#include <wavetank/base/distribution.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace wavetank {
namespace {

using namespace std::chrono_literals;

TEST(Distribution, ReadsAndWritesItsText) {
    for (const char* text :
         {"5ms", "uniform(1ms, 3ms)", "exponential(5ms)", "lognormal(5ms, 0.5)", "pareto(5ms, 2.5)",
          "gamma(5ms, 3)", "empirical(0 1ms, 0.5 2ms, 0.99 5ms, 1 80ms)",
          "mixture(9 1ms, 1 exponential(20ms), 0.5 mixture(1 2ms, 1 3ms))"}) {
        const Result<Distribution> distribution = Distribution::parse(text);
        ASSERT_TRUE(distribution) << text;
        EXPECT_EQ(to_string(*distribution), text);
    }
    EXPECT_EQ(*Distribution::parse(" uniform(1ms,3ms) "), Distribution::uniform(1ms, 3ms));
    EXPECT_EQ(*Distribution::parse("constant(1s)"), Distribution::constant(1s));
}

TEST(Distribution, RefusesEverythingElse) {
    for (const char* text : {"",
                             "5",
                             "-5ms",
                             "(5ms)",
                             "normal(5ms)",
                             "uniform(1ms)",
                             "uniform(3ms,1ms)",
                             "exponential(5ms, 2)",
                             "lognormal(5ms)",
                             "lognormal(5ms,-1)",
                             "exponential(5ms",
                             "lognormal(5ms,0.5x)",
                             "pareto(5ms, 1)",
                             "pareto(5ms)",
                             "gamma(5ms, 1.5)",
                             "gamma(5ms, 0)",
                             "gamma(5ms, 101)",
                             "empirical()",
                             "empirical(0 1ms)",
                             "empirical(0 1ms, 0.5 2ms)",
                             "empirical(0 2ms, 1 1ms)",
                             "empirical(0 1ms, 1 exponential(2ms))",
                             "mixture()",
                             "mixture(0 1ms)",
                             "mixture(-1 1ms)",
                             "mixture(1ms)",
                             "mixture(1 mixture(1 5))"}) {
        EXPECT_FALSE(Distribution::parse(text)) << text;
    }
}

// The mean of n samples deviates by sigma / sqrt(n); five of those. Deviations of one sample, in
// units of the mean: 1/(2 sqrt 3) of (3 - 1) / 2, 1, sqrt(exp(0.25) - 1), 1 / sqrt(4 (4 - 2)),
// 1 / sqrt 4; and a bound for the last two.
TEST(Distribution, HasTheMeanItSays) {
    struct Case {
        Distribution distribution;
        double deviation;
    };
    const Case cases[] = {{Distribution::constant(5ms), 0},
                          {Distribution::uniform(1ms, 3ms), 0.2887},
                          {Distribution::exponential(5ms), 1},
                          {Distribution::lognormal(5ms, 0.5), 0.533},
                          {Distribution::pareto(5ms, 4), 0.354},
                          {Distribution::gamma(5ms, 4), 0.5},
                          {*Distribution::parse("empirical(0 1ms, 0.5 2ms, 1 10ms)"), 0.8},
                          {*Distribution::parse("mixture(3 1ms, 1 exponential(9ms))"), 1.9}};
    constexpr int samples = 40'000;
    for (const auto& [distribution, deviation] : cases) {
        Random random{11};
        Duration sum{};
        for (int i = 0; i < samples; ++i) {
            sum += distribution.sample(random);
        }
        const auto mean = static_cast<double>(distribution.mean().count());
        EXPECT_NEAR(static_cast<double>(sum.count()) / samples, mean,
                    5 * deviation * mean / std::sqrt(samples) + 1)
            << to_string(distribution);
    }
}

}  // namespace
}  // namespace wavetank
