#include <wavetank/mesh/policies/c3.hpp>

#include "support/endpoint_sets.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using test::endpoints_holding;

RequestOutcome answer(std::size_t index, int latency, int service_time, std::uint32_t queue) {
    return {.index = index,
            .latency = milliseconds{latency},
            .report = {.requests_in_flight = queue, .service_time = milliseconds{service_time}}};
}

// R - s + (1 + os w + q)^3 s, with R = 12, s = 4, q = 2, os = 1, w = 3: 8 + 6^3 * 4 = 872 ms.
TEST(C3, RanksByTheCubeOfTheQueue) {
    C3 policy{{.clients = 3}};
    policy.on_outcome(answer(0, 12, 4, 2));

    EXPECT_EQ(policy.rank_of(0, 1), 872e6);
    EXPECT_EQ(policy.rank_of(1, 1), std::nullopt);
}

TEST(C3, AveragesWhatCameWithAnswers) {
    C3 policy{{.ewma_weight = 0.25}};
    policy.on_outcome(answer(0, 8, 4, 0));
    policy.on_outcome(answer(0, 16, 8, 4));

    // R = 10, s = 5, q = 1: 5 + 2^3 * 5.
    EXPECT_DOUBLE_EQ(policy.rank_of(0, 0).value(), 45e6);
}

TEST(C3, TriesWhoHasNotAnsweredFirst) {
    C3 policy;
    Random random{1};
    policy.on_outcome(answer(0, 1, 1, 0));
    policy.on_outcome(answer(2, 1, 1, 0));

    EXPECT_EQ(policy.pick(endpoints_holding({0, 5, 0}), {}, random), 1);
}

TEST(C3, PicksTheLowestRank) {
    C3 policy;
    Random random{1};
    policy.on_outcome(answer(0, 5, 5, 0));
    policy.on_outcome(answer(1, 1, 1, 0));

    EXPECT_EQ(policy.pick(endpoints_holding({0, 0}), {}, random), 1);
    EXPECT_EQ(policy.pick(endpoints_holding({0, 1}), {}, random), 0);  // 5 against 8
}

}  // namespace
}  // namespace wavetank::mesh
