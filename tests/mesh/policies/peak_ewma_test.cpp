#include <wavetank/mesh/policies/peak_ewma.hpp>

#include "support/endpoint_sets.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::endpoints_holding;

TimePoint at(Duration time) {
    return TimePoint{time};
}

// Lets the policy look at what it has been told.
void aggregate(PeakEwma& policy, TimePoint now) {
    Random random{1};
    static_cast<void>(policy.pick(endpoints_holding({0, 0}), {.now = now}, random));
}

TEST(PeakEwma, CostsLatencyTimesLoad) {
    PeakEwma policy;

    EXPECT_EQ(policy.cost_of(0, 0), 10);       // nothing known: the default
    EXPECT_EQ(policy.cost_of(0, 3), 1000003);  // requests, but no answer: the penalty
    policy.on_outcome({.index = 0, .now = at(seconds{1}), .latency = milliseconds{40}});
    aggregate(policy, at(seconds{2}));
    EXPECT_EQ(policy.cost_of(0, 0), 40);
    EXPECT_EQ(policy.cost_of(0, 3), 160);
}

// Two answers a decay time apart: the second counts 1 - 1 / e.
TEST(PeakEwma, ForgetsExponentially) {
    PeakEwma policy;

    policy.on_outcome({.index = 0, .now = at(seconds{1}), .latency = milliseconds{100}});
    policy.on_outcome({.index = 0, .now = at(seconds{11}), .latency = milliseconds{20}});
    aggregate(policy, at(seconds{12}));

    EXPECT_NEAR(policy.latency_of(0), 20 + 80 * std::exp(-1), 1e-9);
}

TEST(PeakEwma, LooksAtAnswersOnceAnInterval) {
    PeakEwma policy;
    aggregate(policy, at(seconds{1}));
    policy.on_outcome({.index = 0, .now = at(seconds{1}), .latency = milliseconds{5}});

    aggregate(policy, at(milliseconds{1099}));
    EXPECT_EQ(policy.latency_of(0), 0);
    aggregate(policy, at(milliseconds{1100}));
    EXPECT_EQ(policy.latency_of(0), 5);
}

TEST(PeakEwma, TakesTheCheaperOfTwoThatDiffer) {
    PeakEwma policy;
    Random random{1};
    policy.on_outcome({.index = 0, .now = at(seconds{1}), .latency = milliseconds{50}});
    policy.on_outcome({.index = 1, .now = at(seconds{1}), .latency = milliseconds{10}});

    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(policy.pick(endpoints_holding({0, 3}), {.now = at(seconds{2})}, random), 1);
        EXPECT_EQ(policy.pick(endpoints_holding({0, 5}), {.now = at(seconds{2})}, random), 0);
    }
}

}  // namespace
}  // namespace wavetank::mesh
