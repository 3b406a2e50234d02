#include <wavetank/mesh/policies/least_request.hpp>  // first: proves the header stands alone

#include "support/endpoint_sets.hpp"
#include "support/scripted_random.hpp"

#include <gtest/gtest.h>

#include <array>

namespace wavetank::mesh {
namespace {

using test::endpoints_holding;  // one endpoint a number: the requests it holds
using test::ScriptedRandom;

TEST(LeastRequest, PicksNothingFromNothing) {
    LeastRequest policy{{.choice_count = 2}};
    ScriptedRandom random{};

    EXPECT_EQ(policy.pick(endpoints_holding({}), {}, random), std::nullopt);
}

TEST(LeastRequest, PicksTheIdlerOfTheTwoItSamples) {
    const auto endpoints = endpoints_holding({4, 3, 2, 1});
    LeastRequest policy{{.choice_count = 2}};
    ScriptedRandom random{0, 2};  // samples the endpoints that hold 4 and 2

    EXPECT_EQ(policy.pick(endpoints, {}, random), 2);
}

TEST(LeastRequest, PicksTheFirstSampledOfEqualOnes) {
    const auto endpoints = endpoints_holding({1, 1, 1});
    LeastRequest policy{{.choice_count = 2}};
    ScriptedRandom random{2, 0};

    EXPECT_EQ(policy.pick(endpoints, {}, random), 2);
}

// Sampling k of n endpoints with replacement picks the only busy one just when all k samples hit
// it, that is with probability (1/n)^k. Enumerating all n^k scripts checks that exactly.
TEST(LeastRequest, AvoidsTheOnlyBusyEndpointExactlyAsTheoryPredicts) {
    constexpr std::uint32_t n = 3;
    const auto endpoints = endpoints_holding({9, 0, 0});
    LeastRequest policy{{.choice_count = 2}};

    std::array<int, n> times_picked{};
    for (std::uint32_t first = 0; first < n; ++first) {
        for (std::uint32_t second = 0; second < n; ++second) {
            ScriptedRandom random{first, second};
            ++times_picked.at(policy.pick(endpoints, {}, random).value());
        }
    }

    EXPECT_EQ(times_picked, (std::array{1, 4, 4}));
}

}  // namespace
}  // namespace wavetank::mesh
