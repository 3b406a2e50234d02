#include <wavetank/base/random.hpp>

#include "support/scripted_random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace wavetank {
namespace {

TEST(Random, DealsTheSameStreamForEverAndEverywhere) {
    Random random{1};

    EXPECT_EQ(random.next(), 0xcfc5d07f6f03c29bU);
    EXPECT_EQ(random.below(100), 74U);
    EXPECT_EQ(random.uniform(), 0x1.9a37d5757aafp-4);
    EXPECT_EQ(random.exponential(), 0x1.5f0be4313cc57p+0);
    EXPECT_EQ(random.normal(), -0x1.cb9c7988607d1p-1);
}

TEST(Random, ForksByNameWhateverWasDrawnOrForkedBefore) {
    const Random fresh{7};
    Random used{7};
    static_cast<void>(used.next());
    static_cast<void>(used.fork("another"));

    EXPECT_EQ(fresh.fork("adder").next(), used.fork("adder").next());
    EXPECT_EQ(fresh.fork("adder").next(), 0x767f73114ed116e8U);
    EXPECT_NE(fresh.fork("adder").next(), fresh.fork("random").next());
    EXPECT_NE(fresh.fork("a").fork("b").next(), fresh.fork("b").fork("a").next());
    EXPECT_NE(fresh.fork("").next(), Random{7}.next());
}

TEST(Random, DrawsBelowEachBoundWithEqualFrequency) {
    Random random{3};
    std::array<int, 3> times{};
    constexpr int draws = 30'000;
    for (int i = 0; i < draws; ++i) {
        ++times.at(random.below(3));
    }

    // Binomial with p = 1/3: the deviation is 82; five of them.
    for (const int count : times) {
        EXPECT_NEAR(count, draws / 3, 410);
    }
    EXPECT_EQ(random.below(1), 0U);
    EXPECT_LT(random.below(~std::uint64_t{0}), ~std::uint64_t{0});
}

TEST(Random, HasTheMomentsOfItsDistributions) {
    Random random{5};
    double exponential = 0;
    double normal = 0;
    double square = 0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        exponential += random.exponential();
        const double z = random.normal();
        normal += z;
        square += z * z;
    }

    // Deviations of the three means: 1, 1 and sqrt(2) over sqrt(draws); five of them.
    EXPECT_NEAR(exponential / draws, 1, 0.0159);
    EXPECT_NEAR(normal / draws, 0, 0.0159);
    EXPECT_NEAR(square / draws, 1, 0.0225);
}

TEST(CounterRandom, IsAFunctionOfItsKey) {
    CounterRandom one{{.workload = 1, .request = 2, .call_site = 3, .attempt = 4}};
    CounterRandom same{{.workload = 1, .request = 2, .call_site = 3, .attempt = 4}};
    CounterRandom retry{{.workload = 1, .request = 2, .call_site = 3, .attempt = 5}};
    CounterRandom next{{.workload = 1, .request = 3, .call_site = 3, .attempt = 4}};

    const std::uint64_t first = one.next();
    EXPECT_EQ(first, same.next());
    EXPECT_NE(first, retry.next());
    EXPECT_NE(first, next.next());
    EXPECT_NE(first, one.next());
    EXPECT_EQ(first, 0x73d4a76d7855c581U);
}

// Neighbouring requests must not be correlated: the sum of products of 10,000 centred pairs has a
// deviation of 1/12 * sqrt(10,000) = 8.3; five of them.
TEST(CounterRandom, GivesNeighboursUnrelatedDraws) {
    double sum = 0;
    double previous = 0.5;
    for (std::uint64_t request = 0; request < 10'000; ++request) {
        const double draw = CounterRandom{{.workload = 9, .request = request}}.uniform();
        sum += (draw - 0.5) * (previous - 0.5);
        previous = draw;
    }

    EXPECT_LT(std::abs(sum), 41.7);
}

TEST(ScriptedRandom, DealsWhatItIsGiven) {
    test::ScriptedRandom scripted{0, 2};
    Random& random = scripted;

    EXPECT_EQ(random.below(3), 0U);
    EXPECT_EQ(random.below(3), 2U);
}

}  // namespace
}  // namespace wavetank
