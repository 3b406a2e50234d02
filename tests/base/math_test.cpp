#include <wavetank/base/math.hpp>
#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace wavetank {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void expect_close(double actual, double expected, double at) {
    if (expected == 0) {
        EXPECT_NEAR(actual, 0, 1e-320) << at;
    } else {
        EXPECT_LE(std::abs(actual - expected), 1e-15 * std::abs(expected)) << at;
    }
}

TEST(Math, AgreesWithTheCLibraryToThePromisedBound) {
    Random random{1};
    for (int i = 0; i < 20'000; ++i) {
        const double exponent = random.uniform() * 1400 - 700;
        expect_close(exp(exponent), std::exp(exponent), exponent);
        const double wide = std::exp(exponent);
        expect_close(log(wide), std::log(wide), wide);
        const double near_one = 0.5 + random.uniform();
        expect_close(log(near_one), std::log(near_one), near_one);
    }
}

TEST(Math, KnowsTheEndsOfTheRange) {
    EXPECT_EQ(log(0), -infinity);
    EXPECT_EQ(log(1), 0);
    EXPECT_EQ(log(infinity), infinity);
    EXPECT_TRUE(std::isnan(log(-1)));
    expect_close(log(5e-324), std::log(5e-324), 5e-324);
    EXPECT_EQ(exp(0), 1);
    EXPECT_EQ(exp(710), infinity);
    EXPECT_EQ(exp(-746), 0);
    EXPECT_EQ(exp(-infinity), 0);
    EXPECT_NEAR(exp(-740), std::exp(-740), 1e-323);
    expect_close(exp(709.7), std::exp(709.7), 709.7);
}

TEST(Math, InvertsTheNormalDistribution) {
    EXPECT_EQ(normal_quantile(0.5), 0);
    for (const double z : {-8.0, -6.0, -3.0, -1.0, -0.1, 0.3, 1.5, 4.0, 5.0}) {
        const double probability = 0.5 * std::erfc(-z / std::sqrt(2.0));
        // Rounding of the probability itself moves the quantile by eps * p / density.
        const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * 3.141592653589793);
        const double bound = 4e-16 * probability / density + 2e-14;
        EXPECT_NEAR(normal_quantile(probability), z, bound);
    }
}

}  // namespace
}  // namespace wavetank
