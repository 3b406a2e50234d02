#include <wavetank/mesh/policies/round_robin.hpp>

#include "support/endpoint_sets.hpp"
#include "support/scripted_random.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace wavetank::mesh {
namespace {

using test::endpoints_holding;
using test::ScriptedRandom;

TEST(RoundRobin, GoesRoundFromARandomStart) {
    RoundRobin policy;
    ScriptedRandom random{2};  // the only draw: where to start

    std::vector<std::size_t> picks;
    for (int pick = 0; pick < 5; ++pick) {
        picks.push_back(policy.pick(endpoints_holding({0, 0, 0}), {}, random).value());
    }

    EXPECT_EQ(picks, (std::vector<std::size_t>{2, 0, 1, 2, 0}));
}

TEST(RoundRobin, StaysInRangeWhenTheListShrinks) {
    RoundRobin policy;
    ScriptedRandom random{2};
    EXPECT_EQ(policy.pick(endpoints_holding({0, 0, 0}), {}, random), 2);

    EXPECT_EQ(policy.pick(endpoints_holding({0, 0}), {}, random), 1);
}

TEST(RoundRobin, PicksNothingFromNothing) {
    RoundRobin policy;
    ScriptedRandom random{};

    EXPECT_EQ(policy.pick(endpoints_holding({}), {}, random), std::nullopt);
}

}  // namespace
}  // namespace wavetank::mesh
